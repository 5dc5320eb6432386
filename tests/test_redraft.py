"""A draft in another format, length or manner: what was decided stands, and nothing that was typed is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline import review, workflow
from pipeline.cli import app
from pipeline.cli.speech import title
from pipeline.config import Settings, load_settings
from pipeline.draft import load_format
from pipeline.draft.carry import carry, chosen
from pipeline.errors import NotFound, Outdated, Refused
from pipeline.store import Store
from pipeline.types import CATEGORIES, Consent, Decision, Draft, Length, Manner, Review, Statement
from pipeline.workflow import drafting

from .test_draft import DICTATION, NOW, read
from .test_evening import DICTATION as TYPED
from .test_evening import Desk
from .test_formats import dictations, drafted


def begun(made: Draft, *decisions: Decision) -> Review:
    decided = Review(draft=made.digest, reviewer="A. Ruiz", started_at=NOW)
    for decision in decisions:
        decided = review.decide(made, decided, decision, made.questions)
    return decided


def on(statement: Statement, action: str, text: str | None = None) -> Decision:
    fields = {"action": action, "target": statement.digest, "text": text, "at": NOW}
    return Decision.model_validate(fields)


def add(section: str, category: str, text: str) -> Decision:
    fields = {"action": "add", "target": section, "category": category, "text": text, "at": NOW}
    return Decision.model_validate(fields)


def of(made: Draft, category: str) -> Statement:
    return next(statement for statement in made.statements() if statement.category == category)


def texts(made: Draft, decided: Review) -> dict[str, list[str]]:
    """Return the note's sentences by section, as the decisions leave them."""
    return {part.key: [one.text for one in part.statements] for part in review.apply(made, decided)}


def to_dap(marked: str, *decide: tuple[str, str, str | None]) -> tuple[Draft, Review]:
    """Decide on the first statement of each category of a SOAP draft, then carry that into DAP."""
    transcript, findings = read(marked)
    old = drafted(transcript, findings, load_format("soap"))
    decided = begun(old, *(on(of(old, category), action, text) for category, action, text in decide))
    form = load_format("dap")
    return carry(old, decided, drafted(transcript, findings, form), form)


def test_what_was_decided_stands_in_another_format() -> None:
    made, decided = to_dap(DICTATION, ("mood", "edit", "Anxious."), ("risk", "keep", None), ("behaviour", "drop", None))
    assert decided.draft == made.digest
    standing = texts(made, decided)
    assert standing["data"] == ["Anxious."]
    assert standing["assessment"] == [of(made, "risk").text]
    assert made.warnings == ()
    waiting = {statement.category for statement in review.undecided(made, decided)}
    assert "behaviour" not in waiting
    assert {"homework", "plan", "medication"} <= waiting


def test_the_last_decision_is_the_one_that_stands() -> None:
    transcript, findings = read(DICTATION)
    old, form = drafted(transcript, findings, load_format("soap")), load_format("birp")
    mood = of(old, "mood")
    decided = begun(old, on(mood, "edit", "Anxious."), on(mood, "keep"))
    made, now = carry(old, decided, drafted(transcript, findings, form), form)
    assert texts(made, now)["behavior"] == [mood.text]


def test_an_edit_whose_sentence_is_cut_otherwise_becomes_an_addition_and_that_is_said() -> None:
    transcript, findings = read("She [assessment:responded well], and she will [homework:walk daily].")
    old, form = drafted(transcript, findings, load_format("soap")), load_format("narrative")
    decided = begun(old, on(of(old, "homework"), "edit", "Daily walks."), on(of(old, "assessment"), "keep"))
    made, now = carry(old, decided, drafted(transcript, findings, form), form)
    assert texts(made, now) == {"progress_note": ["Daily walks."]}
    assert len(review.undecided(made, now)) == 1
    assert any("kept as statements you added: 1" in warning for warning in made.warnings)


