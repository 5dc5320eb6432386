"""A client's signed notes for the tests of continuity, drafted or made by hand, and signed by the real review."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import continuity, review, workflow
from pipeline.config import Settings, load_settings
from pipeline.store import Store
from pipeline.types import (
    Addendum,
    Category,
    Decision,
    Detail,
    Draft,
    Goal,
    Note,
    Polarity,
    Question,
    Recording,
    Review,
    Section,
    Signature,
    Speaker,
    Statement,
    Subject,
    Transcript,
    TreatmentPlan,
    Turn,
    Typed,
)

FIRST = datetime(2026, 3, 3, 17, tzinfo=UTC)
CLIENT = "K-12"


@dataclass(frozen=True)
class Says:
    """One sentence of a note made by hand."""

    category: Category
    text: str
    polarity: Polarity = "affirmed"
    subject: Subject = "client"


def week(number: int) -> datetime:
    """When the session of this week ended; weeks count from 0."""
    return FIRST + timedelta(weeks=number)


def draft(number: int, *said: Says, client: str = CLIENT, plan: TreatmentPlan | None = None) -> Draft:
    """The draft of one week's dictated session, each sentence a statement with its evidence."""
    recording = Recording(kind="dictation", medium="text", format="txt", sha256=f"{number:064x}", duration=0.0)
    turns = tuple(Turn(id=f"t{i}", speaker="clinician", start=0.0, end=0.0, text=s.text) for i, s in enumerate(said))
    transcript = Transcript(recording=recording.digest, kind="dictation", engine="test@1", turns=turns)
    statements = tuple(
        Statement(
            text=one.text,
            source="clinician dictated",
            category=one.category,
            evidence=(transcript.evidence(f"t{i}", 0, len(one.text)),),
            polarity=one.polarity,
            subject=one.subject,
        )
        for i, one in enumerate(said)
    )
    at = week(number)
    typed = Typed(by="ruiz", at=at, quote=at.date().isoformat())
    return Draft(
        recording=recording.digest,
        transcript=transcript.digest,
        kind="dictation",
        client=client,
        format="soap@1",
        versions=("test@1",),
        drafted_at=at,
        due_at=at,
        expires_at=at + timedelta(days=14),
        sections=(Section(key="subjective", title="Subjective", statements=statements),),
        details=(Detail(key="date", value=at.date().isoformat(), source="typed", evidence=(typed,)),),
        goals=continuity.link(plan, statements) if plan else (),
    )


def settled(made: Draft) -> Review:
    """A review that keeps every statement, acknowledges every item and sets the pressing questions aside."""
    decided = Review(draft=made.digest, reviewer="ruiz", started_at=made.drafted_at)
    at = made.drafted_at
    kept = [one.digest for one in made.statements()]
    others = {item.target for item in made.must_touch} - set(kept)
    pressing = [one.key for one in made.questions if one.severity == "must"]
    decisions = [Decision(action="keep", target=target, at=at) for target in kept]
    decisions += [Decision(action="acknowledge", target=target, at=at) for target in sorted(others)]
    decisions += [Decision(action="set aside", target=key, at=at, text="Not today.") for key in pressing]
    for decision in decisions:
        decided = review.decide(made, decided, decision)
    return decided


def signed(made: Draft) -> Note:
    signature = Signature(name="Ana Ruiz", credentials="LCSW", at=made.drafted_at)
    return review.sign(made, settled(made), signature)


def earlier(*notes: tuple[Says, ...], plan: TreatmentPlan | None = None) -> tuple[continuity.Earlier, ...]:
    """The notes of one client, a week apart, from week 0 on."""
    return tuple(continuity.Earlier(signed(draft(n, *said, plan=plan))) for n, said in enumerate(notes))


def added(to: continuity.Earlier, text: str, number: int) -> continuity.Earlier:
    """The note with an addendum signed in this week."""
    signature = Signature(name="Ana Ruiz", credentials="LCSW", at=week(number) + timedelta(days=1))
    addendum = Addendum(note=to.note.digest, label="Addendum", text=text, signature=signature)
    return continuity.Earlier(to.note, (*to.addenda, addendum))


def plan_of(*goals: str) -> TreatmentPlan:
    kept = tuple(Goal(key=str(number), text=text) for number, text in enumerate(goals, 1))
    return TreatmentPlan(client=CLIENT, goals=kept, by="ruiz", at=FIRST)


def asked(notes: tuple[continuity.Earlier, ...], *now: Says, plan: TreatmentPlan | None = None) -> list[Question]:
    """What the session after the notes is asked, where it holds what is said `now`."""
    number = len(notes)
    return list(continuity.carry_forward(notes, plan, tuple(draft(number, *now).statements()), week(number)))


def spoken(text: str, speaker: Speaker, category: Category = "mood") -> Statement:
    """A statement of a recorded session whose words this speaker said."""
    turn = Turn(id="t0", speaker=speaker, start=0.0, end=5.0, text=text)
    transcript = Transcript(recording="a" * 64, kind="session", engine="test@1", turns=(turn,))
    source = "client said" if speaker == "client" else "clinician said"
    evidence = (transcript.evidence("t0", 0, len(text)),)
    return Statement.model_validate({"text": text, "source": source, "category": category, "evidence": evidence})


@dataclass
class Practice:
    """One clinician's sealed record; each session is a week after the one before."""

    store: Store
    folder: Path
    settings: Settings
    sessions: int = 0

    def keep(self, made: Draft) -> Note:
        """Keep a draft made by hand and sign it."""
        self.store.keep_draft(made)
        note = signed(made)
        self.store.keep_review(settled(made))
        self.store.sign(note)
        return note

    def dictate(self, dictated: str, client: str = CLIENT) -> Draft:
        """Draft a typed dictation of the next week's session by the real workflow."""
        source = self.folder / f"{self.sessions}.txt"
        source.write_text(dictated, encoding="utf-8")
        day: date = week(self.sessions).date()
        self.sessions += 1
        order = workflow.Order(source=source, client=client, day=day, minutes=50)
        return workflow.draft_source(order, self.store, self.settings, lambda done, total: None)

    def sign(self, dictated: str, client: str = CLIENT) -> Note:
        """Draft it, keep every statement, settle what must be settled, sign."""
        made = self.dictate(dictated, client)
        self.store.keep_review(settled(made))
        note, _ = workflow.sign(made, settled(made), "Ana Ruiz", "LCSW", self.store)
        return note


@pytest.fixture
def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Practice]:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    with Store.open(tmp_path / "home", "correct horse", actor="ruiz") as store:
        yield Practice(store, tmp_path, load_settings())
