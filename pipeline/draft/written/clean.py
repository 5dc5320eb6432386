"""Speech to writing within one sentence: fillers, lead-ins, doubled words, false starts, what the speaker took back.

Words are only ever taken away, and none that says how sure, how much, on what condition, or that not.
"""

import re

from .repairs import Repairs
from .vocabulary import Vocabulary, any_of

_SIGN = r"[,;:.]"
_COLON = r"(?:\s+colon\b[:,.]?|\s*[:.])"
_STRAY = re.compile(r"[\s,;]+([.,?!])(?!\w)")  # a sign with nothing before it
_WORD = r"\S{1,100}?"  # bounded: of what is no word, but a hundred thousand letters, each would be a beginning
_DASH = r"(?:\s*,|\s*[–—]|\s+-|-(?=\s))"


class Cleaner:
    """The rules of configs/wording.yaml that take words away."""

    def __init__(self, words: Vocabulary) -> None:
        follows = rf"(?:\s*{_SIGN}\s*|\s+(?={any_of(words.subjects)}))"
        self._starts = (
            re.compile(rf"{any_of(words.openers)}{_SIGN}?\s+", re.I),
            re.compile(rf"{any_of(words.with_that)}\s+that\b,?\s+", re.I),
            re.compile(rf"{any_of(words.leading)}{follows}(?=\S)", re.I),
            re.compile(rf"{any_of(words.signed)}\s*{_SIGN}\s*(?=\S)", re.I),
            re.compile(_cue(words.cues), re.I),
            re.compile(rf"{_cue(words.topics)}(?={any_of(words.subjects)}|{any_of(words.topics)})", re.I),
        )
        self._topic = re.compile(rf"({any_of((*words.topics, *words.cues))}){_COLON}\s+(?=\S)", re.I)
        self._filler = re.compile(rf"({_WORD})?([,;]?)\s+({any_of(words.fillers)})(?!-)([,;]?)(?=\s|[.!?]|$)", re.I)
        self._leaning = re.compile(rf"{any_of(words.leaning)}$", re.I)
        self._er_after = frozenset(words.er_after)
        self._aside = re.compile(rf"({_WORD}),\s+{any_of(words.asides)}(?:(,)(?=\s)|(?=\s*[.!?]?$))", re.I)
        self._tail = re.compile(rf"(?:,?\s+{any_of(words.tails)})+(?=\s*[.!?]?$)", re.I)
        begun, verbs = any_of(words.begun), any_of(words.begun_verbs)
        contracted = r"(?:['’](?:s|d|ll|ve|re|m))"
        self._doubled = (
            re.compile(rf"({any_of(words.doubled)})(?:{_DASH}?\s+\1(?![\w'’-]))+", re.I),
            re.compile(rf"({any_of(words.doubled_pair)})(?:{_DASH}?\s+\1(?![\w'’-]))+", re.I),
        )
        self._begun = re.compile(
            rf"(^|[,.;]\s+|\band\s+)({'|'.join(words.begun)})(?:{contracted}|\s+{verbs}){_DASH}\s+"
            rf"(?=\2(?:{contracted}|\s+(?:{verbs}))\s)",
            re.I,
        )
        self._begun_bare = re.compile(rf"^({begun})\s+{verbs}\s+(?=\1\s+{verbs}\s)", re.I)
        self._repairs = Repairs(words)

    def clean(self, text: str) -> str:
        """Return the text without what only speech needs; spaces are single, no sign is left at its ends."""
        while (cleaner := self._once(text)) != text:
            text = cleaner
        return text

    def _once(self, text: str) -> str:
        text = self._start(re.sub(r"\s+(?=[,;])", "", text).strip(" ,;"))
        text = self._filler.sub(self._without_filler, f" {text}").strip()
        text = self._repairs.mended(self._start(text))
        text = self._aside.sub(self._without_aside, text)
        for pattern in self._doubled:
            text = pattern.sub(r"\1", text)
        text = self._begun_bare.sub("", self._begun.sub(r"\1", text))
        return _STRAY.sub(r"\1", self._tail.sub("", self._start(text))).strip(" ,;")

    def _start(self, text: str) -> str:
        """Return the text without what leads into it."""
        while match := next((found for start in self._starts if (found := start.match(text))), None):
            text = text[match.end() :]
        return self._topic.sub(r"\1: ", text, count=1) if self._topic.match(text) else text

    def _without_aside(self, match: re.Match[str]) -> str:
        return match[1] if self._leaning.search(match[1]) else f"{match[1]}{match[2] or ''}"

    def _without_filler(self, match: re.Match[str]) -> str:
        before, comma, filler, after = match[1] or "", match[2], match[3], match[4]
        if filler.casefold() == "er" and (not filler.islower() or (not comma and before.casefold() in self._er_after)):
            return match[0]
        rest = match.string[match.end() :].split(maxsplit=1)
        if before and rest and rest[0].casefold() == before.casefold():
            return f"{before},"
        if comma + after and before and not self._leaning.search(before):
            return f"{before}{comma or after}"
        return before


def _cue(names: tuple[str, ...]) -> str:
    return rf"(?:(?:new )?section\s+)?{any_of(names)}{_COLON}\s+(?=\S+\s+\S+\s+\S)"
