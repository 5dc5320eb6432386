"""Whom "she" means at a place of a dictation: the client, or possibly somebody else.

A rule of thumb on the safe side of centering theory (Grosz, Joshi, Weinstein 1995): once another person who could be
"she" was mentioned, no "she" is sure until a sentence is about the session or names the client again.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from .vocabulary import Vocabulary, any_of

Pronoun = Literal["she", "he", "they"]
FORMS: Final[dict[Pronoun, str]] = {
    "she": r"(?<![\w'’-])(?:she|her|hers|herself)(?![\w-])",
    "he": r"(?<![\w'’-])(?:he|him|his|himself)(?![\w-])",
    "they": r"(?<![\w'’-])(?:they|them|their|themselves|themself)(?![\w-])",
}
Sex = Literal["she", "he", "either"]
MUCH_MORE: Final = 2  # times that the client's pronoun is said as often as the other's, to be taken for it


class Others:
    """The words for people who may be meant by a pronoun, and for what brings a dictation back to the client."""

    def __init__(self, words: Vocabulary, roles: Mapping[Sex, Iterable[str]], others: str) -> None:
        either = tuple(roles["either"])
        every = (*roles["she"], *roles["he"], *either)
        one = rf"(?<![\w'’-])(?:one|each|either|another)\s+of\s+\w+\s+(?:\w+\s+)?{any_of((*_each(every), 'children'))}"
        others = f"{others}|{one}"
        self._named = {
            "she": re.compile(rf"{any_of((*_each(roles['she']), *either))}|{others}", re.I),
            "he": re.compile(rf"{any_of((*_each(roles['he']), *either))}|{others}", re.I),
            "they": re.compile(any_of((*words.many, *(f"{role}{s}" for role in every for s in ("", "s")))), re.I),
        }
        self._certain = {
            "she": re.compile(any_of(_each(roles["she"])), re.I),
            "he": re.compile(any_of(_each(roles["he"])), re.I),
        }
        heading = rf"{any_of((*words.cues, *words.topics))}\s*(?:[:.]|colon)"
        self._back = re.compile(rf"\W*{heading}|.*{any_of(('client', 'patient', 'pt'))}", re.I)
        self._returning = re.compile(rf"\W*{any_of(words.returning)}", re.I)
        self._party = re.compile(any_of(words.party), re.I)
        lead = rf"\W*(?:{any_of(words.before_pronoun)},?\s+)?"
        self._subject = {form: re.compile(rf"{lead}{form}(?![\w-])", re.I) for form in FORMS}
        self._several = re.compile(any_of(words.several), re.I)

    def named(self, text: str, pronoun: Pronoun) -> bool:
        """Whether the text mentions somebody besides the client whom the pronoun could mean."""
        if not self._named[pronoun].search(text):
            return False
        if pronoun == "they":
            return True
        other: Literal["she", "he"] = "he" if pronoun == "she" else "she"
        # "her partner drinks, he has a six-pack": then the partner is a man, unless there is another man.
        told = re.search(FORMS[other], text, re.I) and not self._certain[other].search(text)
        return bool(self._certain[pronoun].search(text)) or not told

    def after(self, focus: "Focus", sentence: str, pronoun: Pronoun, *, others: bool) -> "Focus":
        """Return what is known after a sentence of a dictation; `others` says that it names somebody."""
        if others or self.named(sentence, pronoun):
            led = self._subject[pronoun].match(sentence) and not self._party.search(sentence)
            return Focus(sure=False, party=focus.party or not led)
        back = self._back.match(sentence) or (not focus.party and self._returning.match(sentence))
        return Focus() if back else focus

    def pronoun(self, text: str, chosen: Pronoun | None) -> Pronoun | None:
        """Return the client's pronoun in this dictation: the chosen one, else the one said first and far more often."""
        if self._several.search(text):
            return None
        if chosen:
            return chosen
        she, he = ([match.start() for match in re.finditer(FORMS[form], text, re.I)] for form in ("she", "he"))
        if she and len(she) >= MUCH_MORE * len(he) and she[:1] < (he[:1] or [len(text)]):
            return "she"
        return "he" if he and len(he) >= MUCH_MORE * len(she) and he[:1] < (she[:1] or [len(text)]) else None


def unknown(owners: Iterable[str], besides: Iterable[str], endings: Iterable[str], things: Iterable[str]) -> str:
    """Return a pattern for somebody whose role no list knows: "her eldest", "the new dog walker"."""
    between = r"(?:(?!(?:to|and|or|of|that|not|she|he|they|who|i|we)\b)[\w'’-]+\s+)?"
    ending = "|".join(map(re.escape, endings))
    known = any_of((*things, *(f"{thing}'s" for thing in things)))
    other = rf"(?!{known})[a-z'’-]{{2,}}(?:{ending})(?![\w-])"
    return rf"{any_of(owners)}\s+{between}(?:{any_of(besides)}|{other})"


def _each(roles: Iterable[str]) -> tuple[str, ...]:
    """Return roles for one and for several people of them."""
    return tuple(form for role in roles for form in (role, f"{role[:-1]}ies" if role.endswith("y") else f"{role}s"))


@dataclass(frozen=True)
class Focus:
    """What is known before a sentence: whether the pronoun surely means the client.

    `party` says that somebody else was mentioned who may have been spoken with.
    """

    sure: bool = True
    party: bool = False
