"""What programs, test runners and compilers print: the errors that are found in it, and their places."""

from __future__ import annotations

import pytest

from mistral_lsp.core.output import LEFT_OUT, Output, read_output

PYTHON = """\
Loading
Traceback (most recent call last):
  File "/srv/shop/main.py", line 14, in main
    total([{"price": 1}, {}])
  File "/srv/shop/cart.py", line 4, in price
    return item["price"]
           ~~~~^^^^^^^^^
KeyError: 'price'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/main.py", line 19, in <module>
    main()
  File "/srv/shop/main.py", line 16, in main
    raise RuntimeError("no total") from error
RuntimeError: no total
Done
"""
GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/srv/app.py", line 6, in main
  |     async with asyncio.TaskGroup() as group:
  | ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/srv/app.py", line 3, in bad
    |     raise ValueError("bad")
    | ValueError: bad
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "/srv/app.py", line 4, in worse
    |     raise TypeError("worse")
    | TypeError: worse
    +------------------------------------
"""
SYNTAX = """\
Traceback (most recent call last):
  File "/srv/main.py", line 1, in <module>
    import cart
  File "/srv/cart.py", line 3
    def price(:
              ^
SyntaxError: invalid syntax
"""
DEEP = """\
Traceback (most recent call last):
  File "a.py", line 4, in <module>
    f()
  File "a.py", line 2, in f
    f()
  File "a.py", line 2, in f
    f()
  [Previous line repeated 996 more times]
RecursionError: maximum recursion depth exceeded
"""
PYTEST = """\
..F                                                                      [100%]
=================================== FAILURES ===================================
___________________________________ test_err ___________________________________

    def test_err():
>       total([{}])

tests/test_shop.py:6:\x20
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _
shop.py:9: in total
    result += price(item)
              ^^^^^^^^^^^
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

item = {}

    def price(item):
>       return item["price"]
               ^^^^^^^^^^^^^
E       KeyError: 'price'

shop.py:4: KeyError
=========================== short test summary info ============================
FAILED tests/test_shop.py::test_err - KeyError: 'price'
1 failed, 2 passed in 0.12s
"""
PYTEST_SHORT = """\
=================================== FAILURES ===================================
__________________________________ test_total __________________________________
tests/test_shop.py:4: in test_total
    assert total([{"price": 1}]) == 2
E   AssertionError: assert 1 == 2
E    +  where 1 = total([{'price': 1}])
___________________________________ test_err ___________________________________
tests/test_shop.py:6: in test_err
    total([{}])
shop.py:4: in price
    return item["price"]
E   KeyError: 'price'
=========================== short test summary info ============================
"""
PYTEST_LINE = """\
=================================== FAILURES ===================================
/srv/tests/test_shop.py:4: AssertionError: assert 1 == 2
/srv/shop.py:4: KeyError: 'price'
=========================== short test summary info ============================
"""
NODE = """\
/srv/app.js:3
  try { load({}); } catch (e) { throw new Error("cannot load", { cause: e }); }
                                ^

Error: cannot load
    at main (/srv/app.js:3:39)
    ... 5 lines matching cause stack trace ...
    at node:internal/main/run_main_module:28:49 {
  [cause]: TypeError: Cannot read properties of undefined (reading 'map')
      at load (/srv/lib/load.js:1:29)
      at async file:///srv/run.mjs:2:1
      at node:internal/main/run_main_module:28:49
}

Node.js v20.20.2
"""
NODE_SYNTAX = """\
/srv/app.js:1
const a = ;
          ^

SyntaxError: Unexpected token ';'
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)
    at Module._compile (node:internal/modules/cjs/loader:1495:20)
"""
GO = """\
panic: runtime error: index out of range [3] with length 0

goroutine 1 [running]:
main.(*cart).first(...)
\t/srv/cart.go:4
main.main()
\t/srv/main.go:7 +0xa
created by main.start in goroutine 7
\t/srv/start.go:3 +0x2f

goroutine 18 [select]:
other.wait()
\t/srv/other.go:9 +0x1
exit status 2
"""
RUST = """\
thread 'main' (6655) panicked at src/cart.rs:1:34:
index out of bounds: the len is 1 but the index is 3
stack backtrace:
   0: rust_begin_unwind
             at /rustc/598/library/std/src/panicking.rs:689:5
   1: shop::first
             at ./src/cart.rs:1:34
   2: shop::main
             at ./src/main.rs:2:28
note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
"""
RUST_OLD = "thread 'main' panicked at 'no price', src/main.rs:4:5\nnote: run with `RUST_BACKTRACE=1`"
RUSTC = """\
warning: unused variable: `x`
 --> src/main.rs:9:9
  |
9 |     let x = 1;
  |         ^

error[E0382]: borrow of moved value: `s`
 --> src/main.rs:4:23
  |
2 |     let s = String::from("a");
  |         - move occurs here
4 |     println!("{} {}", s, t);
  |                       ^ value borrowed here after move
 ::: src/lib.rs:7:1
  |

