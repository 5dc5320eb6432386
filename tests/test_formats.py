"""Formats: what each section takes, that nothing falls out, one's own formats, one member's note, and length."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.draft import compose, load_format, load_rules
from pipeline.draft.format_files import check, load_formats
from pipeline.draft.formats import STAYING, Format
from pipeline.draft.length import fit
from pipeline.draft.passage import Passage
from pipeline.errors import SettingsInvalid
from pipeline.types import CATEGORIES, Draft, Finding, Kind, Length, Manner, Recording, SoundsLike, Transcript

from .test_draft import DICTATION, NOW, SESSION, read
from .test_evening import Desk

NAMES = sorted(name for name, _, _ in load_formats(Path("/nowhere")))
RECORDING = Recording(kind="dictation", medium="text", format="txt", sha256="c" * 64, duration=0.0)


def drafted(
    transcript: Transcript, findings: tuple[Finding, ...], form: Format, length: Length = "full", **more: object
) -> Draft:
    return compose(
        RECORDING,
        transcript,
        findings,
        (),
        form=form,
        rules=load_rules(),
        versions=(),
        drafted_at=NOW,
        due_hours=24,
        expires_days=14,
        manner=Manner(format=form.name, length=length),
        **more,  # type: ignore[arg-type]
    )


def draft(marked: str, form: str | Format, kind: Kind = "dictation", length: Length = "full") -> Draft:
    return drafted(*read(marked, kind), load_format(form) if isinstance(form, str) else form, length)


def sections(made: Draft, findings: tuple[Finding, ...]) -> dict[str, str]:
    """Return the key of the section in which each finding's label stands."""
    labels = {finding.digest: finding.label for finding in findings}
    return {labels[f]: part.key for part in made.sections for s in part.statements for f in s.findings}


def test_the_formats_are_those_of_the_field() -> None:
    wanted = {"soap", "dap", "birp", "girp", "pirp", "pie", "narrative", "intake", "emdr", "couples", "group_member"}
    assert set(NAMES) == wanted | {"crisis"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("marked", "kind"), [(DICTATION, "dictation"), (SESSION, "session")])
def test_every_format_takes_everything_and_records_its_version(name: str, marked: str, kind: Kind) -> None:
    form = load_format(name)
    assert form.untaken == ()
    transcript, findings = read(marked, kind)
    made = drafted(transcript, findings, form.model_copy(update={"only": None}))
    assert made.format == f"{name}@{form.version}"
    assert made.format in made.versions
    carried = {digest for statement in made.statements() for digest in statement.findings}
    assert carried == {finding.digest for finding in findings}


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_said_is_not_addressed_in_every_format(name: str) -> None:
    made = draft("She feels [mood:anxious] about work.", name)
    missing = {category for part in made.sections for category in part.not_addressed}
    assert missing == load_format(name).expected - {"mood"}
    assert "risk" in missing


TITLES = {
    "soap": ("Subjective", "Objective", "Assessment", "Plan"),
    "dap": ("Data", "Assessment", "Plan"),
    "birp": ("Behavior", "Intervention", "Response", "Plan"),
    "girp": ("Goal", "Intervention", "Response", "Plan"),
    "pirp": ("Problem", "Intervention", "Response", "Plan"),
    "pie": ("Problem", "Intervention", "Evaluation"),
    "narrative": ("Progress note",),
}


@pytest.mark.parametrize("name", TITLES)
def test_sections_have_the_standard_titles(name: str) -> None:
    assert tuple(section.title for section in load_format(name).sections) == TITLES[name]


