"""A draft and a note as plain text for a terminal or a screen reader."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ..moments import clock, local
from ..types import (
    Addendum,
    Command,
    Detail,
    Draft,
    Dropped,
    Evidence,
    GoalLink,
    Likeness,
    Note,
    Question,
    Severity,
    Statement,
    Transcript,
    Typed,
)

ASKED: Final[dict[Severity, str]] = {
    "must": "MUST BE ANSWERED OR SET ASIDE BEFORE SIGNING",
    "should": "SHOULD BE ANSWERED",
    "consider": "TO CONSIDER",
}


def evidence_line(item: Evidence | Typed, text: str) -> str:
    """Return one line that says where a statement's words come from; the words themselves where they differ."""
    if isinstance(item, Typed):
        return f"typed by {item.by}, {local(item.at)}"
    when = f"{clock(item.start_time)}-{clock(item.end_time)}, " if item.end_time else ""
    if item.dropped:
        return f"{when}turn {item.turn_id}, {item.speaker}, words not kept"
    told = item.quote in text or text.rstrip(".").casefold() in item.quote.casefold()
    return f"{when}turn {item.turn_id}, {item.speaker}{'' if told else f': “{item.quote}”'}"


def statement_lines(statement: Statement, label: str, marked: bool) -> Iterator[str]:
    """Yield a statement, `!` before it if it must be touched, then what it is, its source class and its evidence."""
    yield f"{'!' if marked else ' '}{label:>3} {statement.text}"
    told: list[str] = [statement.category, statement.source]
    told += ["denied"] if statement.polarity == "denied" else []
    told += ["about another person"] if statement.subject == "other" else []
    told += [evidence_line(item, statement.text) for item in statement.evidence]
    yield f"       {' | '.join(told)}"
    if statement.offer:
        yield f"       offered, if you take it: {statement.offer}"


def question_lines(question: Question, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield a question with its severity and source; what it is about, and the words of earlier notes, with their date.

    `texts` are the statements' words by digest.
    """
    yield f"  ?  {question.text}"
    if question.target in texts:
        yield f"       about: {texts[question.target]}"
    for carried in question.carried:
        yield f"       note signed {local(carried.signed_at)}: {carried.quote}"
    yield f"       {' | '.join(filter(None, (question.severity, question.rule, question.citation)))}"


def goal_lines(goals: Sequence[GoalLink]) -> Iterator[str]:
    """Yield the goals of the treatment plan that a note bears on, each once, with the reasons."""
    if goals:
        yield "\nGOALS ADDRESSED"
    for text in dict.fromkeys(link.text for link in goals):
        yield f"     {text}"
        yield from (f"       {link.reason}" for link in goals if link.text == text)


def likeness_lines(likenesses: Sequence[Likeness], texts: Mapping[str, str]) -> Iterator[str]:
    """Yield which statements are worded like one of a signed note, with both texts; `texts` are theirs by digest."""
    if likenesses:
        yield "\nWORDED LIKE AN EARLIER NOTE"
    whose = {"same": "of this client", "other": "of another client", "not given": "of a client not given"}
    for one in likenesses:
        yield f"     now:     {texts.get(one.statement, '')}"
        yield f"     earlier: {one.text}"
        yield f"       note {one.note[:8]} {whose[one.client]}, signed {local(one.signed_at)}; {one.share:.0%} the same"


def dropped_line(gap: Dropped) -> str:
    """Return why words are not in the transcript, and when, where they had a time."""
    when = f"{clock(gap.start)}-{clock(gap.end)}: " if gap.end else ""
    return f"{when}{gap.reason}"


def detail_text(detail: Detail) -> str:
    """Return a session detail with its source class."""
    value = f"{detail.value} minutes" if detail.key == "minutes" else f"{detail.key.replace('_', ' ')} {detail.value}"
    return f"{value} ({detail.source})"


def draft_lines(draft: Draft, title: str) -> Iterator[str]:
    """Yield a draft as text: details, numbered statements with evidence, what is open, what must be touched."""
    marked = {item.target for item in draft.must_touch}
    numbers = {statement.digest: str(number) for number, statement in enumerate(draft.statements(), 1)}
    yield f"{title} - DRAFT, not saved as a note until you sign it"
    yield from _head(draft)
    for section in draft.sections:
        yield f"\n{section.title.upper()}"
        for statement in section.statements:
            yield from statement_lines(statement, numbers[statement.digest], statement.digest in marked)
        yield from (f"     {name.capitalize()}: not addressed" for name in section.not_addressed)
    if draft.commands:
        yield "\nSPOKEN CUES"
        yield from (f"     {line}" for line in cue_lines(draft.commands))
    if draft.warnings:
        yield "\nABOUT THE RECORDING"
        yield from (f"     {line}" for line in draft.warnings)
    if draft.dropped:
        yield "\nNOT IN THE TRANSCRIPT"
        yield from (f"     {dropped_line(gap)}" for gap in draft.dropped)
    if draft.left_out:
        yield f"\nLEFT OUT FOR LENGTH ({draft.manner.length}); the review puts back what you choose"
        yield from (f"     {statement.text}" for statement in draft.left_out)
    yield from goal_lines(draft.goals)
    texts = {statement.digest: statement.text for statement in draft.statements()}
    for severity, heading in ASKED.items():
        asked = [question for question in draft.questions if question.severity == severity]
        if asked:
            yield f"\n{heading}"
        for question in asked:
            yield from question_lines(question, texts)
    if draft.must_touch:
        yield "\nMUST BE TOUCHED BEFORE SIGNING (marked !)"
        together: dict[str, list[str]] = defaultdict(list)
        for item in draft.must_touch:
            together[item.message].append(numbers.get(item.target, ""))
        for message, where in together.items():
            places = ", ".join(filter(None, where))
            yield f"  !  {message}{f' Statements: {places}' if places else ''}"


def cue_lines(commands: tuple[Command, ...], transcript: Transcript | None = None) -> Iterator[str]:
    """Yield what each spoken cue did, with the struck words where the transcript is given; signs are counted."""
    text = {turn.id: turn.text for turn in transcript.turns} if transcript else {}
    signs = sum(command.kind in ("mark", "paragraph") for command in commands)
    for command in commands:
        if command.kind not in ("mark", "paragraph"):
            struck = " ".join(text[turn_id][start:end] for turn_id, start, end in command.struck if turn_id in text)
            yield f"{command.did}{f' “{struck}”' if struck else ''}"
    if signs:
        yield f"Signs and new paragraphs set as spoken: {signs}."


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