def test_additions_answers_and_confirmations_go_where_they_belong() -> None:
    transcript, findings = read("She feels [mood:anxious] about work.")
    old, form = drafted(transcript, findings, load_format("soap")), load_format("birp")
    question = next(question for question in old.questions if question.category == "intervention")
    answer = Decision(
        action="answer", target=question.key, category="intervention", section="objective", text="Grounding.", at=NOW
    )
    confirmed = Decision(action="acknowledge", target="not_addressed:risk", at=NOW)
    decided = begun(old, add("subjective", "behaviour", "She smiled."), answer, confirmed)
    made, now = carry(old, decided, drafted(transcript, findings, form), form)
    standing = texts(made, now)
    assert (standing["behavior"], standing["intervention"]) == (["She smiled."], ["Grounding."])
    assert review.untouched(made, now) == ()


def test_what_was_put_back_stays_at_every_length() -> None:
    words = "cedar birch amber delta " * 12
    transcript, findings = read(
        "\n".join(f"She [behaviour:{name} {words}]." for name in ("one", "two", "three", "four"))
    )
    form = load_format("soap")
    old = drafted(transcript, findings, form, "brief")
    gone = old.left_out[0]
    back = Decision(action="restore", target=gone.digest, section="subjective", at=NOW)
    decided = begun(old, back)
    made, now = carry(old, decided, drafted(transcript, findings, form, "brief", held=chosen(old, decided)), form)
    assert gone.text in [statement.text for statement in made.statements()]
    assert texts(made, now)["subjective"] == [gone.text]


@pytest.mark.parametrize(
    ("before", "old", "after", "new", "stands"),
    [
        (Manner(), "Client reported sleeping badly.", Manner(call="patient"), "Patient reported sleeping badly.", True),
        (Manner(), "The client's sleep is broken.", Manner(call="initials", initials="J.D."),
         "J.D.'s sleep is broken.", True),
        (Manner(), "Client reported that they feel low.", Manner(pronoun="she"),
         "Client reported that she feels low.", True),
        (Manner(call="pronoun", pronoun="he"), "He denies SI.", Manner(), "Client denies SI.", True),
        (Manner(), "Client said to her that it helps.", Manner(call="patient"),
         "Patient said to her that it helps.", True),
        (Manner(), "Client denies SI.", Manner(call="patient"), "Patient has SI.", False),
        (Manner(), "Client was told that she left.", Manner(call="patient"), "Patient was told that they left.", False),
        (Manner(), "Client sleeps.", Manner(), "Client slept.", False),
        (Manner(), "Client sleeps badly.", Manner(call="patient"), "Patient sleeps badly now.", False),
    ],
)  # fmt: skip
def test_a_keep_stands_only_where_nothing_but_the_clients_name_changed(
    before: Manner, old: str, after: Manner, new: str, stands: bool
) -> None:
    made = drafted(*read("She [behaviour:sleeps badly]."), load_format("soap"))
    was, now = (worded(made, manner, text) for manner, text in ((before, old), (after, new)))
    _, kept = carry(was, begun(was, on(of(was, "behaviour"), "keep")), now, load_format("soap"))
    assert [decision.action for decision in kept.decisions] == (["keep"] if stands else [])
    edited = begun(was, on(of(was, "behaviour"), "edit", "Poor sleep."))
    made, kept = carry(was, edited, now, load_format("soap"))
    assert texts(made, kept)["subjective"] == ["Poor sleep."]


def worded(made: Draft, manner: Manner, text: str) -> Draft:
    """Return the draft in another manner, with other words for its one statement."""
    parts = tuple(
        part.replace(statements=tuple(one.replace(text=text, offer=None) for one in part.statements))
        for part in made.sections
    )
    return made.replace(sections=parts, manner=manner, must_touch=(), goals=(), questions=())


def test_edited_words_of_another_person_are_not_carried_into_a_group_note() -> None:
    transcript, findings = read("C: I [mood:feel low].\nO: I [mood:feel proud].", "session")
    old, form = drafted(transcript, findings, load_format("soap")), load_format("group_member")
    proud = next(one for one in old.statements() if one.spoken[0].speaker == "other")
    made = drafted(transcript, findings, form)
    with pytest.raises(Refused, match="another person's"):
        carry(old, begun(old, on(proud, "edit", "Jo was proud.")), made, form)
    _, now = carry(old, begun(old, on(proud, "keep")), made, form)
    assert now.decisions == ()