@pytest.mark.parametrize(
    ("name", "marked", "expected"),
    [
        ("soap", "Affect was [mood:flat].", {"flat": "objective"}),
        ("soap", "She [behaviour:sleeps badly].", {"sleeps badly": "subjective"}),
        ("dap", "We [intervention:went through the log]. PHQ-9 was [assessment:12].",
         {"went through the log": "data", "12": "assessment"}),
        ("birp", "Denies [-risk:SI]. She [assessment:took it well].", {"si": "behavior", "took it well": "response"}),
        ("girp", "The [plan:goal is to sleep six hours]. We [plan:meet weekly].",
         {"goal is to sleep six hours": "goal", "meet weekly": "plan"}),
        ("pirp", "She [behaviour:drinks daily].", {"drinks daily": "problem"}),
        ("pie", "She will [homework:walk]. She [assessment:is better].",
         {"walk": "evaluation", "is better": "evaluation"}),
        ("intake", "She [behaviour:sleeps badly]. She [behaviour:drinks wine daily].",
         {"sleeps badly": "presenting_concerns", "drinks wine daily": "substance_use"}),
        ("intake", "Eye contact appeared [behaviour:poor].", {"poor": "mental_status"}),
        ("emdr", "SUD went [assessment:from eight to two]. We [intervention:did the container].",
         {"from eight to two": "target", "did the container": "closure"}),
        ("emdr", "Six [intervention:sets of eye movements]. [homework:Calm place daily].",
         {"sets of eye movements": "processing", "calm place daily": "plan"}),
        ("crisis", "He has [risk:thoughts of suicide]. We [risk:wrote a safety plan]. [plan:Crisis team at two].",
         {"thoughts of suicide": "risk", "wrote a safety plan": "safety_plan", "crisis team at two": "disposition"}),
        ("couples", "They [behaviour:sat apart].", {"sat apart": "couple"}),
    ],
)  # fmt: skip
def test_where_a_finding_stands(name: str, marked: str, expected: dict[str, str]) -> None:
    transcript, findings = read(marked)
    assert sections(drafted(transcript, findings, load_format(name)), findings) == expected


def test_what_is_past_or_anothers_is_history_at_intake() -> None:
    transcript, (past, other, now) = read(
        "She was [behaviour:restricting] at sixteen. Her mother is [mood:depressed]. She [behaviour:eats] again."
    )
    findings = (past.replace(temporality="past"), other.replace(subject="other"), now)
    made = drafted(transcript, findings, load_format("intake"))
    assert sections(made, findings) == {
        "restricting": "history",
        "depressed": "history",
        "eats": "presenting_concerns",
    }


def test_a_narrative_flows_in_the_order_of_the_talk() -> None:
    marked = "She will [homework:walk]. She is [mood:low]. We [intervention:made a plan]."
    made = draft(marked, "narrative")
    starts = [statement.spoken[0].start for statement in made.statements()]
    assert starts == sorted(starts)
    assert [statement.category for statement in made.statements()] == ["homework", "mood", "intervention"]


def test_partners_stand_apart_in_a_couples_session() -> None:
    transcript, findings = read(
        """
        C: I [mood:feel lonely].
        D: I [mood:am scared of losing her]. I [-risk:never hurt anybody].
        T: Let's [intervention:try the speaker card].
        """,
        "session",
    )
    made = drafted(transcript, findings, load_format("couples"))
    assert sections(made, findings) == {
        "feel lonely": "partner_one",
        "am scared of losing her": "partner_two",
        "never hurt anybody": "partner_two",
        "try the speaker card": "interventions",
    }
    dictated = draft("They [behaviour:sat apart].", "couples")
    assert "partner_one" not in {part.key for part in dictated.sections}


def test_what_a_format_asks_for_by_name_is_a_question_until_it_was_said() -> None:
    asked = {q.text for q in draft("He has [risk:thoughts of suicide].", "crisis").questions}
    assert {"Was intent asked about?", "Was access to means asked about?", "Was a safety plan made?"} <= asked
    said = draft("He denies [-risk:intent]. He [risk:gave the pills to his wife].", "crisis")
    assert not {"Was intent asked about?", "Was access to means asked about?"} & {q.text for q in said.questions}
    (question,) = [q for q in draft("She is [mood:low].", "girp").questions if q.target == "goal"]
    assert (question.category, question.rule) == ("plan", "girp@1")


# One's own formats


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "formats").mkdir()
    return tmp_path / "formats"


OURS = """\
name: ours
version: 3
extends: soap
title: Our note
sections:
  - {key: plan, title: Next steps}
  - {key: assessment, takes: [{category: assessment}, {category: risk, expected: true}]}
  - key: rest
    title: All else
    takes: [{category: [mood, behaviour, intervention]}]
"""


