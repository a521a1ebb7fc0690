"""The languages with a grammar, one row each.

To add one: a `Language` here, its wheel in pyproject.toml, and a sample in the test of this table.
"""

from __future__ import annotations

from mistral_lsp.core.language import (
    BACKTICK,
    BRACE_OPENS,
    CHAR,
    DOUBLE,
    DOUBLE_LINES,
    HASHED,
    HTML_OPENS,
    LONG_BRACKET,
    PYTHON_OPENS,
    RAW_BACKTICK,
    RAW_SINGLE,
    RUBY_OPENS,
    SINGLE,
    TRIPLE_DOUBLE,
    TRIPLE_SINGLE,
    Blocks,
    Language,
)


def _types(names: str) -> frozenset[str]:
    return frozenset(names.split())


_SCRIPT_SCOPES = _types(
    "function_declaration function_expression generator_function generator_function_declaration arrow_function"
    " method_definition class class_declaration"
)
_TYPESCRIPT_SCOPES = _SCRIPT_SCOPES | _types(
    "abstract_class_declaration interface_declaration enum_declaration internal_module"
)
_SCRIPT_STRINGS = _types("string template_string regex")
_OPEN_ANGLES = r"(?:<[^;<>{}]{0,200}){200}"  # at the text's end their parsers take a time that grows with the square
_C_STRINGS = _types("string_literal char_literal system_lib_string")