@st.composite
def reviewed(draw: st.DrawFn) -> tuple[str, list[tuple[str, str | None]], str, Length, str, Length]:
    """Dictated lines, what is decided on their statements in turn, and from which format and length to which."""
    actions = st.one_of(
        st.sampled_from([("keep", None), ("drop", None), ("none", None)]),
        st.integers(0, 9).map(lambda n: ("edit", f"Typed words {n}.")),
    )
    formats, lengths = (
        st.sampled_from(["soap", "birp", "narrative", "pie", "crisis"]),
        st.sampled_from(["brief", "full"]),
    )
    return (
        draw(dictations()),
        draw(st.lists(actions, min_size=1, max_size=12)),
        draw(formats),
        draw(lengths),  # type: ignore[arg-type]
        draw(formats),
        draw(lengths),  # type: ignore[arg-type]
    )


@given(reviewed())
def test_nothing_typed_is_lost_and_every_decision_has_its_target(
    case: tuple[str, list[tuple[str, str | None]], str, Length, str, Length],
) -> None:
    marked, actions, before, length, after, other = case
    transcript, findings = read(marked)
    old, form = drafted(transcript, findings, load_format(before), length), load_format(after)
    decisions = [on(s, a, t) for s, (a, t) in zip(old.statements(), actions, strict=False) if a != "none"]
    decisions.append(add(old.sections[0].key, "mood", "Added by hand."))
    decided = begun(old, *decisions)
    new = drafted(transcript, findings, form, other, held=chosen(old, decided))
    made, now = carry(old, decided, new, form)
    assert begun(made, *now.decisions).decisions == now.decisions  # each has a target
    typed = sorted(decision.text for decision in decisions if decision.text)
    assert sorted(decision.text for decision in now.decisions if decision.text) == typed
    standing = [one.text for part in review.apply(made, now) for one in part.statements if one.source == "typed"]
    assert sorted(standing) == typed
    kept = {s.text for s in old.statements() if on(s, "keep") in decisions}
    assert {one.text for part in review.apply(made, now) for one in part.statements} <= kept | set(typed)


# Through the sealed store


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    return load_settings()


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with Store.open(settings.home, "correct horse", actor="A. Ruiz") as opened:
        yield opened


def first_draft(tmp_path: Path, store: Store, settings: Settings) -> Draft:
    source = tmp_path / "tuesday.txt"
    source.write_text(TYPED)
    order = workflow.Order(source=source, client="K-12")
    return workflow.draft_source(order, store, settings, lambda done, total: None)


def test_redrafting_keeps_edits_and_times_in_the_store(tmp_path: Path, store: Store, settings: Settings) -> None:
    old = first_draft(tmp_path, store, settings)
    decided = begun(old, on(of(old, "mood"), "edit", "Anxious about the business."))
    store.keep_review(decided)
    made = workflow.redraft(store, old.digest[:8], workflow.wished(old.manner, format="dap"), settings)
    assert made.format == "dap@1"
    assert (made.drafted_at, made.due_at, made.expires_at) == (old.drafted_at, old.due_at, old.expires_at)
    assert (made.client, made.details) == (old.client, old.details)
    assert store.drafts() == (made,)
    now = store.review_of(made.digest)
    assert now is not None
    assert "Anxious about the business." in texts(made, now)["data"]
    back = workflow.redraft(store, made.digest, old.manner, settings)
    again = store.review_of(back.digest)
    assert again is not None
    assert "Anxious about the business." in texts(back, again)["subjective"]
    assert back == old  # the same findings in the same manner make the same draft
    with pytest.raises(NotFound):
        store.draft(made.digest)


