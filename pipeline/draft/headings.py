"""Where a spoken heading puts what follows it."""

from collections.abc import Set
from typing import Final

from ..types import CATEGORIES, Category, Transcript
from .formats import PLAIN, Format, Traits

# Wherever it was said, risk stays where the format has it, so that it is never filed under something milder.
STAYS: Final[Category] = "risk"


class Headings:
    """The spoken headings of one dictation in one format; ask in order of time.

    A heading that is a section of the format holds until the next one. Any other names a category: it holds for the
    first sentence after it, and on until a new paragraph or a sentence about something else.
    """

    def __init__(self, transcript: Transcript, form: Format) -> None:
        order = {turn.id: number for number, turn in enumerate(transcript.turns)}
        self._form = form
        self._keys = [section.key for section in form.sections]
        self._parting = [
            ((order[c.turn_id], c.start), c.section) for c in transcript.commands if c.section or c.kind == "paragraph"
        ]
        self._held: tuple[int, int] | None = None  # where the category's heading stands that holds now
        self._over: tuple[int, int] | None = None  # where the one stands that holds no longer

    def at(self, turn: int, start: int, carried: Set[Category]) -> str | None:
        """Return the heading that holds for a sentence that carries findings of these categories."""
        before = [entry for entry in self._parting if entry[0] < (turn, start)]
        named = [entry for entry in before if entry[1]]
        if not named:
            return None
        where, heading = named[-1]
        if heading in self._keys:
            return heading
        if before[-1] != named[-1] or where == self._over:
            return None
        if where == self._held and heading not in carried:
            self._over = where
            return None
        self._held = where
        return heading

    def place(self, heading: str | None, category: Category, observed: bool, traits: Traits = PLAIN) -> tuple[int, int]:
        """Return the index of the section and of the take in it, as Format.place does, as the heading says."""
        own = self._form.place(category, observed, traits)
        if heading is None or category == STAYS:
            return own
        section = own[0]
        if heading in self._keys:
            section = self._keys.index(heading)
        else:
            for known in CATEGORIES:
                if known == heading:
                    section = self._form.place(known, observed, traits)[0]
        if section == own[0]:
            return own
        last = len(self._form.sections[section].takes)
        return section, 0 if self._form.sections[section].order == "time" else last