def test_ones_own_format_extends_another_and_is_recorded_by_what_it_says(own: Path) -> None:
    (own / "ours.yaml").write_text(OURS)
    form = load_format("ours", own)
    assert [section.title for section in form.sections] == ["Next steps", "Assessment", "All else"]
    assert [take.category for take in form.sections[0].takes] == [("medication",), ("homework",), ("plan",)]
    assert form.length == load_format("soap").length
    made = draft(DICTATION, form)
    assert made.format.startswith("ours@3-")
    assert [part.key for part in made.sections] == ["plan", "assessment", "rest"]
    (own / "ours.yaml").write_text(OURS.replace("Next steps", "What next"))
    assert load_format("ours", own).versioned != form.versioned


def test_ones_own_format_of_a_shipped_name_stands_before_it_and_may_extend_it(own: Path) -> None:
    (own / "dap.yaml").write_text("name: dap\nversion: 1\nextends: dap\ntitle: Our DAP\n")
    form = load_format("dap", own)
    assert (form.title, form.sections) == ("Our DAP", load_format("dap").sections)
    assert form.versioned != "dap@1"


def test_what_no_section_takes_goes_last(own: Path) -> None:
    (own / "short.yaml").write_text(
        "name: short\nversion: 1\ntitle: Short\nsections:\n"
        "  - {key: mood, title: Mood, takes: [{category: mood}]}\n"
        "  - {key: rest, title: Rest, takes: [{category: plan}]}\n"
    )
    form = load_format("short", own)
    assert form.untaken == tuple(category for category in CATEGORIES if category not in ("mood", "plan"))
    transcript, findings = read("She is [mood:low] and [risk:wants to die]. She [behaviour:drinks].")
    assert sections(drafted(transcript, findings, form), findings) == {
        "low": "rest",  # one sentence is one statement, and risk leads it
        "wants to die": "rest",
        "drinks": "rest",
    }


SOUND = """\
name: mine
version: 1
title: Mine
sections:
  - key: all
    title: All
    takes:
      - {category: mood}
"""


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (SOUND.replace("category", "categroy"), "line 8: there is no key categroy: did you mean category?"),
        (SOUND.replace("category: mood", "said: reported"), "line 8: the key category is missing in sections 1"),
        (SOUND.replace("mood", "behavior"), "line 8: category: behavior: did you mean behaviour?"),
        (SOUND.replace("key: all", "key: All of it"), "line 5: key: write it in small letters and underscores"),
        (SOUND.replace("version: 1", "version: one"), "line 2: version: input should be a valid integer"),
        (SOUND.replace("title: Mine\n", ""), "line 1: the key title is missing"),
        (SOUND + "titel: Mine\n", "line 9: there is no key titel: did you mean title?"),
        (SOUND + "length: {brief: 300, standard: 200}\n", "line 9: brief may not be longer than standard"),
        (SOUND + "first_out: [risk]\n", "risk is never left out and cannot stand in first_out"),
        (SOUND + "extends: sope\n", "line 9: extends: sope: did you mean soap?"),
        (SOUND + "extends: mine\n", "line 9: extends: mine"),
        (SOUND + "title: Again\n", "line 9: title stands here twice"),
        (SOUND.replace("name: mine", "name: other"), "line 1: name: write mine, as the file is named"),
        (SOUND + "  - }\n", "this is not YAML"),
        ("- mood\n", "line 1: "),
    ],
)  # fmt: skip
def test_check_says_which_key_is_wrong_and_where(own: Path, text: str, mistake: str) -> None:
    (own / "mine.yaml").write_text(text)
    mistakes = check(own / "mine.yaml", own)
    assert any(mistake in str(one) for one in mistakes), [str(one) for one in mistakes]
    with pytest.raises(SettingsInvalid, match="evenfall formats check"):
        load_format("mine", own)


def test_check_finds_nothing_in_what_is_sound(own: Path) -> None:
    (own / "mine.yaml").write_text(SOUND)
    assert check(own / "mine.yaml", own) == ()


