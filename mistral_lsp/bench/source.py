"""Source: Python files that look like a person's, of any length, the same for the same seed."""

from __future__ import annotations

import random
from string import Template

HEAD = '''"""Stock keeping for the {0} service."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

log = logging.getLogger(__name__)
'''
CLASS = Template('''

@dataclass
class $Noun$n:
    """One $noun and what is known of it."""

    name: str
    count: int = 0
    tags: list[str] = field(default_factory=list)
''')
METHOD = Template('''
    def ${verb}_$noun$n(self, value: int, limit: int = $k) -> int:
        """Return what is left after the $noun has been ${verb}ed."""
        if value > limit:
            log.warning("%s: %d is over %d", self.name, value, limit)
            return limit
        total = 0
        for step in range(value):
            total += step * self.count % $k
        checked = min(limit, total)
        return max(checked, value)
''')
NOUNS = ("parcel", "shelf", "invoice", "carrier", "pallet", "order", "label", "route")
VERBS = ("pick", "pack", "load", "sort", "count", "return")
CALL = "checked = min(limit, total"  # a place to type at in each method: before a closing bracket


def python_source(line_count: int, *, seed: int) -> str:
    """Exactly so many lines of classes and methods."""
    chance = random.Random(seed)
    lines = HEAD.format(chance.choice(NOUNS)).splitlines()
    number = 0
    while len(lines) < line_count:
        number += 1
        noun, verb = chance.choice(NOUNS), chance.choice(VERBS)
        words = {"noun": noun, "Noun": noun.title(), "verb": verb, "n": number, "k": chance.randint(2, 99)}
        part = CLASS if number % 6 == 1 else METHOD
        lines += part.substitute(words).splitlines()
    return "\n".join(lines[:line_count]) + "\n"


def calls(source: str) -> list[tuple[int, int]]:
    """Line and column behind each CALL: before a bracket that is there already."""
    return [(n, line.index(CALL) + len(CALL)) for n, line in enumerate(source.splitlines()) if CALL in line]
