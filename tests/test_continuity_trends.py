"""Trends: what signed notes report over sessions, as said; and the chart, read back as a file of its kind."""

import io
from datetime import date
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jinja2 import Environment
from PIL import Image

from pipeline import continuity
from pipeline.continuity.chart import MARKS, described
from pipeline.continuity.scores import Score, Unread, scores
from pipeline.continuity.totals import ASIDE
from pipeline.continuity.trends import MoodWord, Session, mood_words, unkept
from pipeline.errors import Refused
from pipeline.types import Category, Statement, Transcript, Turn

from .continued import Says, added, draft, earlier, signed, spoken

SVG = "{http://www.w3.org/2000/svg}"


def statement(text: str, category: Category = "assessment") -> Statement:
    return next(draft(0, Says(category, text)).statements())


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("PHQ-9 14.", {"PHQ-9": 14}),
        ("PHQ-9 was 14, GAD-7 was 11.", {"PHQ-9": 14, "GAD-7": 11}),
        ("PHQ 9 score of 14 and GAD-7: 11/21.", {"PHQ-9": 14, "GAD-7": 11}),
        ("phq9 fourteen.", {"PHQ-9": 14}),
        ("PHQ-9 was twenty-one.", {"PHQ-9": 21}),
        ("PHQ-9 fell from 18 to 14.", {"PHQ-9": 14}),
        ("PHQ-9 14, down from 18.", {"PHQ-9": 14}),
        ("PHQ-9 is 14, was 18.", {"PHQ-9": 14}),
        ("She scored 14 on the PHQ-9.", {"PHQ-9": 14}),
        ("PCL-5 was 48 out of 80.", {"PCL-5": 48}),
        ("SUDS went from 8 to 3.", {"SUDS": 3}),
        ("SUDS 8 before, 3 after.", {"SUDS": 3}),
        ("ORS 24.6, SRS 38.", {"ORS": 24.6, "SRS": 38}),
        ("Her worry went from 8 to 4/10.", {"worry out of 10": 4}),
        ("Mood six out of ten, anxiety seven out of ten.", {"mood out of 10": 6, "anxiety out of 10": 7}),
        ("PHQ-9 was down 4 points.", {}),
        ("PHQ-9 was completed.", {}),
        ("An audit of 12 files took her all week, sixty hours.", {}),
        ("Worry took up 3 hours a day.", {}),
        ("Mood was 6.", {}),
        ("PHQ-9 was 14, item 9 was 0.", {"PHQ-9": 14}),
        ("PHQ-9 14 (question nine: 0).", {"PHQ-9": 14}),
        ("PHQ-9 item 9 was 0, total 14.", {"PHQ-9": 14}),
        ("PHQ-9 was 14, Q9 was 1.", {"PHQ-9": 14}),
        ("PHQ-9 14 with 1 on item 9.", {"PHQ-9": 14}),
        ("Scored 14 on the PHQ-9 and 11 on the GAD-7.", {"PHQ-9": 14, "GAD-7": 11}),
        ("GAD-7 rose by 3 to 15.", {"GAD-7": 15}),
        ("PHQ-9 12, four lower than before.", {"PHQ-9": 12}),
        ("PHQ-9 was 12, not 21.", {"PHQ-9": 12}),
        ("PHQ-9 was 14, down from 18.", {"PHQ-9": 14}),
        ("PHQ-9 was 18 at intake and is 12.", {"PHQ-9": 12}),
        ("PHQ-9 14, last week 18.", {"PHQ-9": 14}),
        ("PHQ-9 14 two weeks ago, 12 today.", {"PHQ-9": 12}),
        ("PHQ-9 is 9, down since last session.", {"PHQ-9": 9}),
        ("PHQ-9 14 (moderate), slept four hours.", {"PHQ-9": 14}),
        ("Anxiety about the exam was 8 out of 10.", {"anxiety out of 10": 8}),
        ("SUD went from eight to two.", {"SUDS": 2}),
        ("SUD group twice, she is on step 4.", {}),
        ("In SUD treatment, phase 2, since 2019.", {}),
    ],
)
def test_scores_as_they_are_said(text: str, read: dict[str, float]) -> None:
    found = [one for one in scores(statement(text)) if isinstance(one, Score)]
    assert {one.scale: one.value for one in found} == read


