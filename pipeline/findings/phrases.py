"""Find thousands of phrases at once: a tree of words.

spaCy's PhraseMatcher does the same but needs a Doc for each phrase, 1.5 s for our 20,000; this takes a tenth of that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

GAP: Final = "..."  # up to GAP_LENGTH words of any kind
GAP_LENGTH: Final = 3
CLASS: Final = "@"  # "@pill": any one word of the list "pill"
_END: Final = ""  # no word is empty, so that the key of a phrase's end can never be one

Node = dict[str, "Node | list[int]"]


class PhraseTree:
    """Phrases as word sequences, each with a number; `lists` has the words that a class such as "@pill" stands for."""

    def __init__(
        self, phrases: Iterable[tuple[int, Sequence[str]]], lists: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self._root: Node = {}
        self._classes: dict[str, list[str]] = {}  # of a word, the classes that it belongs to
        used: set[str] = set()
        for key, words in phrases:
            node = self._root
            for word in words:
                node = node.setdefault(word, {})  # type: ignore[assignment]
                if word.startswith(CLASS):
                    used.add(word)
            ends = node.setdefault(_END, [])
            if isinstance(ends, list) and key not in ends:
                ends.append(key)
        for name in sorted(used):
            for word in (lists or {})[name.removeprefix(CLASS)]:
                self._classes.setdefault(word, []).append(name)

    def find(self, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Yield (number, start, end) of each phrase in the words; a phrase may be found inside another."""
        for start in range(len(words)):
            if any(name in self._root for name in self._names(words[start])):
                for key, end in self._walk(words, start, self._root):
                    yield key, start, end

    def _names(self, word: str) -> Sequence[str]:
        """Return what a word may be called in a phrase: itself and its classes."""
        return word, *self._classes.get(word, ())

    def _walk(self, words: Sequence[str], at: int, node: Node) -> Iterator[tuple[int, int]]:
        ends = node.get(_END)
        if isinstance(ends, list):
            yield from ((key, at) for key in ends)
        gap = node.get(GAP)
        if isinstance(gap, dict):
            for skip in range(1, GAP_LENGTH + 1):
                if at + skip > len(words) or not words[at + skip - 1][:1].isalnum():
                    break
                yield from self._walk(words, at + skip, gap)
        for name in self._names(words[at]) if at < len(words) else ():
            following = node.get(name)
            if isinstance(following, dict):
                yield from self._walk(words, at + 1, following)
