"""Compose a draft: statements with evidence in the sections of a format, and what is open, conflicting, unaddressed."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

from ..types import (
    Category,
    Detail,
    Draft,
    Evidence,
    Finding,
    GoalLink,
    Manner,
    MustTouch,
    Question,
    Recording,
    Section,
    Statement,
    Transcript,
)
from .formats import Format
from .passages import Passage, passages
from .questions import Rules
from .wording import load_wording

DETAILS: Final = ("date", "start_time", "end_time", "minutes", "modality", "participants")
Rewrite = Callable[[Statement], Statement]  # other words for one statement, as the clinician writes
Link = Callable[[Sequence[Statement]], Sequence[GoalLink]]  # which goals of the plan the statements bear on
SHOWN_WORDS: Final = 6  # doubtful words named in one message


def compose(
    recording: Recording,
    transcript: Transcript,
    findings: Sequence[Finding],
    details: Sequence[Detail],
    *,
    form: Format,
    rules: Rules,
    versions: Sequence[str],
    drafted_at: datetime,
    due_hours: float,
    expires_days: float,
    client: str | None = None,
    manner: Manner | None = None,
    rewrite: Rewrite | None = None,
    carried: Sequence[Question] = (),
    link: Link | None = None,
) -> Draft:
    """Return the draft that these findings and details support, and nothing that they do not.

    `carried` are the questions that earlier notes of the client leave. Of two details with one key a typed one stands,
    else the last; a difference must be touched. The draft is due `due_hours` after the session's end, or after drafting
    where the end is not known.
    """
    wording = load_wording()
    found = passages(transcript, findings, form, wording)
    if rewrite:
        found = tuple(replace(passage, statement=rewrite(passage.statement)) for passage in found)
    chosen = {detail.key: detail for detail in sorted(details, key=lambda d: d.source == "typed")}
    standing = tuple(chosen[key] for key in DETAILS if key in chosen)
    addressed = {f.category for passage in found for f in passage.findings if f.subject == "client"}
    return Draft(
        recording=recording.digest,
        transcript=transcript.digest,
        kind=transcript.kind,
        client=client,
        format=form.versioned,
        versions=(
            *versions,
            *sorted({command.rule for command in transcript.commands}),
            *wording.names,
            form.versioned,
            rules.versioned,
        ),
        drafted_at=drafted_at,
        due_at=_session_end(standing, drafted_at) + timedelta(hours=due_hours),
        expires_at=drafted_at + timedelta(days=expires_days),
        sections=_sections(form, found, addressed),
        details=standing,
        details_not_addressed=tuple(key.replace("_", " ") for key in DETAILS if key not in chosen),
        questions=(*rules.ask(addressed, standing), *carried),
        must_touch=(*_must_touch(found, addressed, details), *_misheard(transcript, found), *_unclear(transcript)),
        dropped=transcript.dropped,
        warnings=transcript.warnings,
        commands=transcript.commands,
        manner=manner or Manner(format=form.name),
        goals=tuple(link([passage.statement for passage in found])) if link else (),
    )


def _sections(form: Format, found: Sequence[Passage], addressed: Set[Category]) -> tuple[Section, ...]:
    return tuple(
        Section(
            key=section.key,
            title=section.title,
            statements=tuple(passage.statement for passage in found if passage.place[0] == index),
            not_addressed=tuple(
                take.category for take in section.takes if take.expected and take.category not in addressed
            ),
        )
        for index, section in enumerate(form.sections)
    )


def _session_end(details: Sequence[Detail], drafted_at: datetime) -> datetime:
    """Return when the session ended by its details, in local time; the time of drafting where they do not say."""
    known = {detail.key: detail.value for detail in details}
    if "date" not in known:
        return drafted_at
    day = date.fromisoformat(known["date"])
    if "end_time" in known:
        end = datetime.combine(day, time.fromisoformat(known["end_time"]))
    elif "start_time" in known and known.get("minutes", "").isdecimal():
        end = datetime.combine(day, time.fromisoformat(known["start_time"])) + timedelta(minutes=int(known["minutes"]))
    else:
        end = datetime.combine(day, time(23, 59))
    return min(end.astimezone(), drafted_at)


def _must_touch(found: Sequence[Passage], addressed: Set[Category], details: Sequence[Detail]) -> Iterator[MustTouch]:
    conflicting = _conflicts(found)
    for passage in found:
        target = passage.statement.digest
        carried = {finding.category for finding in passage.findings}
        if "risk" in carried:
            yield MustTouch(target=target, reason="risk", message="This is about risk.")
        if "medication" in carried:
            yield MustTouch(target=target, reason="medication", message="This is about medication.")
        if doubts := _doubts(passage):
            yield MustTouch(target=target, reason="doubtful words", message=f"Not heard well: {doubts}.")
        if target in conflicting:
            yield MustTouch(target=target, reason="conflict", message="Elsewhere the opposite was said.")
        if any(item.speaker == "unknown" for item in passage.statement.spoken):
            yield MustTouch(target=target, reason="speaker unknown", message="It is not known who said this.")
    if "risk" not in addressed:
        message = "Risk was not addressed. Confirm that, or type what was said."
        yield MustTouch(target="not_addressed:risk", reason="not addressed", message=message)
    ordered = sorted(details, key=lambda d: d.key)
    for key in sorted({a.key for a, b in pairwise(ordered) if a.key == b.key and a.value != b.value}):
        said = " and ".join(dict.fromkeys(detail.value for detail in details if detail.key == key))
        message = f"Two answers for {key.replace('_', ' ')}: {said}."
        yield MustTouch(target=f"detail:{key}", reason="conflict", message=message)


def _unclear(transcript: Transcript) -> Iterator[MustTouch]:
    """Ask about each spoken cue that did nothing because it was not clear what it should do."""
    for command in transcript.commands:
        if command.unclear:
            target = f"command:{command.turn_id}:{command.start}"
            yield MustTouch(target=target, reason="spoken cue", message=command.did)


def _misheard(transcript: Transcript, found: Sequence[Passage]) -> Iterator[MustTouch]:
    """Ask about words that may have been about harm, whether or not a statement holds them."""
    for item in transcript.sounds_like:
        heard = transcript.evidence(item.turn_id, item.start, item.end)
        holding = (passage.statement.digest for passage in found if _holds(passage, heard))
        at = f"{int(heard.start_time) // 60}:{int(heard.start_time) % 60:02d}"
        yield MustTouch(
            target=next(holding, f"sounds_like:{item.turn_id}:{item.start}"),
            reason="may be about harm",
            message=f"“{heard.quote}” at {at} may have been “{item.phrase}”: listen or ask.",
        )


def _holds(passage: Passage, heard: Evidence) -> bool:
    """Say whether all of the heard words are in the statement's evidence."""
    return any(
        item.turn_id == heard.turn_id and item.start <= heard.start and heard.end <= item.end
        for item in passage.statement.spoken
    )


def _doubts(passage: Passage) -> str:
    """Name the statement's doubtful words that a mistake would turn around; the other doubtful ones stay marked."""
    spoken = passage.statement.spoken
    if all(len(item.doubtful) >= len(item.quote.split()) for item in spoken):
        return "any word of it"
    named = [f"“{item.quote[a - item.start : b - item.start]}”" for item in spoken for a, b in item.weighty]
    return ", ".join(list(dict.fromkeys(named))[:SHOWN_WORDS])


def _conflicts(found: Sequence[Passage]) -> frozenset[str]:
    """Digests of the statements that say of one thing, now, both that it is and that it is not."""
    sides: dict[tuple[str, str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for passage in found:
        for finding in passage.findings:
            if finding.temporality == "current":
                key = (finding.category, finding.label, finding.subject)
                sides[key][finding.polarity].add(passage.statement.digest)
    return frozenset(
        digest
        for side in sides.values()
        if side["affirmed"] and side["denied"] and side["affirmed"] != side["denied"]
        for digest in side["affirmed"] | side["denied"]
    )