@pytest.mark.parametrize("begin", [True, False])
def test_a_decision_made_while_it_is_written_anew_stands(
    tmp_path: Path, store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch, begin: bool
) -> None:
    old = first_draft(tmp_path, store, settings)
    if begin:
        store.keep_review(begun(old))
    decided = begun(old, on(of(old, "mood"), "edit", "Anxious about the business."))
    compose = drafting._compose

    def slowly(*given: Any) -> Draft:
        store.keep_review(decided)  # in another window
        return compose(*given)

    monkeypatch.setattr(drafting, "_compose", slowly)
    with pytest.raises(Outdated, match="changed in another window"):
        workflow.redraft(store, old.digest, workflow.wished(old.manner, format="dap"), settings)
    assert (store.drafts(), store.review_of(old.digest)) == ((old,), decided)


def test_drafting_again_takes_the_place_of_a_draft_with_its_review(
    tmp_path: Path, store: Store, settings: Settings
) -> None:
    old = first_draft(tmp_path, store, settings)
    store.keep_review(begun(old, on(of(old, "mood"), "keep")))
    order = workflow.Order(source=tmp_path / "tuesday.txt", client="K-12", again=True)
    made = workflow.draft_source(order, store, settings, lambda done, total: None)
    assert (store.drafts(), store.review_of(made.digest)) == ((made,), None)


def test_a_draft_from_before_findings_were_kept_is_found_anew(
    tmp_path: Path, store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "keep_found", lambda found: None)
    old = first_draft(tmp_path, store, settings)
    monkeypatch.undo()
    assert store.found_of(old.transcript) is None
    made = workflow.redraft(store, old.digest, workflow.wished(old.manner, format="pie"), settings)
    assert {s.category for s in made.statements()} == {s.category for s in old.statements()}
    assert store.found_of(old.transcript) is not None


@pytest.mark.parametrize(
    ("wish", "manner"),
    [
        ({"initials": "J.D."}, Manner(call="initials", initials="J.D.")),
        ({"call": "pronoun", "pronoun": "they"}, Manner(call="pronoun", pronoun="they")),
        ({"length": "brief", "format": "dap"}, Manner(length="brief", format="dap")),
        ({"call": "initials"}, None),
        ({"initials": "Jane"}, None),
    ],
)
def test_a_manner_is_wished_for_or_refused_in_plain_words(wish: dict[str, str], manner: Manner | None) -> None:
    if manner is None:
        with pytest.raises(Refused, match="--initials"):
            workflow.wished(Manner(), **wish)
    else:
        assert workflow.wished(Manner(), **wish) == manner


