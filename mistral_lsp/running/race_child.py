"""The process in which two versions of a function run on the same inputs: a job comes as JSON, and so goes the outcome.

It is started by its path, without site-packages, in a copy of the project, with limits from outside. What reaches out
of the process is refused.
"""

from __future__ import annotations

import contextlib
import copy
import gc
import itertools
import json
import os
import random
import signal
import sys
import time
import types
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))

BUDGET_S = 6.0  # for everything
CALL_S = 0.5  # for one call of the old version: what takes longer isn't an input
PATIENCE = 4  # times as long as the old one may the new one take, and a little
TIMED_INPUTS = 8
ROUNDS = 7
ROUND_S = 0.002  # a measurement is that long, or a hundred calls
MAX_DRAWN = 10_000  # of what a generator gives
MIN_INPUTS = 3
TRIED = 120  # combinations of guesses
SLOWER_S = 0.05
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events, https://docs.python.org/3/library/audit_events.html, of what a function that only computes doesn't do.
_REFUSED = (
    "ctypes.",
    "os.",
    "pty.",
    "resource.",
    "shutil.",
    "signal.",
    "socket.",
    "sqlite3.",
    "subprocess.",
    "urllib.",
)
_ALLOWED = frozenset({"os.listdir", "os.scandir", "os.walk"})


class TooSlow(BaseException):
    """A call's time is over."""


class Unmeasured(Exception):  # noqa: N818 - read as "it is unmeasured"
    """`str(error)` says why."""


class Outcome(NamedTuple):
    """What a call came to."""

    value: Any
    error: str  # the type of what it raised
    after: Any  # the arguments, and whom a method belongs to
    took_s: float
    after_alone: Any = None  # the arguments


class Version:
    """A function out of a module's text."""

    def __init__(self, job: dict[str, Any], which: str) -> None:
        """Import it. Raises Unmeasured."""
        name = job["module"] or "module"
        module = types.ModuleType(name)
        module.__file__, module.__package__ = job["path"], name.rpartition(".")[0]
        sys.modules[name] = module
        try:
            exec(compile(job[which], job["path"], "exec"), module.__dict__)  # noqa: S102 - what it is for
        except BaseException as error:  # noqa: BLE001 - whatever a module does when it is imported
            raise Unmeasured(f"it can't be imported by itself ({type(error).__name__})") from None
        self.owner: type | None = None
        self.function = self._found(module, job["name"].split("."))

    def _found(self, module: types.ModuleType, parts: list[str]) -> Callable[..., Any]:
        found: Any = module
        for part in parts[:-1]:
            found = getattr(found, part, None)
        raw = vars(found).get(parts[-1]) if found is not None else None
        if isinstance(found, type) and isinstance(raw, types.FunctionType):
            self.owner = found
            self.bare()  # it must be possible to make one
        function: Any = getattr(found, parts[-1], None)
        if not callable(function) or isinstance(function, type):
            raise Unmeasured("it is no plain function")
        if getattr(function, "__code__", None) and function.__code__.co_flags & 0x80:
            raise Unmeasured("it is async")
        return function  # type: ignore[no-any-return]

    def bare(self) -> tuple[Any, ...]:
        """Whom a method is called on: an object that was just made."""
        if self.owner is None:
            return ()
        try:
            return (self.owner(),)
        except Exception:  # noqa: BLE001 - whatever it raises
            raise Unmeasured("it is a method of an object that needs more to be made") from None

    def call(self, arguments: tuple[tuple[Any, ...], dict[str, Any]], limit_s: float) -> Outcome:
        """Call it with copies of the arguments. Raises TooSlow."""
        args, more = copy.deepcopy(arguments)
        owner = self.bare()
        random.seed(0)
        began_s = time.perf_counter()
        value, error = None, ""
        try:
            signal.setitimer(signal.ITIMER_REAL, limit_s)
            try:
                value = self.function(*owner, *args, **more)
                if isinstance(value, types.GeneratorType | map | filter | zip | itertools.chain):
                    value = list(itertools.islice(value, MAX_DRAWN))
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except Exception as raised:  # noqa: BLE001 - it is what both have to do
            error = type(raised).__qualname__
        return Outcome(value, error, (owner, args, more), time.perf_counter() - began_s, (args, more))

    def time(self, arguments: Any, count: int, *, is_changed: bool) -> float:
        """Seconds of the processor for so many calls; arguments that a call changes are made anew for each."""
        calls = [copy.deepcopy(arguments) for _ in range(count)] if is_changed else [arguments] * count
        owners = [self.bare() for _ in range(count)]
        function, began_s = self.function, time.thread_time()  # whatever else runs here meanwhile
        for owner, (args, more) in zip(owners, calls, strict=True):
            value = function(*owner, *args, **more)
            if isinstance(value, types.GeneratorType):
                for _ in itertools.islice(value, MAX_DRAWN):
                    pass
        return time.thread_time() - began_s


def main() -> None:
    """Read the job, race, tell."""
    sys.path.insert(0, PACKAGE_FOLDER)
    from mistral_lsp.core import samples
    from mistral_lsp.core.same import same

    sys.path.remove(PACKAGE_FOLDER)
    job = json.load(sys.stdin)
    told = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    sys.path[:0] = [os.getcwd(), os.path.join(os.getcwd(), "src")]
    signal.signal(signal.SIGALRM, _alarm)
    reached: list[str] = []
    sys.addaudithook(lambda event, arguments: _audit(event, arguments, reached))
    try:
        outcome = race(job, samples, same)
        if reached:
            outcome = {"why": "it reaches out of the process"}
    except Unmeasured as error:
        outcome = {"why": "it reaches out of the process" if reached else str(error)}
    except BaseException as error:  # noqa: BLE001 - code that nobody knows
        outcome = {"why": f"measuring it failed ({type(error).__name__})"}
    os.write(told, json.dumps(outcome).encode())
    os._exit(0)


