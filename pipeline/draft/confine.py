"""A note about one of several clients in the room: nobody else's words, and none that were spoken to somebody else."""

from collections.abc import Iterator, Sequence
from typing import Final

from ..types import Detail, Evidence, Finding, Transcript
from .formats import Confined, Format
from .passage import Passage
from .sentences import sentences

LEFT_OUT: Final = "{count} of the findings {are} of other people in the room, or in words to them, and left out here."


class Room:
    """Whose words of one transcript may stand in a note of one format; in most formats everybody's."""

    def __init__(self, transcript: Transcript, form: Format) -> None:
        self._only = form.only
        self._open = dict(_beside_others(transcript, form.only)) if form.only else {}

    def heard(self, items: Sequence[Evidence]) -> tuple[Evidence, ...]:
        """Return the words of whom this note may hear."""
        return tuple(item for item in items if self._only is None or item.speaker in self._only.speakers)

    def stands(self, item: Evidence) -> bool:
        """Say whether these words are the chosen client's, or the clinician's to them or to all."""
        if self._only is None:
            return True
        if not self.heard((item,)):
            return False
        return item.start >= self._open.get(item.turn_id, 0) or self._only.addresses_all(item.quote)

    def standing(self, items: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        """Return what may stand of a question and its answer; all where nothing may, to be left out as a whole."""
        return tuple(item for item in items if self.stands(item)) or items

    def confine(
        self, found: Sequence[Passage], findings: Sequence[Finding]
    ) -> tuple[tuple[Passage, ...], tuple[str, ...]]:
        """Return the passages that may stand, and a sentence that counts the findings left out for the others' sake."""
        if self._only is None:
            return tuple(found), ()
        kept = tuple(passage for passage in found if self._own(passage))
        standing = {finding.digest for passage in kept for finding in passage.findings}
        others = {finding.digest for finding in findings if not self.heard(finding.evidence)}
        others |= {finding.digest for passage in found for finding in passage.findings}
        count = len(others - standing)
        if not count:
            return kept, ()
        return kept, (LEFT_OUT.format(count=count, are="is" if count == 1 else "are"),)

    def details(self, details: Sequence[Detail]) -> tuple[Detail, ...]:
        """Return the details that were typed, or said by whom this note may hear."""
        return tuple(
            detail
            for detail in details
            if all(self.stands(item) for item in detail.evidence if isinstance(item, Evidence))
        )

    def _own(self, passage: Passage) -> bool:
        spoken = passage.statement.spoken
        # The clinician on somebody else: in a group that is most likely another member.
        of_another = passage.statement.subject == "other" and all(item.speaker == "clinician" for item in spoken)
        return not of_another and all(self.stands(item) for item in spoken)


def _beside_others(transcript: Transcript, only: Confined) -> Iterator[tuple[str, int]]:
    """Yield the clinician's turns in a session before or after somebody whom the note may not hear, by their ids.

    With each comes where in it words to the chosen client begin: its last question if they answer it, else its end.
    """
    turns = transcript.turns if transcript.kind == "session" else ()
    for index, turn in enumerate(turns):
        if turn.speaker == "clinician":
            after = next((t.speaker for t in turns[index + 1 :] if t.speaker != "clinician"), None)
            before = next((t.speaker for t in reversed(turns[:index]) if t.speaker != "clinician"), None)
            if {before, after} - {None, *only.speakers}:
                answered = index + 1 < len(turns) and turns[index + 1].speaker == after and after in only.speakers
                last = list(sentences(turn.text))[-1][0]
                yield turn.id, last if answered and turn.text.rstrip().endswith("?") else len(turn.text)