@pytest.mark.parametrize(
    ("text", "scale", "why"),
    [
        ("PHQ-9 was 45.", "PHQ-9", "45 is outside 0 to 27"),
        ("GAD-7 was 11 last week.", "GAD-7", "it is of an earlier time"),
        ("PHQ-9 14 or 15.", "PHQ-9", "more than one number is given"),
        ("PHQ-9 item 9 was 1.", "PHQ-9", ASIDE),
        ("Item 9 of the PHQ-9 was 0.", "PHQ-9", ASIDE),
        ("Scored 0 on PHQ-9 item 9.", "PHQ-9", ASIDE),
        ("PHQ-9 suicide item 1.", "PHQ-9", ASIDE),
        ("PHQ-9: 1 (item 9).", "PHQ-9", ASIDE),
        ("PCL-5 cluster B was 12.", "PCL-5", ASIDE),
        ("PHQ-9 is down by six.", "PHQ-9", ASIDE),
        ("PHQ-9 improved by 6.", "PHQ-9", ASIDE),
        ("PHQ-9 decreased 6.", "PHQ-9", ASIDE),
        ("Down 6 on the PHQ-9.", "PHQ-9", "it is not clear that 6 is its score"),
        ("PHQ-9 administered 11/20.", "PHQ-9", ASIDE),
        ("GAD-7 completed 11/21.", "GAD-7", ASIDE),
        ("PHQ-9 on 3 March was 12.", "PHQ-9", "it may be of another day"),
        ("PHQ-9 was 14 on 3 March.", "PHQ-9", "it may be of another day"),
        ("PHQ-9 at session 4 was 12.", "PHQ-9", "it may be of another day"),
        ("PHQ-9 was 18 before.", "PHQ-9", "it is of an earlier time"),
        ("PHQ-9 down from 18.", "PHQ-9", "it is of an earlier time"),
        ("PHQ-9 fell from 18 to 14 last month.", "PHQ-9", "it is of an earlier time"),
        ("At intake she scored 18 on the PHQ-9.", "PHQ-9", "it is of an earlier time"),
        ("Her last PHQ-9 was 18.", "PHQ-9", "it is of an earlier time"),
        ("PHQ-9 was 18; PHQ-9 is now 12.", "PHQ-9", "more than one number is given"),
        ("PHQ-9 is 14 and she is 25.", "PHQ-9", "more than one number is given"),
        ("PHQ-9, she slept from 4 to 8.", "PHQ-9", "more than one number is given"),
        ("Repeat PHQ-9 in four visits.", "PHQ-9", "it is not clear that 4 is its score"),
        ("Target PHQ-9 of 5.", "PHQ-9", ASIDE),
        ("WHO-5 was 13/25.", "WHO-5", ASIDE),
        ("ORS 24,5.", "ORS", ASIDE),
        ("Mood low, motivation 3/10.", "mood out of 10", "it is not clear that 3 is its score"),
    ],
)
def test_what_is_not_sure_is_said_and_not_drawn(text: str, scale: str, why: str) -> None:
    (found,) = scores(statement(text))
    assert isinstance(found, Unread)
    assert (found.scale, found.why) == (scale, why)


def test_numbers_of_two_scales_together_are_neithers() -> None:
    found = list(scores(statement("PHQ-9 and GAD-7 were 14 and 11.")))
    assert [(one.scale, isinstance(one, Unread)) for one in found] == [("PHQ-9", True), ("GAD-7", True)]


@pytest.mark.parametrize(
    "said",
    [
        Says("assessment", "Her mother's PHQ-9 was 14.", subject="other"),
        Says("assessment", "PHQ-9 was not 14.", "denied"),
        Says("plan", "Aim: PHQ-9 of 9 by June."),
        Says("assessment", "Goal is a PHQ-9 below 10."),
    ],
)
def test_no_score_of_the_clients_today(said: Says) -> None:
    assert not [one for one in scores(next(draft(0, said).statements())) if isinstance(one, Score)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("She is anxious, and anxious again at night.", ["anxious", "anxious"]),
        ("Less anxious, more hopeful.", ["less anxious", "more hopeful"]),
        ("Anxious but not hopeless.", ["anxious"]),
        ("She denies feeling hopeless or worthless.", []),
        ("Never sad, calm today.", ["calm"]),
        ("She wept for an hour.", []),
    ],
)
def test_mood_words_as_said(text: str, words: list[str]) -> None:
    """A detected mood would be counted in the last one."""
    assert list(mood_words(statement(text, "mood"))) == words


def test_mood_words_are_only_the_clients() -> None:
    assert list(mood_words(spoken("I feel anxious.", "client"))) == ["anxious"]
    assert list(mood_words(spoken("You seem anxious.", "clinician"))) == []
    assert list(mood_words(statement("She is anxious.", "behaviour"))) == []
    for said in (Says("mood", "Her son is sad.", subject="other"), Says("mood", "Not sad.", "denied")):
        assert list(mood_words(next(draft(0, said).statements()))) == []


