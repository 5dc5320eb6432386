"""Find what a progress note would carry: rules and the trained tagger together, with the words and the reason."""

from collections.abc import Sequence
from pathlib import Path

from ..types import Finding, Transcript
from .headed import move, name_headed
from .merge import Weighed, read_bars, select, weigh
from .rules import Rules, Silent
from .tagger import FOLDER, Tagger

__all__ = ["Finder", "Rules"]


class Finder:
    """Rules over lexicons and the trained tagger; made once, used for any number of transcripts.

    Raises:
        SettingsInvalid: a lexicon or the tagger's bars are missing or wrong; the message names file and key.
        ModelMissing: the tagger's files are not there.
    """

    def __init__(self, lexicons: Path | None = None, model: Path | None = None) -> None:
        folder = model or FOLDER
        self._rules, self._tagger = Rules(lexicons), Tagger(folder)
        self._bars = read_bars(folder / "bars.yaml")

    @property
    def name(self) -> str:
        """The versioned names of the rules and of the tagger."""
        return f"{self._rules.name}+{self._tagger.name}"

    def find(self, transcript: Transcript) -> tuple[Finding, ...]:
        """Return the findings of a transcript in order of turn and offset; none where no words say anything."""
        view = transcript.noted(searched=True)
        found, silent, calm = self._rules.find_and_silence(view)
        weighed = weigh(view, found, self._tagger.read(view), self._tagger.name)
        heard = [one for one in weighed if one.by_rule or not _silenced(one.finding, (*silent, *_denying(one, calm)))]
        chosen = select(heard, transcript.kind, self._bars)
        if not transcript.commands:
            return chosen
        own = tuple(move(transcript, chosen))
        order = {turn.id: number for number, turn in enumerate(transcript.turns)}
        every = (*own, *name_headed(transcript, own, silent))
        return tuple(sorted(every, key=lambda f: (order[f.evidence[0].turn_id], f.evidence[0].start)))


def _denying(one: Weighed, calm: Sequence[Silent]) -> Sequence[Silent]:
    """Return where this finding would be a denial of risk of which nobody spoke."""
    return calm if one.finding.category == "risk" and one.finding.polarity == "denied" else ()


def _silenced(finding: Finding, silent: Sequence[Silent]) -> bool:
    evidence = finding.evidence[0]
    return any(t == evidence.turn_id and a < evidence.end and evidence.start < b for t, a, b in silent)