def race(job: dict[str, Any], samples: Any, same: Callable[[Any, Any], bool]) -> dict[str, Any]:
    """The outcome as `core.raced.Raced` has it."""
    deadline_s = time.perf_counter() + BUDGET_S
    old, new = Version(job, "before"), Version(job, "after")
    agreed: list[tuple[Any, Outcome]] = []
    for arguments, was in _inputs(old, job, samples, deadline_s):
        again = old.call(arguments, CALL_S)
        if not _alike(was, again, same):
            raise Unmeasured("it doesn't do the same twice")
        try:
            now = new.call(arguments, was.took_s * PATIENCE + SLOWER_S)
        except TooSlow:
            return {"differs": f"it takes much longer for {_shown(job, arguments)}"}
        if not _alike(was, now, same):
            return {"differs": f"for {_shown(job, arguments)} it {_said(now, was)}"}
        agreed.append((arguments, was))
    timed = [one for one in agreed if not one[1].error]
    if len(timed) < MIN_INPUTS:
        raise Unmeasured("no inputs were found that it takes")
    timed.sort(key=lambda one: -one[1].took_s)
    inputs = [(arguments, not same(arguments, was.after_alone)) for arguments, was in timed[:TIMED_INPUTS]]
    old_s, new_s = _times(old, new, inputs, deadline_s)
    return {"ratio": old_s / max(new_s, 1e-9), "inputs": len(agreed)}


def _inputs(old: Version, job: dict[str, Any], samples: Any, deadline_s: float) -> Any:
    """Arguments, with what the old version makes of them: those of the file, then such as grow until it is slow."""
    name = job["name"].rpartition(".")[2]
    known = samples.given(job["before"], name)[:20]
    with contextlib.suppress(TooSlow):
        for arguments in known:
            yield arguments, old.call(arguments, CALL_S)
    function = old.function
    choices = samples.makers(types.MethodType(function, object()) if old.owner else function, known)
    if choices is None:
        return
    chance = random.Random(job["seed"])  # noqa: S311 - the same each time, on purpose
    fitting = _fitting(old, choices, chance)
    if fitting is None:
        raise Unmeasured("nothing says what its arguments are")
    for size in samples.SIZES:
        for _ in range(4):
            arguments = (tuple(make(chance, size) for make in fitting), {})
            try:
                was = old.call(arguments, CALL_S)
            except TooSlow:
                return
            yield arguments, was
            if time.perf_counter() > deadline_s:
                return


def _fitting(old: Version, choices: list[list[Any]], chance: random.Random) -> list[Any] | None:
    """Makers of arguments that the old version takes, the first that do."""
    if all(len(makers) == 1 for makers in choices):
        return [makers[0] for makers in choices]
    best: tuple[int, list[Any] | None] = (0, None)
    for makers in itertools.islice(itertools.product(*choices), TRIED):
        taken = 0
        for size in (2, 3, 5):
            with contextlib.suppress(TooSlow):
                taken += not old.call((tuple(make(chance, size) for make in makers), {}), CALL_S / 10).error
        if taken > best[0]:
            best = taken, list(makers)
        if taken == 3:
            break
    return best[1]


def _times(old: Version, new: Version, inputs: list[tuple[Any, bool]], deadline_s: float) -> tuple[float, float]:
    """The least seconds of both for all inputs, measured in turns, now the one first and now the other."""
    gc.disable()
    old_s = new_s = 0.0
    for arguments, is_changed in inputs:
        one_s = max(old.time(arguments, 1, is_changed=is_changed), 1e-7)
        count = max(1, min(100, int(ROUND_S / one_s)))
        rounds = ROUNDS if time.perf_counter() < deadline_s else 2
        taken: dict[Version, list[float]] = {old: [], new: []}
        for number in range(rounds):
            for version in (old, new) if number % 2 else (new, old):
                taken[version].append(version.time(arguments, count, is_changed=is_changed) / count)
        old_s += min(taken[old])
        new_s += min(taken[new])
    return old_s, new_s


def _alike(one: Outcome, other: Outcome, same: Callable[[Any, Any], bool]) -> bool:
    return one.error == other.error and same(one.value, other.value) and same(one.after, other.after)


def _shown(job: dict[str, Any], arguments: Any) -> str:
    args, more = arguments
    words = [repr(one) for one in args] + [f"{name}={value!r}" for name, value in more.items()]
    text = ", ".join(words)
    return f"{job['name'].rpartition('.')[2]}({text if len(text) <= 60 else text[:59] + '…'})"


def _said(now: Outcome, was: Outcome) -> str:
    if now.error != was.error:
        return f"raises {now.error}" if now.error else f"doesn't raise {was.error}"
    new, old = repr(now.value), repr(was.value)
    if new == old:
        return "changes its arguments otherwise"
    return f"returns {new[:40]} and not {old[:40]}"


def _alarm(_number: int, _frame: Any) -> None:
    raise TooSlow


def _audit(event: str, arguments: tuple[object, ...], reached: list[str]) -> None:
    """Refuse what reaches out of the process."""
    if event == "open":
        flags = arguments[2]
        is_refused = isinstance(flags, int) and bool(flags & _WRITES)
    else:
        is_refused = event.startswith(_REFUSED) and event not in _ALLOWED
    if is_refused:
        reached.append(event)
        raise PermissionError(event)


if __name__ == "__main__":
    main()