def test_formats_that_extend_each_other_are_refused(own: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        (own / f"{name}.yaml").write_text(f"name: {name}\nversion: 1\ntitle: T\nextends: {other}\n")
    assert [str(one) for one in check(own / "one.yaml", own)] == [
        "line 4: extends: these formats extend each other in a circle"
    ]


def test_an_unknown_format_names_those_there_are(own: Path) -> None:
    with pytest.raises(SettingsInvalid, match="birp, couples"):
        load_format("sope", own)


# One member of a group


WORDS = {"T": "okay", "C": "river", "D": "lantern", "O": "harbour", "?": "meadow"}
OTHERS = [WORDS[who] for who in "DO?"]
CATEGORY = st.sampled_from(CATEGORIES)


@st.composite
def group_sessions(draw: st.DrawFn) -> str:
    """Lines of a group's talk, in which each person says a word of their own and findings of any category."""
    lines = []
    for who in draw(st.lists(st.sampled_from("TCDO?"), min_size=2, max_size=12)):
        minus, category = draw(st.sampled_from(["", "-"])), draw(CATEGORY)
        ending = draw(st.sampled_from([".", "?", ". Everyone, let's breathe."]))
        short = draw(st.booleans()) and who != "T"
        lines.append(f"{who} [{minus}{category}:{WORDS[who]}]{ending if not short else '.'}")
        if not short:
            lines[-1] = f"{who} Well, I said that [{minus}{category}:it was {WORDS[who]}]{ending}"
    return "\n".join(lines)


@given(group_sessions())
def test_a_group_note_holds_no_other_members_words(marked: str) -> None:
    transcript, findings = read(marked, "session")
    alarms = tuple(
        SoundsLike(turn_id=turn.id, start=0, end=len(turn.text), phrase="hurt myself") for turn in transcript.turns
    )
    heard = transcript.replace(sounds_like=alarms)
    findings = tuple(
        f.replace(evidence=tuple(heard.evidence(e.turn_id, e.start, e.end) for e in f.evidence)) for f in findings
    )
    made = drafted(heard, findings, load_format("group_member"))
    text = made.model_dump_json()
    assert not [word for word in OTHERS if word in text]
    speakers = {item.speaker for statement in made.statements() for item in statement.spoken}
    assert speakers <= {"clinician", "client"}
    carried = {digest for statement in made.statements() for digest in statement.findings}
    own = {f.digest for f in findings if f.evidence[0].speaker == "client"}
    assert own <= carried | _same_words(made, findings)
    if any(f.evidence[0].speaker not in ("clinician", "client") for f in findings):
        assert any("of other people in the room" in warning for warning in made.warnings)


def _same_words(made: Draft, findings: tuple[Finding, ...]) -> set[str]:
    """Digests of findings whose words stand in the draft by an earlier place where they were said."""
    quotes = [item.quote for statement in made.statements() for item in statement.spoken]
    return {f.digest for f in findings if any(f.evidence[0].quote in quote for quote in quotes)}


def test_what_is_said_to_another_member_is_left_out_and_counted() -> None:
    transcript, findings = read(
        """
        T: Everyone, today we [intervention:look at triggers].
        C: Payday [behaviour:sets me off].
        O: I [risk:wanted to die] on Friday.
        T: You [risk:wanted to die], Jo. Let's [intervention:make your safety plan].
        O: Okay.
        T: I am glad of that. Any [behaviour:drinking], Mia?
        C: No.
        O: Not me.
        T: Next week all of you [homework:bring the diary].
        """,
        "session",
    )
    made = drafted(transcript, findings, load_format("group_member"))
    assert set(sections(made, findings)) == {"look at triggers", "sets me off", "drinking", "bring the diary"}
    assert "glad" not in made.model_dump_json()
    assert "risk" in {category for part in made.sections for category in part.not_addressed}
    assert made.warnings == (
        "3 of the findings are of other people in the room, or in words to them, and left out here.",
    )


def test_the_member_may_be_another_speaker_in_a_format_of_ones_own(own: Path) -> None:
    (own / "second.yaml").write_text(
        "name: second\nversion: 1\nextends: group_member\ntitle: Other member\nonly: {speakers: [clinician, client2]}\n"
    )
    transcript, findings = read("C: I [mood:feel low].\nD: I [mood:feel proud].", "session")
    made = drafted(transcript, findings, load_format("second", own))
    assert set(sections(made, findings)) == {"feel proud"}


# Length


@st.composite
def dictations(draw: st.DrawFn) -> str:
    """Dictated sentences of every category, up to some hundred words."""
    sentence = st.tuples(
        CATEGORY,
        st.sampled_from(["", "-"]),
        st.lists(st.sampled_from(["amber", "birch", "cedar", "delta", "ember", "fjord"]), min_size=3, max_size=14),
    )
    rows = draw(st.lists(sentence, min_size=1, max_size=30))
    return "\n".join(f"She told that [{minus}{category}:{' '.join(words)}]." for category, minus, words in rows)


def words(made: Draft) -> int:
    return sum(len(statement.text.split()) for statement in made.statements())


@given(dictations(), st.sampled_from(["soap", "birp", "narrative", "crisis"]))
def test_length_leaves_out_nothing_that_counts_and_loses_nothing(marked: str, name: str) -> None:
    transcript, findings = read(marked)
    form = load_format(name)
    lengths: tuple[Length, ...] = ("brief", "standard", "full")
    brief, standard, full = (drafted(transcript, findings, form, length) for length in lengths)
    assert full.left_out == ()
    every = {statement.digest for statement in full.statements()}
    limit = form.length
    for made, most in ((brief, limit.brief), (standard, limit.standard)):
        kept, left = ({s.digest for s in made.statements()}, {s.digest for s in made.left_out})
        assert kept | left == every
        assert not kept & left
        touched = {item.target for item in made.must_touch}
        assert not left & touched
        assert made.must_touch == full.must_touch
        assert not [s for s in made.left_out if s.category in STAYING]
        standing = {s.category for s in made.statements()}
        assert {s.category for s in full.statements()} & form.expected <= standing
        assert words(full) > most or not left
        assert [p.not_addressed for p in made.sections] == [p.not_addressed for p in full.sections]
    assert words(brief) <= words(standard) <= words(full)
    assert {s.digest for s in brief.statements()} <= {s.digest for s in standard.statements()}


def passages_of(*rows: tuple[str, float]) -> Iterator[Passage]:
    """Passages of one behaviour each: its words and the finding's score."""
    transcript, findings = read("\n".join(f"She said [behaviour:{text}]." for text, _ in rows))
    made = drafted(transcript, findings, load_format("soap"))
    for statement, finding, (_, score) in zip(made.statements(), findings, rows, strict=True):
        yield Passage(statement, (0, 1), (finding.replace(score=score),))


def left_at(most: int, *rows: tuple[str, float], held: int | None = None) -> list[str]:
    form = load_format("soap")
    form = form.model_copy(update={"length": form.length.model_copy(update={"brief": most})})
    found = tuple(passages_of(*rows))
    chosen = frozenset() if held is None else frozenset((found[held].statement.digest,))
    _, left = fit(found, form, "brief", frozenset(), chosen)
    return [passage.findings[0].label for passage in left]


TWICE = ("she drinks two beers every evening", 0.9), ("she drinks two beers most every evening", 0.8)


def test_what_is_said_twice_goes_first_then_the_weakest() -> None:
    rows = (("walks to work", 0.3), *TWICE, ("sleeps five hours", 0.7))
    assert left_at(20, *rows) == ["she drinks two beers most every evening"]
    assert left_at(15, *rows) == ["walks to work", "she drinks two beers most every evening"]


def test_what_the_clinician_chose_stays() -> None:
    rows = (("walks to work", 0.3), ("sleeps five hours", 0.7))
    assert left_at(5, *rows) == ["walks to work"]
    assert left_at(5, *rows, held=0) == ["sleeps five hours"]


# The commands


def test_formats_are_listed_shown_and_checked(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (desk.home / "formats").mkdir(parents=True)
    (desk.home / "formats" / "ours.yaml").write_text(OURS)
    (desk.home / "formats" / "bad.yaml").write_text(SOUND.replace("category", "categroy").replace("mine", "bad"))
    listed = desk.run("formats", "list").stdout
    assert "Our note (yours, ours@3-" in listed
    assert "SOAP note (shipped, soap@2)" in listed
    assert "evenfall formats check bad" in listed
    names = [row["name"] for row in json.loads(desk.run("formats", "list", "--json").stdout)]
    assert names == sorted([*NAMES, "ours", "bad"])
    shown = desk.run("formats", "show", "ours").stdout
    assert "Next steps  [plan]" in shown
    assert "risk  (expected)" in shown
    assert desk.run("formats", "check", "ours").returncode == 0
    checked = desk.run("formats", "check", desk.home / "formats" / "bad.yaml")
    assert checked.returncode == 4
    assert "line 8: there is no key categroy: did you mean category?" in checked.stdout
    assert desk.run("formats", "check", "nowhere.yaml").returncode == 4
