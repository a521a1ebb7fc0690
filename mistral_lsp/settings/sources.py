"""Sources: the settings that are there before an editor speaks, from the user's file and the environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.core.visible import visible
from mistral_lsp.settings.resolve import Source
from mistral_lsp.settings.tree import RULES, SECTIONS, variable_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "mistral-lsp"  # of the folders that are the program's
MAX_BYTES = 2**20  # a larger file is no configuration
_ON_WINDOWS = sys.platform == "win32"


def standard(environ: Mapping[str, str] = os.environ) -> list[Source]:
    """What the user's file says, then each variable: in rising precedence."""
    return [*user_file(user_path(environ)), *environment(environ)]


def user_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the user's file is looked for, whether or not there is one."""
    base = Path(environ.get("APPDATA" if _ON_WINDOWS else "XDG_CONFIG_HOME", ""))
    if not base.is_absolute():  # the XDG base directory specification: a relative path is to be ignored
        base = _home(environ) / ("AppData/Roaming" if _ON_WINDOWS else ".config")
    return base / NAME / "config.toml"


def state_path(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of what the program keeps for the user between sessions, whether or not it is there."""
    base = Path(environ.get("LOCALAPPDATA" if _ON_WINDOWS else "XDG_STATE_HOME", ""))
    if not base.is_absolute():
        base = _home(environ) / ("AppData/Local" if _ON_WINDOWS else ".local/state")
    return base / NAME


def _home(environ: Mapping[str, str]) -> Path:
    home = environ.get("USERPROFILE" if _ON_WINDOWS else "HOME") or os.path.expanduser("~")  # noqa: PTH111 - Path.home raises where there is none
    return Path(home)


def user_file(path: Path) -> list[Source]:
    """The file's settings: nothing where there is no file, a fault where it can't be read."""
    try:
        if not path.exists():
            return []
        if not path.is_file():
            return [Source(str(path), None, fault="ignored: it is not a file")]
        with path.open("rb") as stream:
            return [Source(str(path), _parsed(stream.read(MAX_BYTES + 1)))]
    except OSError as error:
        return [Source(str(path), None, fault=f"ignored: {error.strerror or 'it cannot be read'}")]
    except (ValueError, RecursionError) as error:
        return [Source(str(path), None, fault=f"ignored: {_fault(error)}")]


def environment(environ: Mapping[str, str] = os.environ) -> list[Source]:
    """One source for each variable, so that a problem and an origin name it; an empty variable is an unset one."""
    keys = {variable_of(key): key for key in RULES}
    return [Source(name, {key: _value(key, environ[name])}) for name, key in _named(environ, keys) if environ[name]]


def _named(environ: Mapping[str, str], keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The variables that name a setting, or would if they were spelled right."""
    for name in sorted(environ):
        if name in keys:
            yield name, keys[name]
        else:
            starts = [section for section in SECTIONS if name.startswith(variable_of(section) + "_")]
            if starts:
                section = max(starts, key=len)
                yield name, f"{section}.{name.removeprefix(variable_of(section) + '_').lower()}"


def _value(key: str, text: str) -> Any:
    return RULES[key].from_text(text) if key in RULES else text


def _parsed(data: bytes) -> Any:
    import tomllib

    if len(data) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES // 1024} KiB")
    return tomllib.loads(data.decode("utf-8-sig"))


def _fault(error: ValueError | RecursionError) -> str:
    """What is wrong, with the line and column that tomllib names."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 (at byte {error.start})"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return visible(str(error))