def test_the_command_redrafts_and_a_format_of_ones_own_works(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (desk.home / "formats").mkdir(parents=True)
    (desk.home / "formats" / "ours.yaml").write_text(
        "name: ours\nversion: 1\nextends: dap\ntitle: Our DAP\nsections:\n  - {key: plan, title: Next steps}\n"
        "  - {key: data}\n  - {key: assessment}\n"
    )
    (made,) = desk.json("draft", desk.file("tuesday.txt"), "--length", "brief")
    assert made["manner"]["length"] == "brief"
    elsewise = desk.run("draft", desk.root / "tuesday.txt", "--length", "full")
    assert elsewise.returncode == 3
    assert "evenfall redraft" in elsewise.stderr
    shown = desk.run("redraft", made["digest"][:8], "--format", "ours", "--length", "full", "--initials", "J.D.")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("Our DAP - DRAFT")
    assert shown.stdout.index("NEXT STEPS") < shown.stdout.index("DATA")
    (waiting,) = desk.json("queue")
    assert waiting["format"].startswith("ours@1-")
    assert waiting["manner"]["initials"] == "J.D."
    assert desk.run("redraft", waiting["digest"][:8], "--format", "nowhere").returncode == 4
    assert desk.sign(waiting).returncode == 0


TALK = """Alex: How have you been since we met last week?
Sam: I feel sad and I can't sleep at night any more.
Alex: For homework please keep a thought record every day.
Sam: Okay, I will do that.
"""


def session(folder: Path, store: Store, settings: Settings, **said: Any) -> Draft:
    source = folder / "lab.txt"
    source.write_text(TALK)
    order = workflow.Order(source=source, kind="session", client="K-12", **said)
    return workflow.draft_source(order, store, settings, lambda done, total: None)


@pytest.fixture
def permitted(store: Store) -> Store:
    consented = Consent(
        client="K-12",
        participant="client",
        scope=("record", "transcribe"),
        method="written",
        wording="form",
        told=("ai", "purpose", "revocable", "apart"),
        given_at=NOW,
    )
    store.add_consent(consented)
    return store


def test_another_day_other_minutes_or_another_clinician_are_not_dropped_without_a_word(
    tmp_path: Path, permitted: Store, settings: Settings
) -> None:
    made = session(tmp_path, permitted, settings, clinician_label="Sam", minutes=50)
    assert session(tmp_path, permitted, settings, clinician_label="Sam") == made  # silence is no correction
    assert session(tmp_path, permitted, settings, clinician_label="Sam", minutes=50) == made
    for said, what in (
        ({"clinician_label": "Alex"}, "somebody else as the clinician"),
        ({"clinician_label": "Sam", "day": NOW.date()}, "another date"),
        ({"clinician_label": "Sam", "day": NOW.date(), "minutes": 45}, "another date and other minutes"),
    ):
        with pytest.raises(Refused, match=what):
            session(tmp_path, permitted, settings, **said)
    anew = session(tmp_path, permitted, settings, clinician_label="Alex", day=NOW.date(), again=True)
    assert {detail.key for detail in anew.details} == {"date"}
    assert permitted.drafts() == (anew,)


def test_a_recording_that_was_drafted_is_kept_once_that_is_said(
    tmp_path: Path, store: Store, settings: Settings
) -> None:
    made = first_draft(tmp_path, store, settings)
    recording, _ = store.heard(made.transcript)
    assert store.sources_of(recording.digest)
    for keep in (True, False):  # and not taken back by silence
        order = workflow.Order(source=tmp_path / "tuesday.txt", client="K-12", keep_source=keep)
        assert workflow.draft_source(order, store, settings, lambda done, total: None) == made
        assert store.sources_of(recording.digest) == ()


def test_a_section_is_found_where_the_format_of_ones_own_was_changed_or_removed(
    tmp_path: Path, store: Store, settings: Settings
) -> None:
    own = settings.home / "formats" / "ours.yaml"
    own.parent.mkdir()
    shape = "name: ours\nversion: {}\nextends: dap\ntitle: Our DAP\n"
    own.write_text(shape.format(1))
    made = workflow.redraft(store, first_draft(tmp_path, store, settings).digest, Manner(format="ours"), settings)
    before = {category: workflow.section_for(made, category, settings.home) for category in CATEGORIES}
    for change in (lambda: own.write_text(shape.format(2)), own.unlink):
        change()
        now = {category: workflow.section_for(made, category, settings.home) for category in CATEGORIES}
        assert set(now.values()) <= {section.key for section in made.sections}
        assert {name: now[name] for name in ("mood", "plan")} == {name: before[name] for name in ("mood", "plan")}
    assert title(made.format) == made.format


def test_what_was_decided_goes_with_a_draft_only_where_that_is_said(
    tmp_path: Path, store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PASSPHRASE": "correct horse", "USER": "A. Ruiz"}.items():
        monkeypatch.setenv(f"EVENFALL_{name}", value)
    old = first_draft(tmp_path, store, settings)
    store.keep_review(begun(old, on(of(old, "mood"), "edit", "Anxious about the business.")))
    words = ["draft", str(tmp_path / "tuesday.txt"), "--again"]
    for answer, code in (("n\n", 3), ("", 3), ("y\n", 0)):
        result = CliRunner().invoke(app, words, input=answer)
        assert result.exit_code == code, result.output
        assert "1 decision of yours" in result.stderr
        assert (store.review_of(old.digest) is None) == (code == 0)
    assert CliRunner().invoke(app, words, input="").exit_code == 0  # nothing is decided on the new one
