"""Dictated words to written ones by the rules of configs/wording.yaml: the door to `written` and `numerals`.

What is sure is written as a note has it; what is not stays as it was dictated.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from .namings import load_roles
from .numerals import load_numerals
from .written.clean import Cleaner
from .written.clinician import Clinician
from .written.focus import Others, Sex, unknown
from .written.quotes import shielded, unshielded
from .written.vocabulary import Phrases, Vocabulary, any_of, load_vocabulary


class Wording:
    """The rules of configs/wording.yaml, ready to use; `name` goes into every draft made with them.

    `frame` are the words, in lower case, that the rules may put into a statement whose evidence does not hold them.
    """

    def __init__(self, words: Vocabulary) -> None:
        roles = load_roles()
        self.name = f"wording@{words.version}"
        self._numerals = load_numerals()
        self.names = (self.name, self._numerals.name)
        self.frame = frozenset(words.frame)
        self.words = words
        self.cleaner = Cleaner(words)
        self.clinician = Clinician(words.clinician)
        others = (roles.owners, roles.besides, roles.person_endings, (*roles.things, *roles.every))
        known: dict[Sex, Phrases] = {"she": roles.she, "he": roles.he, "either": roles.either}
        self.others = Others(words, known, others=unknown(*others))
        self.kin = any_of(roles.every)
        self._observed = re.compile(any_of(words.observed), re.I)
        self._turned = re.compile(rf"{any_of(words.turning)}.*?{any_of(words.turned_to)}", re.I | re.S)

    def written(self, spoken: str) -> str:
        """Return the sentence as a note has it, with a capital and a full stop; what was quoted stays as it is."""
        text, quotes = shielded(" ".join(spoken.split()))
        return self.finished(self.cleaner.clean(text), quotes)

    def finished(self, text: str, quotes: Mapping[int, str]) -> str:
        """Return a cleaned sentence with its quotes back, numbers in digits, a capital and a full stop."""
        text = self._numerals.written(unshielded(text, quotes))
        text = text[:1].upper() + text[1:]
        return text if text.endswith((".", "!", "?")) else f"{text}."

    def observed(self, spoken: str) -> bool:
        """Whether the words say that the clinician saw it, not that the client told it."""
        return bool(self._observed.search(spoken))

    def turned(self, spoken: str) -> bool:
        """Whether a denial may be taken back further on: "no thoughts on Monday but had them every day since"."""
        return bool(self._turned.search(spoken))


@lru_cache
def load_wording() -> Wording:
    """Load configs/wording.yaml and configs/people.yaml.

    Raises:
        SettingsInvalid: a key of them is wrong.
    """
    return Wording(load_vocabulary())