LOG = Says("homework", "Worry log daily.")


def test_homework_is_followed_from_note_to_note() -> None:
    notes = earlier(
        (LOG,),
        (Says("assessment", "Kept the worry log on five days."), LOG),
        (Says("assessment", "Worry log was not done.", "denied"), LOG),
        (Says("assessment", "Some of the worry log was done."),),
        (Says("mood", "She is calm."),),
    )
    found = continuity.trends(notes).sessions
    assert [(one.homework_set_before, one.homework) for one in found] == [
        (False, "not addressed"),
        (True, "done"),
        (True, "not done"),
        (True, "partly done"),
        (True, "not addressed"),
    ]


@pytest.mark.parametrize(
    "said",
    [
        Says("intervention", "Practised the worry log."),
        Says("assessment", "Completed a worry log together in session."),
        Says("plan", "Go on with the worry log every day."),
    ],
)
def test_what_was_done_in_the_session_is_no_homework_done(said: Says) -> None:
    assert continuity.trends(earlier((LOG,), (said,))).sessions[1].homework == "spoken of"


def test_what_is_added_to_an_older_note_hides_no_newer_homework() -> None:
    first, second, *_ = earlier((LOG,), (Says("homework", "Remove pills from the house."),))
    late = added(first, "The homework sheet was handed over.", 2)
    third = continuity.Earlier(signed(draft(4, Says("behaviour", "She did remove the pills from the house."))))
    assert continuity.trends((late, second, third)).sessions[2].homework == "done"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Correction: the PHQ-9 was 12, not 21.", {"GAD-7": 11}),
        ("The PHQ9 belonged to another client.", {"GAD-7": 11}),
        ("Correction: it is 12, not 21.", {"GAD-7": 11}),
        ("The scores are another client's.", {}),
        ("She rang at 21 minutes past.", {"PHQ-9": 21, "GAD-7": 11}),
    ],
)
def test_a_score_that_an_addendum_may_correct_is_not_drawn(text: str, read: dict[str, float]) -> None:
    (note,) = earlier((Says("assessment", "PHQ-9 was 21, GAD-7 was 11."),))
    (found,) = continuity.trends((added(note, text, 0),)).sessions
    assert {one.scale: one.value for one in found.scores} == read
    assert ("PHQ-9" in read) != (
        ("PHQ-9", "the note says 21, see what was added to it") in [(one.scale, one.why) for one in found.unread]
    )


def test_a_score_that_was_added_is_said_and_not_drawn() -> None:
    (note,) = earlier((Says("mood", "Calm."),))
    (found,) = continuity.trends((added(note, "PHQ-9 was 14, her mood was flat.", 0),)).sessions
    assert not found.scores
    assert ("PHQ-9", "it is spoken of in what was added") in [(one.scale, one.why) for one in found.unread]


def ten_notes() -> tuple[continuity.Earlier, ...]:
    return earlier(
        *(
            (
                Says("assessment", f"PHQ-9 was {20 - number}, GAD-7 was {15 - number}."),
                Says("mood", "She is anxious and sad." if number % 2 else "She is hopeful."),
                Says("assessment", "Homework was done." if number % 3 else "Homework was not done."),
                LOG,
            )
            for number in range(10)
        )
    )


def test_sessions_stand_in_their_order() -> None:
    found = continuity.trends(ten_notes()[::-1])
    assert all(one.day < other.day for one, other in pairwise(found.sessions))
    assert found.scales == ("PHQ-9", "GAD-7")
    assert found.mood_words == ("anxious", "hopeful", "sad")
    assert "K-12" not in found.model_dump_json()


def test_png_is_a_picture_with_its_description() -> None:
    found = continuity.trends(ten_notes())
    with Image.open(io.BytesIO(continuity.chart(found, "png"))) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert picture.width > 1000
        assert len(picture.convert("L").getcolors() or ()) > 5
        assert picture.info["Description"] == described(found)
    assert described(found) == (
        "10 sessions, 3 March 2026 to 5 May 2026. PHQ-9: 20, 19, 18, 17, 16, 15, 14, 13, 12, 11. "
        "GAD-7: 15, 14, 13, 12, 11, 10, 9, 8, 7, 6. Homework of the session before: done 6, not done 3. "
        "Mood words as said: anxious 5, hopeful 5, sad 5."
    )