error: aborting due to 1 previous error
"""
JAVA = """\
Exception in thread "main" java.lang.IllegalStateException: no config
\tat com.example.App.main(App.java:4)
\tat java.base/java.lang.reflect.Method.invoke(Native Method)
Caused by: java.lang.NullPointerException: no name
\tat com.example.Config$Reader.load(Config.java:2)
\tat com.example.App.main(App.java:3)
\t... 1 more
"""
GCC = """\
In file included from src/a.c:2:
src/x.h: In function 'f':
src/x.h:1:29: error: 'undefd' undeclared (first use in this function)
    1 | static int f(void) { return undefd; }
      |                             ^~~~~~
src/a.c:4:12: warning: initialization makes pointer from integer [-Wint-conversion]
    4 |   int *p = 3;
      |            ^
src/a.c:5:10: fatal error: missing.h: No such file or directory
"""
CLANG = """\
a.cpp:3:5: error: use of undeclared identifier 'total'
    3 |     total();
      |     ^
1 error generated.
"""
TSC = """\
src/app.ts(12,5): error TS2322: Type 'string' is not assignable to type 'number'.
src/lib.ts:3:7 - error TS2304: Cannot find name 'price'.

3 const a = price;
            ~~~~~
"""
JAVAC = (
    'Bad.java:1: error: incompatible types: String cannot be converted to int\n  int x = "a";\n          ^\n1 error\n'
)
GO_BUILD = "# example.com/shop\n./cart.go:3:2: declared and not used: x\nvet: ./main.go:4:9: undefined: y\n"
LINTERS = "a.py:1:8: F401 [*] `os` imported but unused\na.py:3: error: Name 'b' is not defined  [name-defined]\n"


def told(text: str) -> list[str]:
    """Each complaint as its message and its places, where it came from first."""
    return [
        f"{one.headline} @ " + ", ".join(f"{frame.path}:{frame.line}" for frame in one.frames)
        for one in read_output(text).complaints
    ]


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        (
            PYTHON,
            [
                (
                    "RuntimeError: no total, because of KeyError: 'price' @ /srv/shop/cart.py:4, /srv/shop/main.py:14,"
                    " /srv/shop/main.py:16, /srv/shop/main.py:19"
                )
            ],
        ),
        (
            GROUP,
            [
                (
                    "ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions), because of ValueError: bad,"
                    " because of TypeError: worse @ /srv/app.py:4, /srv/app.py:3, /srv/app.py:6"
                )
            ],
        ),
        (SYNTAX, ["SyntaxError: invalid syntax @ /srv/cart.py:3, /srv/main.py:1"]),
        (DEEP, ["RecursionError: maximum recursion depth exceeded @ a.py:2, a.py:4"]),
        (PYTEST, ["KeyError: 'price' @ shop.py:4, shop.py:9, tests/test_shop.py:6"]),
        (
            PYTEST_SHORT,
            [
                "AssertionError: assert 1 == 2 @ tests/test_shop.py:4",
                "KeyError: 'price' @ shop.py:4, tests/test_shop.py:6",
            ],
        ),
        (
            PYTEST_LINE,
            ["AssertionError: assert 1 == 2 @ /srv/tests/test_shop.py:4", "KeyError: 'price' @ /srv/shop.py:4"],
        ),
        (
            NODE,
            [
                (
                    "Error: cannot load, because of TypeError: Cannot read properties of undefined (reading 'map')"
                    " @ /srv/lib/load.js:1, file:///srv/run.mjs:2, /srv/app.js:3, /srv/app.js:3"
                )
            ],
        ),
        (NODE_SYNTAX, ["SyntaxError: Unexpected token ';' @ /srv/app.js:1"]),
        (GO, ["runtime error: index out of range [3] with length 0 @ /srv/cart.go:4, /srv/main.go:7, /srv/start.go:3"]),
        (
            RUST,
            [
                (
                    "index out of bounds: the len is 1 but the index is 3 @ src/cart.rs:1,"
                    " /rustc/598/library/std/src/panicking.rs:689, ./src/cart.rs:1, ./src/main.rs:2"
                )
            ],
        ),
        (RUST_OLD, ["no price @ src/main.rs:4"]),
        (
            RUSTC,
            [
                "unused variable: `x` @ src/main.rs:9",
                "borrow of moved value: `s` (E0382) @ src/main.rs:4, src/lib.rs:7",
            ],
        ),
        (
            JAVA,
            [
                (
                    "java.lang.IllegalStateException: no config, because of java.lang.NullPointerException: no name"
                    " @ com/example/Config.java:2, com/example/App.java:3, com/example/App.java:4"
                )
            ],
        ),
        (
            GCC,
            [
                "'undefd' undeclared (first use in this function) @ src/x.h:1",
                "initialization makes pointer from integer [-Wint-conversion] @ src/a.c:4",
                "missing.h: No such file or directory @ src/a.c:5",
            ],
        ),
        (CLANG, ["use of undeclared identifier 'total' @ a.cpp:3"]),
        (
            TSC,
            [
                "TS2322: Type 'string' is not assignable to type 'number'. @ src/app.ts:12",
                "TS2304: Cannot find name 'price'. @ src/lib.ts:3",
            ],
        ),
        (JAVAC, ["incompatible types: String cannot be converted to int @ Bad.java:1"]),
        (GO_BUILD, ["declared and not used: x @ ./cart.go:3", "undefined: y @ ./main.go:4"]),
        (
            LINTERS,
            [
                "F401 [*] `os` imported but unused @ a.py:1",
                "Name 'b' is not defined  [name-defined] @ a.py:3",
            ],
        ),
        ("All is well.\nline 3: fine\nsee http://a.example:80/x\n", []),
        ("", []),
    ],
)
def test_each_format(text: str, complaints: list[str]) -> None:
    assert told(text) == complaints


def lines_of(text: str) -> list[str]:
    return [f"{one.line}:{one.column} {one.name}|{one.text}" for one in read_output(text).frames]


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        (PYTHON, ['4:0 price|return item["price"]', '14:0 main|total([{"price": 1}, {}])']),
        (PYTEST, ['4:0 |return item["price"]', "9:0 total|result += price(item)", "6:0 |total([{}])"]),
        (NODE, ["1:29 load|", "2:1 |"]),
        (GO, ["4:0 main.(*cart).first|", "7:0 main.main|", "3:0 main.start|"]),
        (RUST, ["1:34 shop::first|", "689:5 rust_begin_unwind|", "2:28 shop::main|"]),
        (RUSTC, ['4:23 |println!("{} {}", s, t);', "7:1 |"]),
        (JAVA, ["2:0 Config$Reader.load|", "3:0 App.main|", "4:0 App.main|"]),
        (GCC, ["1:29 |static int f(void) { return undefd; }"]),
        (TSC, ["12:5 |"]),
        (TSC.partition("\n")[2], ["3:7 |const a = price;"]),
    ],
)
def test_a_place_has_its_function_and_its_line(text: str, frames: list[str]) -> None:
    shown = lines_of(text)
    assert [frame for frame in shown if frame in frames] == frames


def test_the_last_error_is_the_main_one_but_of_a_compiler_s_the_first() -> None:
    last = read_output(PYTHON + PYTEST_SHORT).main
    assert last is not None
    assert last.headline == "KeyError: 'price'"
    first = read_output(PYTHON + GCC).main
    assert first is not None
    assert first.headline.startswith("'undefd'")


def test_a_warning_is_the_main_one_only_where_there_is_no_error() -> None:
    warning = "a.c:4:12: warning: odd\n"
    found = [read_output(text).main for text in (warning, "a.c:3:1: error: wrong\n" + warning)]
    assert [one.headline for one in found if one] == ["odd", "wrong"]


@pytest.mark.parametrize(
    "coloured",
    [
        "\x1b[31mKeyError: 'price'\x1b[0m",
        "\x1b]8;;http://a.example\x07KeyError: 'price'\x1b]8;;\x1b\\",
        "working 10 %\rworking 20 %\rKeyError: 'price'",
        "\x07KeyError\x00: 'price'\r",
    ],
)
def test_colours_links_and_progress_bars_are_taken_off(coloured: str) -> None:
    assert told(PYTHON.replace("KeyError: 'price'", coloured)) == told(PYTHON)
    assert "\x1b" not in read_output(coloured).around_main(1_000)


def test_what_docker_compose_puts_before_each_line_is_taken_off() -> None:
    assert told("".join(f"web-1  | {line}\n" for line in PYTHON.split("\n"))) == told(PYTHON)


def output_of(before: str, after: str) -> Output:
    return read_output(f"{before}{PYTHON}{after}")


def test_a_huge_text_is_cut_around_the_error() -> None:
    output = output_of("".join(f"noise {n}\n" for n in range(20_000)), "".join(f"more {n}\n" for n in range(20_000)))
    shown = output.around_main(1_000)
    assert "KeyError: 'price'" in shown
    assert "RuntimeError: no total" in shown
    assert "noise 19999" in shown
    assert len(shown) <= 1_000


def test_a_traceback_that_is_too_long_keeps_both_ends() -> None:
    frames = "".join(f'  File "a.py", line {n}, in f\n    g({n})\n' for n in range(1, 2_000))
    shown = read_output(f"Traceback (most recent call last):\n{frames}ValueError: deep\n").around_main(600)
    assert shown.startswith('  File "a.py", line 1, in f')
    assert shown.endswith("g(1999)\nValueError: deep")
    assert LEFT_OUT.partition("{")[0] in shown
    assert len(shown) <= 600


def test_without_an_error_the_end_is_shown() -> None:
    shown = read_output("".join(f"line {n}\n" for n in range(10_000))).around_main(100)
    assert shown.endswith("line 9999")
    assert len(shown) <= 100
