# mistral-lsp in Kakoune by kakoune-lsp, beside the language's own server: into kakrc, between `eval %sh{kak-lsp}` and
# `lsp-enable`; for other languages in the same way. Both servers in one `set-option`: kakoune-lsp opens a file for no
# server that is added later. Kakoune has no inline completion: the same text is in the completion menu.
hook -group mistral-lsp global BufSetOption filetype=python %{
    set-option buffer lsp_servers %{
        [pylsp]
        root_globs = ["pyproject.toml", "setup.py", ".git"]
        [mistral-lsp]
        root_globs = ["pyproject.toml", "setup.py", ".git"]
        settings_section = "mistralLsp"
        [mistral-lsp.settings.mistralLsp.completion]
        in_menu = true
        [mistral-lsp.settings.mistralLsp.diagnostics]
        syntax = true
    }
    set-option buffer lsp_completion_trigger nop # also behind a space, where kakoune-lsp asks for no menu else
}
