"""Small questions about words: the file that the demo opens and types into."""

VOWELS = "aeiou"


def is_long(word: str) -> bool:
    """Return True if the word has more than eight letters."""
    return len(word) > 8


def longest(words: list[str]) -> str:
    """Return the longest of the words."""
    return max(words, key=len)


def main() -> None:
    """Ask some of them."""
    words = ["fig", "hazelnut", "elderberry"]
    print(longest(words))
