"""Compose a draft: statements with evidence in the sections of a format, and what is open, conflicting, unaddressed."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from ..moments import clock
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
from . import expected, techniques
from .confine import Room
from .formats import Format
from .length import fit
from .passages import Passage, passages
from .people import People
from .proof import Rewrite, demand_proven, prove
from .reported import load_vocabulary
from .rules import Rules, View, by_severity, session_end
from .wording import load_wording

DETAILS: Final = ("date", "start_time", "end_time", "minutes", "modality", "participants")
Link = Callable[[Sequence[Statement]], Sequence[GoalLink]]  # which goals of the plan the statements bear on
# What the notes of sessions before one with these details left open, and these statements do not speak of.
Carry = Callable[[Sequence[Statement], Sequence[Detail]], Sequence[Question]]
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
    carry: Carry | None = None,
    link: Link | None = None,
    held: Callable[[Statement], bool] | None = None,
) -> Draft:
    """Return the draft that these findings and details support, and nothing that they do not.

    Every statement is proven by its evidence, whatever was rewritten. `held` says of a statement that the clinician
    chose it, so that it is not left out for length. `carry` gives the questions that earlier notes of the client leave.
    Of two details with one key a typed one stands, else the last; a difference must be touched. The draft is due
    `due_hours` after the session's end, or after drafting where the end is not known.
    """
    wording = load_wording()
    people, room = People.of(transcript), Room(transcript, form)
    manner = manner or Manner(format=form.name)
    found, others = room.confine(passages(transcript, findings, form, wording, manner, people), findings)
    details = room.details(details)
    found = tuple(replace(passage, statement=prove(passage.statement, rewrite)) for passage in found)
    chosen = {detail.key: detail for detail in sorted(details, key=lambda d: d.source == "typed")}
    standing = tuple(chosen[key] for key in DETAILS if key in chosen)
    addressed = {f.category for passage in found for f in passage.findings if f.subject == "client"}
    statements = [passage.statement for passage in found]
    misheard = _misheard(transcript, found, room)
    touched = (*_must_touch(found, addressed, details), *misheard, *_unclear(transcript))
    chosen_by_hand = {p.statement.digest for p in found if held and held(p.statement)}
    kept, left_out = fit(found, form, manner.length, {item.target for item in touched}, chosen_by_hand)
    links = tuple(link(statements)) if link else ()
    view = View(
        sections=_sections(form, kept, addressed),
        details=standing,
        at=drafted_at,
        format=form.name,
        findings=[finding for finding in findings if room.heard(finding.evidence)],
        goals=links,
        planned=link is not None,
        unnamed=people.unnamed,
    )
    made = Draft(
        recording=recording.digest,
        transcript=transcript.digest,
        kind=transcript.kind,
        client=client,
        format=form.versioned,
        versions=(
            *versions,
            *sorted({command.rule for command in transcript.commands}),
            *wording.names,
            *((load_vocabulary().name, techniques.load_techniques().name) if transcript.kind == "session" else ()),
            form.versioned,
            *rules.versions,
        ),
        drafted_at=drafted_at,
        due_at=_session_end(standing, drafted_at) + timedelta(hours=due_hours),
        expires_at=drafted_at + timedelta(days=expires_days),
        sections=view.sections,
        left_out=tuple(passage.statement for passage in left_out),
        details=standing,
        details_not_addressed=tuple(key.replace("_", " ") for key in DETAILS if key not in chosen),
        questions=by_severity(
            (*rules.check(view), *expected.ask(form, found), *(carry(statements, standing) if carry else ()))
        ),
        must_touch=touched,
        dropped=transcript.dropped,
        warnings=(*transcript.warnings, *others),
        commands=transcript.commands,
        manner=manner,
        goals=links,
    )
    demand_proven((*made.statements(), *made.left_out), {statement.digest for statement in statements})
    return made


def _sections(form: Format, found: Sequence[Passage], addressed: Set[Category]) -> tuple[Section, ...]:
    used = {passage.place[0] for passage in found}
    return tuple(
        Section(
            key=section.key,
            title=section.title,
            statements=tuple(passage.statement for passage in found if passage.place[0] == index),
            not_addressed=tuple(
                category
                for take in section.takes
                for category in take.category
                if take.expected and category not in addressed
            ),
        )
        for index, section in enumerate(form.sections)
        if index in used or not section.optional
    )


def _session_end(details: Sequence[Detail], drafted_at: datetime) -> datetime:
    """Return when the session ended by its details, in local time; the time of drafting where they do not say."""
    return min(session_end(details) or drafted_at, drafted_at)


def _must_touch(found: Sequence[Passage], addressed: Set[Category], details: Sequence[Detail]) -> Iterator[MustTouch]:
    conflicting = _conflicts(found)
    for passage in found:
        target = passage.statement.digest
        carried = {finding.category for finding in passage.findings}
        if "risk" in carried:
            yield MustTouch(target=target, reason="risk", message="This is about risk.")
        if "medication" in carried:
            yield MustTouch(target=target, reason="medication", message="This is about medication.")
        if passage.statement.offer:
            yield MustTouch(target=target, reason="label from talk", message=techniques.MESSAGE)
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
    """Ask about each spoken cue that did nothing, as it was not clear what, or that struck what is not to be missed."""
    for command in transcript.commands:
        target = f"command:{command.turn_id}:{command.start}"
        if command.unclear:
            yield MustTouch(target=target, reason="spoken cue", message=command.did)
        elif command.grave:
            message = f"{command.did} Words about harm or a drug were among them."
            yield MustTouch(target=target, reason="spoken cue", message=message)


def _misheard(transcript: Transcript, found: Sequence[Passage], room: Room) -> Iterator[MustTouch]:
    """Ask about words that may have been about harm, whether or not a statement holds them."""
    for item in transcript.sounds_like:
        heard = transcript.evidence(item.turn_id, item.start, item.end)
        if not room.stands(heard):
            continue
        holding = (passage.statement.digest for passage in found if _holds(passage, heard))
        at = f" at {clock(heard.start_time)}" if heard.end_time else ""
        yield MustTouch(
            target=next(holding, f"sounds_like:{item.turn_id}:{item.start}"),
            reason="may be about harm",
            message=f"“{heard.quote}”{at} may have been “{item.phrase}”: listen or ask.",
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