def test_svg_is_described_for_a_screen_reader_and_its_text_is_text() -> None:
    found = continuity.trends(ten_notes())
    content = continuity.chart(found, "svg")
    assert content == continuity.chart(found, "svg")
    root = ElementTree.fromstring(content)
    assert root.get("role") == "img"
    ids = {element.get("id"): element for element in root.iter()}
    title, told = (ids[name] for name in (root.get("aria-labelledby") or "").split())
    assert (title.tag, told.tag) == (f"{SVG}title", f"{SVG}desc")
    assert told.text == described(found)
    written = {"".join(element.itertext()).strip() for element in root.iter(f"{SVG}text")}
    assert {"PHQ-9 (lower is better)", "2026-03-03", "20", "anxious", *MARKS} <= written
    assert not any(word in content for word in (b"K-12", b"@font-face", b"@import", b"<image", b"<script"))


def test_every_scale_is_drawn_and_words_left_out_are_counted() -> None:
    told = ("PHQ-9 14.", "GAD-7 11.", "PCL-5 40.", "ORS 24.", "SRS 38.", "ISI 18.", "WSAS 20.", "EPDS 13.")
    mood = "Sad, low, numb, tense, angry, lonely, tired, hopeless and ashamed."
    found = continuity.trends(earlier((*(Says("assessment", one) for one in told), Says("mood", mood))))
    root = ElementTree.fromstring(continuity.chart(found, "svg"))
    written = {"".join(element.itertext()).strip() for element in root.iter(f"{SVG}text")}
    assert {f"{name} (lower is better)" for name in ("PHQ-9", "WSAS", "EPDS")} <= written
    assert "Mood words as said, and how often (the 8 most frequent of 9)" in written
    assert "Mood words as said (the 8 most frequent of 9): angry 1" in described(found)


@pytest.mark.parametrize(
    ("moods", "lost", "shown"),
    [
        (("sad", "low"), False, "sad, low"),
        (("sad", "low"), True, "sad, low, others not kept"),
        ((), True, "not kept"),
        ((), False, "none"),
    ],
)
def test_the_page_says_that_mood_words_were_not_kept(moods: tuple[str, ...], lost: bool, shown: str) -> None:
    words = tuple(MoodWord(word=word, count=1) for word in moods)
    session = Session(note="a" * 64, day=date(2026, 3, 3), moods=words, unkept=lost)
    page = (Path(continuity.__file__).parents[1] / "web" / "templates" / "_trends.html").read_text(encoding="utf-8")
    table = Environment(autoescape=True).from_string(page).render(sessions=[session])
    assert f"<td>{shown}</td></tr>" in table


def test_answers_are_told_apart_without_colour() -> None:
    assert len(set(MARKS.values())) == len(MARKS)


@pytest.mark.parametrize("count", [1, 40])
def test_one_session_and_forty_are_drawn(count: int) -> None:
    notes = earlier(*[(Says("assessment", "PHQ-9 was 14."),)] * count)
    with Image.open(io.BytesIO(continuity.chart(continuity.trends(notes), "png"))) as picture:
        picture.load()
        assert picture.height > 300


def test_nothing_to_draw() -> None:
    with pytest.raises(Refused, match="nothing to draw"):
        continuity.chart(continuity.trends(()), "png")


def without(one: Statement) -> Statement:
    """The statement as it is kept without the words of the talk."""
    evidence = tuple(item.without_words(one.quotations) for item in one.spoken)
    return one.replace(evidence=evidence)


def exchange(text: str, question: str, answer: str) -> Statement:
    """A statement that stands on a question and its answer."""
    turns = (
        Turn(id="t0", speaker="clinician", start=0.0, end=5.0, text=question),
        Turn(id="t1", speaker="client", start=5.0, end=9.0, text=answer),
    )
    transcript = Transcript(recording="a" * 64, kind="session", engine="test@1", turns=turns)
    evidence = tuple(transcript.evidence(turn.id, 0, len(turn.text)) for turn in turns)
    fields = {"text": text, "source": "client said", "category": "mood", "evidence": evidence}
    return Statement.model_validate(fields)


@pytest.mark.parametrize(
    ("said", "words", "lost"),
    [
        (spoken("I feel anxious.", "client"), ["anxious"], False),
        (spoken("You seem anxious.", "clinician"), [], False),
        (exchange("Client was asked whether anxious, and agreed.", "Are you anxious?", "Yes."), [], True),
        (exchange('Client said: "I feel sad".', "Are you anxious?", "I feel sad"), ["sad"], False),
    ],
)
def test_mood_words_without_the_words_of_the_talk(said: Statement, words: list[str], lost: bool) -> None:
    assert not unkept(said)
    assert (list(mood_words(without(said))), unkept(without(said))) == (words, lost)