LANGUAGES = (
    Language(
        name="python",
        ids=("cython", "starlark", "bazel"),
        grammar="tree_sitter_python",
        blocks=Blocks.INDENT,
        opens=PYTHON_OPENS,
        line_comments=("#",),
        block_comments=(),
        strings=(TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE),
        scopes=_types("function_definition class_definition"),
        string_nodes=_types("string"),
    ),
    Language(
        name="javascript",
        ids=("javascriptreact", "js", "jsx", "javascript.jsx", "mjs", "cjs"),
        grammar="tree_sitter_javascript",
        closes=r"</[\w:.]*>",
        strings=(DOUBLE, SINGLE, BACKTICK),
        scopes=_SCRIPT_SCOPES,
        string_nodes=_SCRIPT_STRINGS,
    ),
    Language(
        name="typescript",
        ids=("ts", "mts", "cts"),
        grammar="tree_sitter_typescript:language_typescript",
        strings=(DOUBLE, SINGLE, BACKTICK),
        scopes=_TYPESCRIPT_SCOPES,
        string_nodes=_SCRIPT_STRINGS,
    ),
    Language(
        name="typescriptreact",
        ids=("tsx", "typescript.tsx"),
        grammar="tree_sitter_typescript:language_tsx",
        closes=r"</[\w:.]*>",
        strings=(DOUBLE, SINGLE, BACKTICK),
        scopes=_TYPESCRIPT_SCOPES,
        string_nodes=_SCRIPT_STRINGS,
    ),
    Language(
        name="go",
        ids=("golang",),
        grammar="tree_sitter_go",
        opens=BRACE_OPENS + r"|^\s*(?:import|const|var|type)\s*\(\s*$",
        strings=(DOUBLE, CHAR, RAW_BACKTICK),
        scopes=_types("function_declaration method_declaration func_literal type_declaration"),
        string_nodes=_types("interpreted_string_literal raw_string_literal rune_literal"),
    ),
    Language(
        name="rust",
        ids=("rs",),
        grammar="tree_sitter_rust",
        strings=(HASHED, DOUBLE_LINES, CHAR),
        scopes=_types("function_item impl_item trait_item struct_item enum_item mod_item macro_definition"),
        string_nodes=_types("string_literal raw_string_literal char_literal"),
        comment_nodes=_types("line_comment block_comment"),
    ),
    Language(
        name="java",
        grammar="tree_sitter_java",
        strings=(TRIPLE_DOUBLE, DOUBLE, CHAR),
        scopes=_types(
            "method_declaration constructor_declaration class_declaration interface_declaration enum_declaration"
            " record_declaration annotation_type_declaration"
        ),
        string_nodes=_types("string_literal character_literal"),
        comment_nodes=_types("line_comment block_comment"),
        hazard=_OPEN_ANGLES,
    ),
    Language(
        name="c",
        ids=("objective-c", "objc"),
        grammar="tree_sitter_c",
        scopes=_types("function_definition struct_specifier union_specifier enum_specifier"),
        string_nodes=_C_STRINGS,
    ),
    Language(
        name="cpp",
        ids=("c++", "cuda", "cuda-cpp", "objective-cpp", "objcpp"),
        grammar="tree_sitter_cpp",
        scopes=_types(
            "function_definition class_specifier struct_specifier union_specifier enum_specifier namespace_definition"
            " lambda_expression"
        ),
        string_nodes=_C_STRINGS | {"raw_string_literal"},
    ),
    Language(
        name="csharp",
        ids=("cs", "c_sharp", "c#"),
        grammar="tree_sitter_c_sharp",
        strings=(TRIPLE_DOUBLE, DOUBLE, CHAR),
        scopes=_types(
            "method_declaration constructor_declaration local_function_statement property_declaration class_declaration"
            " struct_declaration interface_declaration enum_declaration record_declaration namespace_declaration"
        ),
        string_nodes=_types(
            "string_literal verbatim_string_literal raw_string_literal interpolated_string_expression character_literal"
        ),
        hazard=_OPEN_ANGLES,
    ),
    Language(
        name="ruby",
        ids=("rb", "eruby.rb"),
        grammar="tree_sitter_ruby",
        blocks=Blocks.WORDS,
        opens=RUBY_OPENS,
        closes=r"end\b",
        line_comments=("#",),
        block_comments=(("\n=begin", "\n=end"),),
        strings=(DOUBLE_LINES, RAW_SINGLE),
        scopes=_types("method singleton_method class singleton_class module"),
        string_nodes=_types("string heredoc_body string_array symbol_array regex"),
    ),
    Language(
        name="php",
        grammar="tree_sitter_php:language_php",
        opens=BRACE_OPENS + r"|<\?php\s*$|^\s*(?:if|else|elseif|for|foreach|while)\b.*:\s*$",
        closes=r"(?:endif|endfor|endforeach|endwhile|endswitch)\b;?",
        line_comments=("//", "#"),
        strings=(DOUBLE_LINES, RAW_SINGLE),
        scopes=_types(
            "function_definition method_declaration anonymous_function class_declaration interface_declaration"
            " trait_declaration enum_declaration"
        ),
        string_nodes=_types("string encapsed_string heredoc nowdoc"),
    ),
    Language(
        name="shellscript",
        ids=("bash", "sh", "zsh", "shell", "ksh"),
        grammar="tree_sitter_bash",
        blocks=Blocks.WORDS,
        opens=r"\b(?:then|do|else|in)\s*$|[{(]\s*$|^\s*[^()\s]+\)\s*$",
        closes=r"(?:fi|done|esac)\b|;;",
        line_comments=("#",),
        block_comments=(),
        strings=(DOUBLE_LINES, RAW_SINGLE),
        scopes=_types("function_definition"),
        string_nodes=_types("string raw_string ansi_c_string heredoc_body"),
    ),
    Language(
        name="lua",
        ids=("luau",),
        grammar="tree_sitter_lua",
        blocks=Blocks.WORDS,
        opens=r"\b(?:then|do|else|repeat)\s*$|\bfunction\b[^()]*\([^()]*\)\s*$|\{\s*$",
        closes=r"end\b|until\b.*",
        line_comments=("--",),
        block_comments=(("--[[", "]]"),),
        strings=(DOUBLE, SINGLE, LONG_BRACKET),
        scopes=_types("function_declaration function_definition"),
        string_nodes=_types("string"),
    ),
    Language(
        name="kotlin",
        ids=("kt", "kts"),
        grammar="tree_sitter_kotlin",
        strings=(TRIPLE_DOUBLE, DOUBLE, CHAR),
        scopes=_types("function_declaration anonymous_function class_declaration object_declaration companion_object"),
        string_nodes=_types("string_literal multiline_string_literal character_literal"),
        comment_nodes=_types("line_comment block_comment"),
    ),
    Language(
        name="swift",
        grammar="tree_sitter_swift",
        strings=(TRIPLE_DOUBLE, DOUBLE),
        scopes=_types(
            "function_declaration init_declaration deinit_declaration class_declaration protocol_declaration"
        ),
        string_nodes=_types("line_string_literal multi_line_string_literal raw_string_literal"),
        comment_nodes=_types("comment multiline_comment"),
    ),
    Language(
        name="scala",
        ids=("sbt",),
        grammar="tree_sitter_scala",
        opens=BRACE_OPENS + r"|(?:=>?|:)\s*$",
        strings=(TRIPLE_DOUBLE, DOUBLE, CHAR),
        scopes=_types(
            "function_definition class_definition object_definition trait_definition enum_definition"
            " extension_definition given_definition"
        ),
        string_nodes=_types("string interpolated_string character_literal"),
        comment_nodes=_types("comment block_comment"),
        hazard=r"([^\w\s*/=#-]{1,4}?)\1{150}",  # its lexer is quadratic there: 2 s for 12,000
    ),
    Language(
        name="html",
        ids=("xhtml", "htm"),
        grammar="tree_sitter_html",
        blocks=Blocks.WORDS,
        opens=HTML_OPENS,
        closes=r"</[\w:.-]*>",
        line_comments=(),
        block_comments=(("<!--", "-->"),),
        strings=(),
        scopes=_types("element script_element style_element"),
        string_nodes=_types("quoted_attribute_value"),
    ),
    Language(
        name="css",
        ids=("postcss",),
        grammar="tree_sitter_css",
        opens=r"\{\s*$",
        line_comments=(),
        strings=(DOUBLE, SINGLE),
        scopes=_types("rule_set media_statement keyframes_statement"),
        string_nodes=_types("string_value"),
        comment_nodes=_types("comment js_comment"),
    ),
    Language(
        name="json",
        ids=("jsonc", "json5", "jsonl"),
        grammar="tree_sitter_json",
        opens=r"[\[{]\s*$",
        strings=(DOUBLE,),
        scopes=_types("object array"),
        string_nodes=_types("string"),
    ),
    Language(
        name="yaml",
        ids=("yml", "dockercompose", "github-actions-workflow", "helm"),
        grammar="tree_sitter_yaml",
        blocks=Blocks.INDENT,
        opens=r":\s*(?:[|>][+-]?\d?)?\s*$|^\s*-\s*$",
        line_comments=("#",),
        block_comments=(),
        strings=(DOUBLE, r"(?<![\w])'(?:[^'\n]|'')*'?"),
        scopes=_types("block_mapping_pair block_sequence_item"),
        string_nodes=_types("double_quote_scalar single_quote_scalar block_scalar"),
        hazard=r"(?m)^[ \t?:-]{200}",  # about 256 nested levels; each takes a column at least
    ),
    Language(
        name="toml",
        grammar="tree_sitter_toml",
        opens=r"^\s*\[.*\]\s*$|[\[{]\s*$",
        line_comments=("#",),
        block_comments=(),
        strings=(TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, r"'[^'\n]*'?"),
        scopes=_types("table table_array_element"),
        string_nodes=_types("string"),
    ),
    Language(
        name="markdown",
        ids=("md", "mdx", "rmd", "quarto"),
        grammar="tree_sitter_markdown",
        blocks=Blocks.PROSE,
        opens=r"(?!)",
        line_comments=(),
        block_comments=(("<!--", "-->"),),
        strings=(),
        scopes=_types("section"),
        comment_nodes=_types("html_block"),
    ),
)
