"""Spoken numbers to written ones, as clinicians write them: "sertraline 50 mg", "PHQ-9 was 14", "3:15 pm", "3 March".

Inverse text normalization by a grammar of our own: what it cannot read in one way only stays as it was said, and what
is written already stays letter for letter. The vocabulary is configs/numerals.yaml.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from ... import resources
from ...types import QUOTED
from . import clock, dates, measures, scales
from .reading import Lists, Reading, Written

__all__ = ["Numerals", "load_numerals"]

Rule = Callable[[Reading, int], Written | None]
RULES: Final[tuple[Rule, ...]] = (  # the first that can read the words at a place writes them
    scales.code,
    scales.scale,
    scales.spelled,
    dates.day_first,
    dates.month_first,
    dates.year_alone,
    clock.past_or_to,
    clock.time_of_day,
    measures.measure,
    measures.nth,
    measures.count,
)


class Numerals:
    """The rules of configs/numerals.yaml, ready to use; `name` goes into every draft made with them."""

    def __init__(self, lists: Lists) -> None:
        self.name = f"numerals@{lists.version}"
        self._lists = lists

    def written(self, spoken: str) -> str:
        """Return a sentence with its numbers in digits where a note has digits; quoted words stay as they are."""
        parts, at = list[str](), 0
        for match in QUOTED.finditer(spoken):
            parts += [*self._pieces(spoken[at : match.start()]), match[0]]
            at = match.end()
        return "".join([*parts, *self._pieces(spoken[at:])])

    def _pieces(self, spoken: str) -> Iterator[str]:
        """Yield the text from left to right, rewritten."""
        reading = Reading(spoken, self._lists)
        at = done = 0
        while at < len(reading.atoms):
            reading.scoring &= "," not in reading.atoms[at].gap
            written = next((found for rule in RULES if (found := rule(reading, at))), None)
            if written:
                yield spoken[done : reading.atoms[at].start] + written.text
                done = written.stop
            reading.scoring = scales.scores_after(reading, at, written)
            at = written.end if written else max(at + 1, reading.run(at))
        yield spoken[done:]


@lru_cache
def load_numerals() -> Numerals:
    """Load configs/numerals.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return Numerals(resources.read_yaml(resources.configs() / "numerals.yaml", Lists))
