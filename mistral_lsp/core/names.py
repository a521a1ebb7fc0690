"""Names: what an explanation speaks of that is neither in the code nor in the language.

A small model makes up helpers, parameters and modules. A name in `backticks` that the material doesn't hold is marked,
so that nobody looks for it in vain.
"""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from functools import cache

MARK = "⁇"
NOTE = f"{MARK} not found in this file or in the language"

_CODE = re.compile(r"(?<!`)`([^`\n]{1,80})`(?!`)")
_NAME = re.compile(r"[^\W\d]\w*")
_CALL_OR_NAME = re.compile(r"^[\w.]+(?:\(\))?$")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")

_WORDS = {
    "javascript": """
        Array Boolean Date Error Infinity JSON Map Math NaN Number Object Promise Proxy Reflect RegExp Set
        String Symbol
        TypeError RangeError SyntaxError ReferenceError BigInt WeakMap WeakSet ArrayBuffer Buffer URL URLSearchParams
        console process module exports require window document globalThis fetch setTimeout setInterval clearTimeout
        parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent structuredClone queueMicrotask
        abstract any arguments as async await boolean break case catch class const constructor continue
        debugger declare
        default delete do else enum export extends false finally for from function get if implements import in infer
        instanceof interface is keyof let namespace never new null number object of package private protected
        prototype
        public readonly return satisfies set static string super switch symbol this throw true try type typeof
        undefined
        unknown unique var void while with yield length name message stack log warn error info push pop shift unshift
        slice splice concat join reverse sort map filter reduce reduceRight forEach find findIndex findLast some every
        includes indexOf lastIndexOf flat flatMap keys values entries has add clear size then all race allSettled
        resolve reject parse stringify assign freeze create defineProperty hasOwnProperty toString valueOf charAt
        charCodeAt split replace replaceAll match matchAll trim trimStart trimEnd padStart padEnd startsWith endsWith
        substring toLowerCase toUpperCase repeat toFixed floor ceil round abs min max random pow sqrt trunc
        sign test exec
        apply call bind fill at copyWithin next done value now getTime isArray isInteger fromEntries hasOwn
        Record Partial Required Readonly Pick Omit Exclude Extract NonNullable ReturnType Parameters Awaited
    """,
    "go": """
        append any bool break byte cap case chan close comparable complex complex128 complex64 const continue
        copy default
        defer delete else error fallthrough false float32 float64 for func go goto if imag import int int16
        int32 int64
        int8 interface iota len clear make map max min new nil package panic print println range real recover return
        rune select string struct switch true type uint uint16 uint32 uint64 uint8 uintptr var fmt Println Printf
        Sprintf Errorf Fprintf errors Is As New Error String main init
    """,
    "rust": """
        as async await bool Box break char clone Clone const continue Copy crate Debug Default dyn else enum Eq Err
        expect extern f32 f64 false fn for From HashMap HashSet i128 i16 i32 i64 i8 if impl in Into into iter isize
        Iterator len let loop match mod move mut new None Ok Option Ord panic PartialEq pub ref Result return
        Rc Arc RefCell
        Mutex self Self Some static str String struct super to_owned to_string trait true type u128 u16 u32 u64 u8
        unimplemented unsafe unwrap unwrap_or use usize vec Vec where while println format assert assert_eq
        collect map
        filter push pop insert get contains as_ref as_mut as_str borrow drop Drop Send Sync lifetime
    """,
    "java": """
        abstract assert boolean break byte case catch char class const continue default do double else enum
        extends false
        final finally float for goto if implements import instanceof int interface long native new null package
        private
        protected public record return sealed short static strictfp super switch synchronized this throw throws
        transient true try var void volatile while yield Object String Integer Long Double Float Boolean Character
        Byte Short Math System out println print printf List ArrayList Map HashMap Set HashSet Optional Stream
        Exception
        RuntimeException NullPointerException IllegalArgumentException IllegalStateException IOException
        ArrayIndexOutOfBoundsException ClassCastException Override equals hashCode toString length size get put add
        remove contains containsKey isEmpty stream collect of main Thread Runnable Iterator Iterable Collections
        Arrays Objects StringBuilder append valueOf parseInt close AutoCloseable
    """,
    "c": """
        alignas alignof auto bool break case catch char class const constexpr continue default delete do double else
        enum explicit extern false float for friend goto if inline int long mutable namespace new noexcept
        nullptr NULL
        operator private protected public register restrict return short signed sizeof size_t ssize_t ptrdiff_t static
        struct switch template this throw true try typedef typename union unsigned using virtual void volatile while
        int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t uintptr_t printf fprintf sprintf
        snprintf scanf
        malloc calloc realloc free memcpy memmove memset memcmp strlen strcpy strncpy strcmp strncmp strcat
        strchr strdup
        fopen fclose fread fwrite fgets fputs stdin stdout stderr errno perror exit abort assert main argc argv
        std cout
        cin cerr endl string vector map set unordered_map unique_ptr shared_ptr make_unique make_shared move push_back
        emplace_back begin end size empty at front back first second optional include define ifdef ifndef endif
    """,
}
_KIN = {
    "javascriptreact": "javascript",
    "typescript": "javascript",
    "typescriptreact": "javascript",
    "cpp": "c",
}
# What people write in backticks that names nothing.
_COMMON = frozenset(
    ["a", "an", "e", "g", "i", "int", "str", "true", "false", "null", "none", "id", "x", "y", "n", "ok", "yes", "no"]
)


def invented(prose: str, seen: str, language: str) -> list[str]:
    """The names in backticks that neither `seen` nor the language has; none in languages whose words aren't known."""
    words = words_of(language)
    if not words:
        return []
    known = set(_NAME.findall(seen))
    found: dict[str, None] = {}
    for code in _CODE.findall(prose):
        if _CALL_OR_NAME.match(code):
            names = _NAME.findall(_STRING.sub("", code))
            found.update(dict.fromkeys(name for name in names if not _is_known(name, known, words)))
    return list(found)


def marked(prose: str, seen: str, language: str) -> str:
    """The text with each of them marked, and one line that says what the mark means."""
    names = set(invented(prose, seen, language))
    if not names:
        return prose

    def mark(found: re.Match[str]) -> str:
        is_one = _CALL_OR_NAME.match(found[1]) and names.intersection(_NAME.findall(found[1]))
        return f"{found[0]} {MARK}" if is_one else found[0]

    return f"{_CODE.sub(mark, prose).rstrip()}\n\n{NOTE}"


@cache
def words_of(language: str) -> frozenset[str]:
    """A language's own names; none where we have no list."""
    if language == "python":
        return _python_words()
    return frozenset(_WORDS.get(_KIN.get(language, language), "").split())


def _python_words() -> frozenset[str]:
    types = (str, bytes, int, float, list, dict, set, tuple, object, BaseException, frozenset, complex, range, type)
    own = {name for one in types for name in dir(one)}
    return frozenset(
        {*dir(builtins), *keyword.kwlist, *keyword.softkwlist, *sys.stdlib_module_names, *own}
        | {"self", "cls", "args", "kwargs", "annotations", "__name__", "__main__", "__init__", "__future__", "path"}
    )


def _is_known(name: str, known: set[str], words: frozenset[str]) -> bool:
    return name in known or name in words or name.lower() in _COMMON or len(name) == 1
