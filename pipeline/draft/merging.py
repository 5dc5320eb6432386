"""One thing said in several places of a session stands once, with every place as its evidence."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

from ..types import Evidence, Polarity, Statement
from .passage import Passage
from .reported import Vocabulary

Tell = Callable[[Sequence[Evidence], Polarity], str]


def merged(passages: Sequence[Passage], book: Vocabulary, tell: Tell) -> tuple[Passage, ...]:
    """Return the passages in their order, without those that add nothing to an earlier one in the same section.

    The same words stand once. Of two passages of one speaker on one finding the later one only adds its evidence if it
    says nothing that the earlier one does not, and the same numbers, negations and hedges. Several answers to one
    question stand with it once.
    """
    kept: list[Passage] = []
    for _, group in groupby(passages, key=lambda passage: passage.place[0]):
        section: list[Passage] = []
        for passage in group:
            same = next((i for i, other in enumerate(section) if _same_text(other, passage)), None)
            if same is not None:
                continue
            if section and _same_question(section[-1], passage):
                section[-1] = _answered(section[-1], passage, tell)
                continue
            covering = next((i for i, other in enumerate(section) if _covers(other, passage, book)), None)
            if covering is None:
                section.append(passage)
            else:
                exchanged = len(section[covering].statement.spoken) > 1  # which holds the words already
                more = () if exchanged else passage.statement.spoken
                section[covering] = _joined(section[covering], passage, more)
        kept += section
    return tuple(kept)


def _same_text(a: Passage, b: Passage) -> bool:
    return a.statement.text.casefold() == b.statement.text.casefold()


def _same_question(a: Passage, b: Passage) -> bool:
    one, two = a.statement, b.statement
    if len(one.spoken) < 2 or len(two.spoken) != 2 or one.spoken[0] != two.spoken[0] or a.place != b.place:
        return False
    alike = (one.source, one.category, one.polarity, one.subject) == (
        two.source,
        two.category,
        two.polarity,
        two.subject,
    )
    return alike and one.spoken[-1].turn_id == two.spoken[-1].turn_id


def _answered(first: Passage, later: Passage, tell: Tell) -> Passage:
    both = _joined(first, later, later.statement.spoken[1:])
    return replace(both, statement=both.statement.replace(text=tell(both.statement.spoken, both.statement.polarity)))


def _covers(first: Passage, later: Passage, book: Vocabulary) -> bool:
    a, b = first.statement, later.statement
    if a.source == "clinician dictated":
        return False
    if len(a.spoken) > 1:
        return _answers(a, b)
    if len(b.spoken) > 1:
        return False
    alike = (a.source, a.category, a.polarity, a.subject) == (b.source, b.category, b.polarity, b.subject)
    shared = {(f.category, f.label) for f in first.findings} & {(f.category, f.label) for f in later.findings}
    if not alike or not shared or a.spoken[0].speaker != b.spoken[0].speaker:
        return False
    return _says_no_more(b.spoken[0], a.spoken[0], book)


def _answers(a: Statement, b: Statement) -> bool:
    """Say whether all of the second statement's words stand in the first one's exchange on the same."""
    alike = (a.category, a.polarity, a.subject) == (b.category, b.polarity, b.subject)
    return alike and all(any(_inside(own, item) for item in a.spoken) for own in b.spoken)


def _inside(own: Evidence, item: Evidence) -> bool:
    return item.turn_id == own.turn_id and item.start <= own.start and own.end <= item.end


def _says_no_more(item: Evidence, than: Evidence, book: Vocabulary) -> bool:
    """Say whether all that one quote says stands in another, and both limit it by the same words."""
    words, others = _words(item), _words(than)
    watched = book.negations | book.conditions | book.hedges
    limits = [{w for w in row if w in watched or w[0].isdigit() or w.endswith("n't")} for row in (words, others)]
    return words <= others and limits[0] == limits[1]


def _words(item: Evidence) -> set[str]:
    return {match[0].lower().replace("’", "'") for match in re.finditer(r"\w+(?:[-'’]\w+)*", item.quote)}


def _joined(first: Passage, later: Passage, evidence: Sequence[Evidence]) -> Passage:
    a, b = first.statement, later.statement
    statement = a.replace(evidence=(*a.evidence, *evidence), findings=tuple(dict.fromkeys((*a.findings, *b.findings))))
    return replace(first, statement=statement, findings=tuple(dict.fromkeys((*first.findings, *later.findings))))
