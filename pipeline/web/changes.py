"""What was changed against the draft, as a page shows it: before the signature with both wordings, after it as kept.

Words that were drafted and not signed are in no note: of those only their number is known once the draft is gone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .. import diff
from .. import review as reviewing
from ..diff import Piece
from ..types import Change, Draft, Note, Review, Statement


@dataclass(frozen=True)
class ChangeSight:
    """One change: what was done, to what, and its words; `removed` counts drafted words that are not shown."""

    how: str
    category: str
    pieces: tuple[Piece, ...]
    removed: int = 0


def before_signing(draft: Draft, review: Review) -> tuple[ChangeSight, ...]:
    """Return what the decisions changed of the draft, with the words as they were drafted."""
    drafted = {one.digest: one for one in (*draft.statements(), *draft.left_out)}
    signed = [one for section in reviewing.apply(draft, review) for one in section.statements]
    was = reviewing.origins(draft, review)
    reworded = (_compared(change, signed, drafted, was) for change in reviewing.changes(draft, review))
    dropped = (
        ChangeSight("dropped", drafted[target].category, (Piece("removed", drafted[target].text),))
        for target, decision in review.standing.items()
        if decision.action == "drop" and target in drafted
    )
    return (*(change for change in reworded if change), *dropped)


def _compared(
    change: Change, signed: Sequence[Statement], drafted: Mapping[str, Statement], was: Mapping[str, str]
) -> ChangeSight | None:
    if change.place is None:
        return None
    now = signed[change.place]
    old = drafted[was[now.digest]].text if now.digest in was else ""
    return ChangeSight(change.how, change.category, diff.compare(old, now.text))


def as_signed(note: Note) -> tuple[ChangeSight, ...]:
    """Return what a note keeps of what was changed against its draft."""
    texts = [statement.text for statement in note.statements()]
    return tuple(
        ChangeSight(one.how, one.category, tuple(_marked(texts[one.place], one)), one.removed)
        if one.place is not None
        else ChangeSight(one.how, one.category, (), one.removed)
        for one in note.changes
    )


def counted(note: Note) -> str:
    """Return how many changes there were of each kind, as "2 edited, 1 dropped"."""
    counts = Counter(change.how for change in note.changes)
    return ", ".join(f"{count} {how}" for how, count in counts.items())


def _marked(text: str, change: Change) -> Iterator[Piece]:
    """Yield the signed text with what was not drafted so marked; all of what was added or quoted is."""
    spans = change.written if change.how in ("edited", "taken") else ((0, len(text)),)
    at = 0
    for start, end in (*spans, (len(text), len(text))):
        if at < start:
            yield Piece("same", text[at:start])
        if start < end:
            yield Piece("written", text[start:end])
        at = end
