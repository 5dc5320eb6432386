"""Half a page before a session: what the client's signed notes last said, each line with its date."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Final

from ..types import Digest, Goal, TreatmentPlan, Value, Words
from .carried import last_addressed, open_items, perhaps_addressed, when_addressed
from .lists import load_lists
from .mention import holds, homework_answer, speaks_of
from .said import Earlier, Said, day_in_words, in_order, last, read, session_day

LONGEST: Final = 200  # words of a brief
LONGEST_LINE: Final = 24  # words of one line's quote
MOST: Final = {"Mood": 3, "Homework": 6, "Open plans": 5}  # lines under one heading; of risk none is left out for that
LAST_TO_GO: Final = ("Last session", "Risk", "Homework", "Medication", "Goals", "Open plans", "Mood")


class Line(Value):
    """One line of a brief: `quote` are words of the signed note, `told` is what Evenfall says about them."""

    heading: Words
    told: str = ""
    quote: str = ""
    day: date | None = None
    note: Digest | None = None


class Brief(Value):
    """What to know before a session, at most 200 words; `left_out` lines had no room, of risk the last."""

    notes: int
    lines: tuple[Line, ...]
    left_out: int = 0

    def text(self, today: date) -> tuple[str, ...]:
        """Return the lines as they are shown, each with its date."""
        left = (f"{self.left_out} more in the notes.",) if self.left_out else ()
        return (*(_shown(line, today) for line in self.lines), *left)


def brief(earlier: Sequence[Earlier], plan: TreatmentPlan | None, today: date) -> Brief:
    """Return the brief of one client's signed notes and plan; without notes it holds the goals alone."""
    said = read(earlier)
    goals = [goal for goal in plan.goals if goal.met_at is None] if plan else []
    lines = [*_last_session(earlier), *_risk(said), *_mood(said), *_homework(said), *_medication(said), *_plans(said)]
    lines += [_goal(earlier, goal) for goal in goals]
    return _fitting(len(earlier), lines, today)


def _fitting(notes: int, lines: Sequence[Line], today: date) -> Brief:
    """Leave out lines from the end of what can best be missed, until no more than 200 words are left."""
    kept = list(_foremost(lines))
    made = Brief(notes=notes, lines=tuple(kept), left_out=len(lines) - len(kept))
    while sum(len(line.split()) for line in made.text(today)) > LONGEST:
        kept.remove(max(reversed(kept), key=lambda line: LAST_TO_GO.index(line.heading)))
        made = Brief(notes=notes, lines=tuple(kept), left_out=len(lines) - len(kept))
    return made


def _foremost(lines: Sequence[Line]) -> Iterator[Line]:
    had = Counter[str]()
    for line in lines:
        had[line.heading] += 1
        if had[line.heading] <= MOST.get(line.heading, len(lines)):
            yield line


def _shown(line: Line, today: date) -> str:
    parts = [day_in_words(line.day, today)] if line.day else []
    parts += [line.told] if line.told else []
    parts += [f"“{line.quote}”"] if line.quote else []
    return f"{line.heading}: {', '.join(parts)}"


def _quoting(heading: str, said: Said, told: str = "") -> Line:
    """Return a line with the words of a statement; of a long one the first words."""
    words = said.clause.split()
    quote = " ".join(words[:LONGEST_LINE]) + (" …" if len(words) > LONGEST_LINE else "")
    return Line(heading=heading, told=told, quote=quote, day=said.day, note=said.note)


def _last_session(earlier: Sequence[Earlier]) -> Iterator[Line]:
    if earlier:
        note = in_order(earlier)[-1].note
        source = "recorded session" if note.kind == "session" else note.kind
        told = f"{note.format.split('@')[0].upper()} note of a {source}"
        yield Line(heading="Last session", told=told, day=session_day(note), note=note.digest)


def _risk(said: Sequence[Said]) -> Iterator[Line]:
    """Yield what was last said of risk, denials last, and how many notes have not addressed it since."""
    kind = load_lists().kind("risk")
    found = sorted(last([one for one in said if holds(kind, one)]), key=lambda one: one.when, reverse=True)
    newest = max((one.session for one in found), default=None)
    since = len({one.note for one in said if one.category and (newest is None or one.session > newest)})
    if since:
        told = "not addressed in the last note" if since == 1 else f"not addressed in the last {since} notes"
        yield Line(heading="Risk", told=told)
    found.sort(key=lambda one: one.polarity == "denied")
    yield from (_quoting("Risk", one, "denied" if one.polarity == "denied" else "") for one in found)


def _mood(said: Sequence[Said]) -> Iterator[Line]:
    found = [one for one in said if one.category == "mood" and one.subject == "client"]
    yield from (_quoting("Mood", one) for one in last(found))


def _homework(said: Sequence[Said]) -> Iterator[Line]:
    """Yield the homework last set and what was said of it since."""
    kind = load_lists().kind("homework")
    for item in last([one for one in said if holds(kind, one)]):
        state, later = homework_answer([item], [one for one in said if one.follows(item)])
        yield _quoting("Homework", item, "nothing said of it since" if state == "not addressed" else "")
        yield from (_quoting("Homework", one, f"since then: {state}") for one in islice(later, 1))


def _medication(said: Sequence[Said]) -> Iterator[Line]:
    """Yield each drug as last written, and what was denied of it since; where none stands, what was last said."""
    kind = load_lists().kind("medication")
    held = [one for one in said if holds(kind, one)]
    found = [item.said for item in open_items(said) if item.kind == kind]
    for item in found:
        denied = (one for one in held if one.polarity == "denied" and one.follows(item))
        since = [one for one in denied if speaks_of(kind, item, one)]
        yield from (_quoting("Medication", one) for one in (item, *since[-1:]))
    if not found:
        yield from (_quoting("Medication", one) for one in last(held))


def _plans(said: Sequence[Said]) -> Iterator[Line]:
    kinds = ("referral", "coordination", "appointment")
    yield from (_quoting("Open plans", item.said) for item in open_items(said) if item.kind.kind in kinds)


def _goal(earlier: Sequence[Earlier], goal: Goal) -> Line:
    linked = last_addressed(earlier, goal)
    said = linked or perhaps_addressed(earlier, goal)
    told = when_addressed(said, linked, len(earlier))
    day, note = (said.day, said.note) if said else (None, None)
    return Line(heading="Goals", told=told, quote=goal.text.rstrip(". "), day=day, note=note)
