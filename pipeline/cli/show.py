"""A draft and a note as plain text for a terminal or a screen reader."""

from collections import defaultdict
from collections.abc import Iterator

from ..types import Addendum, Detail, Draft, Evidence, MustTouch, Note, Statement, Typed
from .desk import local


def clock(seconds: float) -> str:
    """Return seconds from the start of the recording as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def evidence_line(item: Evidence | Typed) -> str:
    """Return one line that says where words come from."""
    if isinstance(item, Typed):
        return f"typed by {item.by}, {local(item.at)}: {item.quote}"
    when = f"{clock(item.start_time)}-{clock(item.end_time)}, " if item.end_time else ""
    return f"{when}turn {item.turn_id}, {item.speaker}: “{item.quote}”"


def statement_lines(statement: Statement, marks: list[MustTouch]) -> Iterator[str]:
    """Yield a statement, its source class, its evidence and why it must be touched."""
    flags = "" if statement.polarity == "affirmed" else "  (denied)"
    about = "" if statement.subject == "client" else "  (about another person)"
    yield f"  {'!' if marks else '-'} {statement.text}{flags}{about}"
    yield f"      {statement.category} | {statement.source}"
    yield from (f"      {evidence_line(item)}" for item in statement.evidence)
    yield from (f"      ! {mark.message}" for mark in marks)


def detail_text(detail: Detail) -> str:
    """Return a session detail with its source class."""
    value = f"{detail.value} minutes" if detail.key == "minutes" else detail.value
    return f"{detail.key.replace('_', ' ')} {value} ({detail.source})"


def draft_lines(draft: Draft, title: str) -> Iterator[str]:
    """Yield a draft as text: details, sections with evidence, what is open, what must be touched."""
    marks: dict[str, list[MustTouch]] = defaultdict(list)
    for item in draft.must_touch:
        marks[item.target].append(item)
    yield f"{title} - DRAFT, not saved as a note until you sign it"
    yield from _head(draft)
    for section in draft.sections:
        yield f"\n{section.title.upper()}"
        for statement in section.statements:
            yield from statement_lines(statement, marks[statement.digest])
        yield from (f"  o {name}: not addressed" for name in section.not_addressed)
    if draft.dropped:
        yield "\nSOUND WITHOUT WORDS"
        yield from (f"  o {clock(gap.start)}-{clock(gap.end)}: {gap.reason}" for gap in draft.dropped)
    if draft.questions:
        yield "\nOPEN QUESTIONS"
        yield from (f"  ? {question.text}  [{question.citation}]" for question in draft.questions)
    if draft.must_touch:
        yield "\nMUST BE TOUCHED BEFORE SIGNING (marked !)"
        texts = {statement.digest: statement.text for statement in draft.statements()}
        for target, items in marks.items():
            if items:
                about = f": {texts[target]}" if target in texts else ""
                yield f"  ! {' '.join(item.message for item in items)}{about}"


def note_lines(note: Note, addenda: tuple[Addendum, ...]) -> Iterator[str]:
    """Yield a signed note as text, with its addenda, original first."""
    yield f"PROGRESS NOTE ({note.format})  {note.digest[:8]}"
    yield from _head(note)
    for section in note.sections:
        yield f"\n{section.title.upper()}"
        yield from (f"  {statement.text}" for statement in section.statements)
        yield from (f"  {name.capitalize()}: not addressed." for name in section.not_addressed)
    signature = note.signature
    yield f"\nSigned by {signature.name}, {signature.credentials}, {local(signature.at)}"
    for addendum in addenda:
        yield f"\n{addendum.label.upper()} of {local(addendum.signature.at)}"
        yield f"  {addendum.text}"
        yield f"  Signed by {addendum.signature.name}, {addendum.signature.credentials}"


def _head(value: Draft | Note) -> Iterator[str]:
    yield f"Client: {value.client or 'not given'}   Source: {value.kind}"
    missing = [f"{name}: not addressed" for name in value.details_not_addressed]
    yield f"Session: {'; '.join([*map(detail_text, value.details), *missing])}"
