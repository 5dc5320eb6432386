"""What the client is called: "she's sleeping badly" -> "client is sleeping badly", "the patient" -> "client"."""

import re
from dataclasses import dataclass
from typing import Final

from ...types import Manner
from .focus import Pronoun
from .vocabulary import Vocabulary, any_of

OWN: Final[dict[Pronoun, str]] = {"she": "her", "he": "his", "they": "their"}
OBJECT: Final[dict[Pronoun, str]] = {"she": "her", "he": "him", "they": "them"}
PLURAL: Final = {"are": "is", "were": "was", "have": "has", "do": "does", "aren't": "isn't", "weren't": "wasn't",
                 "haven't": "hasn't", "don't": "doesn't"}  # fmt: skip
_FINITE: Final = r"(?:is|was|has|had|does|did|isn['’]t|wasn['’]t|hasn['’]t|hadn['’]t|doesn['’]t|didn['’]t|will|would)"
_VERB: Final = rf"(?:{_FINITE}|can|could|may|might|must|should|\w+(?:s|ed))(?![\w'’-])"
_GOING: Final = r"(?!(?:no|any|some|every)thing)\w+ing(?![\w'’])"


@dataclass(frozen=True)
class _Contracted:
    """What "'s" and "'d" stand for, by the words behind."""

    has: re.Pattern[str]
    is_: re.Pattern[str]
    had: re.Pattern[str]
    would: re.Pattern[str]


class Caller:
    """The client's name in one draft, and the rules that put it in place of a pronoun."""

    def __init__(self, words: Vocabulary, manner: Manner, pronoun: Pronoun | None, kin: str) -> None:
        self._word = {"initials": manner.initials or "client", "patient": "patient"}.get(manner.call, "client")
        self._pronoun = None if manner.call == "pronoun" else pronoun
        self._nouns = (
            re.compile(rf"(?<![\w'’-])the\s+(?:client|patient|pt)(?![\w-])(?!\s+{any_of(words.not_the_client)})", re.I),
            re.compile(rf"^(?:client|patient|pt)(?=['’]s\b|\s+(?:(?:also|still|then|now)\s+)?{_VERB})", re.I),
        )
        adverbs = rf"(?:{any_of(words.contracted.adverbs)}\s+)*"
        self._contracted = _Contracted(
            has=re.compile(rf"\s+{adverbs}{any_of(words.contracted.has)}", re.I),
            is_=re.compile(rf"\s+{adverbs}(?:{any_of(words.contracted.is_)}|{_GOING})", re.I),
            had=re.compile(rf"\s+{adverbs}{any_of(words.contracted.had)}", re.I),
            would=re.compile(rf"\s+{adverbs}{any_of(words.contracted.would)}", re.I),
        )
        if self._pronoun:
            self._patterns(words, self._pronoun, kin)

    def _patterns(self, words: Vocabulary, pronoun: Pronoun, kin: str) -> None:
        lead = rf"^(?P<lead>{any_of(words.before_pronoun)},?\s+)?"
        self._subject = re.compile(rf"{lead}{pronoun}(?P<short>['’](?:s|d|ll|re|ve))?(?![\w'’-])(?!,?\s+who\b)", re.I)
        self._own = re.compile(rf"{lead}{OWN[pronoun]}(?=\s+\w)(?!\s+(?:and|or|own|{_FINITE})\b)", re.I)
        told = r"^(?:(?:clinician|we)(?:['’](?:ll|ve|re))?)\b"
        thing = OBJECT[pronoun]
        follows = rf"(?=\s*[.,;:!?]|\s*$|\s+{any_of(words.after_object)})" if pronoun == "she" else ""
        self._object = re.compile(rf"{told}(?P<between>[^,;:.!?]*?\s)(?P<who>{thing})(?![\w'’-]){follows}", re.I)
        self._objects_own = re.compile(rf"{told}(?P<between>[^,;:.!?]*?\s)(?P<who>{OWN[pronoun]})(?=\s+{kin})", re.I)
        anyone = rf"(?<![\w'’-])(?:{pronoun}|{OWN[pronoun]}|{thing}|client|patient|pt)(?![\w-])"
        self._anyone = re.compile(rf"(?i:{anyone}|{kin}|\b(?:and|then|that|who|which)\b)|\b[A-Z][a-z]")

    def unified(self, sentence: str) -> str:
        """Return the sentence with "the client", "the patient" and "pt" as the client is called."""
        for pattern in self._nouns:
            sentence = pattern.sub(lambda match: self._called(match.start()), sentence)
        return self._single_stop(sentence)

    def called(self, sentence: str) -> str:
        """Return the sentence with its first mention of the client by the chosen word; ask only where that is sure."""
        if self._pronoun is None:
            return sentence
        if match := self._subject.match(sentence):
            verb = self._verb(match["short"], sentence[match.end() :])
            return sentence if verb is None else self._put(sentence, match, verb)
        if match := self._own.match(sentence):
            return self._put(sentence, match, ("'s", match.end()))
        for pattern, ending in ((self._objects_own, "'s"), (self._object, "")):
            match = pattern.match(sentence)
            if match and not self._anyone.search(match["between"]):
                start, end = match.span("who")
                return self._single_stop(f"{sentence[:start]}{self._called(start)}{ending}{sentence[end:]}")
        return sentence

    def _put(self, sentence: str, match: re.Match[str], verb: tuple[str, int]) -> str:
        ending, skipped = verb
        lead = match["lead"] or ""
        rest = sentence[match.end() + skipped :] if ending != "'s" else sentence[skipped:]
        return f"{lead}{self._called(len(lead))}{ending}{rest}"

    def _single_stop(self, sentence: str) -> str:
        """Return the sentence with one full stop where initials end it."""
        return sentence.replace(f"{self._word}.", self._word) if self._word.endswith(".") else sentence

    def _called(self, start: int) -> str:
        return self._word if start else self._word[:1].upper() + self._word[1:]

    def _verb(self, short: str | None, rest: str) -> tuple[str, int] | None:
        """Return what follows the client's name and how much of `rest` that replaces; None where it is not sure."""
        if self._pronoun == "they":
            word = re.match(r"\s+([\w'’]+)", rest)
            said = word[1].casefold().replace("’", "'") if word else ""
            if short or not word:
                return {"'re": (" is", 0), "'ve": (" has", 0), "'ll": (" will", 0)}.get((short or "").replace("’", "'"))
            if said in PLURAL:
                return f" {PLURAL[said]}", word.end()
            return ("", 0) if said.endswith("ed") or said in ("will", "can", "could", "would", "did", "had") else None
        mark = (short or "").replace("’", "'").casefold()
        if mark == "'s":
            has, is_ = self._contracted.has.match(rest), self._contracted.is_.match(rest)
            return None if bool(has) == bool(is_) else (" has" if has else " is", 0)
        if mark == "'d":
            had, would = self._contracted.had.match(rest), self._contracted.would.match(rest)
            return None if bool(had) == bool(would) else (" had" if had else " would", 0)
        return {"": ("", 0), "'ll": (" will", 0)}.get(mark)
