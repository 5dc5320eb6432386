"""Transcripts as Zoom, Teams, Meet, Otter and others write them: who, when, every word, nothing of the program."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import SourceRefused
from pipeline.speech.transcripts.files import kind_of, read_text
from pipeline.speech.transcripts.layouts import Layout, find, lines_of, load_layouts
from pipeline.speech.transcripts.stamps import seconds

from .test_files import DICTATION, SESSION

TEAMS = """Weekly session-20260710_154212-Meeting Recording
July 10, 2026, 8:42PM
31m 5s

Jane Roe started transcription

Dr. Ann Lee   0:03
How did the week go?

Jane Roe   0:21
Not great.
I slept four hours, maybe.

Dr. Ann Lee   1:02:05
Any thoughts of dying?

Jane Roe stopped transcription
"""
TEAMS_GERMAN = """Sitzung-20260311_090000-Besprechungsaufzeichnung
11. März 2026, 09:00
12m 8s
Dr. Lee hat die Transkription gestartet
Dr. Lee   0:09
Wie war die Woche?
Roe, Jane Maria   0:27
Schlecht.
Roe, Jane Maria hat die Transkription beendet
"""
TEAMS_CUES = """0:0:0.0 --> 0:0:1.510
Dr. Lee
How are you?
0:0:6.90 --> 0:0:6.500
Jane Roe
Umm.
0:0:12.140 --> 0:0:14.20
Jane Roe
Tired.
"""
OTTER = """Dr. Lee  0:00  \nHow are you?\n
Unknown Speaker  0:04  \nShe's tired.\n
Jane Roe  1:15:12  \nI am. I don't sleep.\n
Transcribed by https://otter.ai
"""
ZOOM = """[Dr. Lee] 23:59:58
How are you?

[Jane Roe (she/her)] 00:00:03
Tired.
I don't sleep.

[Dr. Lee] 00:01:00
Since when?
"""
MEET = """Oct 2, 2025
Session Lee / Roe - Transcript
00:00:00

Dr. Lee: How are you?
Jane Roe: Tired.
Sam: She is.


00:01:10

Jane Roe: I don't sleep. Remember: it's June.
Dr. Lee: Since when?


Transcription ended after 00:02:30

This editable transcript was computer generated and might contain errors.
People can also change the text after it was created.
"""
MEET_OF_2023 = """Session (2023-03-01 at 10:00 GMT-7) - Transcript
Attendees
Ann Lee, Jane Roe
Transcript
Ann Lee: How are you?
Jane Roe: Tired.
00:05:00
Jane Roe: I don't sleep.
Meeting ended after 00:06:40 👋
"""
MEET_WITH_NOTES = """📝 Notes
Oct 2, 2025
Invited Ann Lee Jane Roe
Summary
Jane Roe reported poor sleep (00:00:10).
Suggested next steps
Ann Lee: will send a sleep diary.
Details
Sleep: Jane Roe sleeps four hours.
You should review Gemini's notes to make sure they're accurate.
📖 Transcript
Oct 2, 2025
Session - Transcript
00:00:00
Ann Lee: How are you?
Jane Roe: Tired.
Transcription ended after 00:00:40
"""
BRACKETED = "[00:00:00] Dr. Lee: How are you?\n\n[00:00:03] Jane Roe: Tired.\n[00:00:09] Dr. Lee: Since when?\n"
REV = "Dr. Lee (00:00):\nHow are you?\n\nJane Roe (00:03):\nTired.\nVery.\n\nDr. Lee (01:00:09): Since when?\n"
WORD = "Audio file\nrecording.wav\nTranscript\n00:00:00 Speaker 1\nHow are you?\n00:00:03 Speaker 2\nTired.\n"
WORD_ON_ONE_LINE = "00:00:00 Speaker 1: How are you?\n00:00:03 Speaker 2: Tired.\n"
TABLE = "Time\tSpeaker\tText\n0:00\tDr. Lee\tHow are you?\n0:03\tJane Roe\tTired.\n"
TABLE_BY_NAME = "Dr. Lee\t[00:00:00]\tHow are you?\nJane Roe\t[00:00:03]\tTired.\n"

CLINICIAN, CLIENT = "clinician", "client"


def read(tmp_path: Path, text: str, clinician: str | None = None) -> tuple[str, list[tuple[str, float, float, str]]]:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    _, transcript = read_text(path, SESSION, clinician)
    return transcript.engine, [(turn.speaker, turn.start, turn.end, turn.text) for turn in transcript.turns]


@pytest.mark.parametrize(
    ("text", "label", "engine", "expected"),
    [
        pytest.param(
            TEAMS,
            None,
            "file:teams@1",
            [
                (CLINICIAN, 3, 21, "How did the week go?"),
                (CLIENT, 21, 3725, "Not great. I slept four hours, maybe."),
                (CLINICIAN, 3725, 3725, "Any thoughts of dying?"),
            ],
            id="Teams",
        ),
        pytest.param(
            TEAMS_GERMAN,
            None,
            "file:teams@1",
            [(CLINICIAN, 9, 27, "Wie war die Woche?"), (CLIENT, 27, 27, "Schlecht.")],
            id="Teams in German, surname first",
        ),
        pytest.param(
            TEAMS_CUES,
            None,
            "file:teams-cues@1",
            [
                (CLINICIAN, 0, 1.51, "How are you?"),
                (CLIENT, 6.09, 6.5, "Umm."),
                (CLIENT, 12.14, 14.02, "Tired."),
            ],
            id="Teams until 2023, milliseconds not padded",
        ),
        pytest.param(
            OTTER,
            None,
            "file:otter@1",
            [
                (CLINICIAN, 0, 4, "How are you?"),
                ("unknown", 4, 4512, "She's tired."),
                (CLIENT, 4512, 4512, "I am. I don't sleep."),
            ],
            id="Otter",
        ),
        pytest.param(
            ZOOM,
            None,
            "file:zoom@1",
            [
                (CLINICIAN, 0, 5, "How are you?"),
                (CLIENT, 5, 62, "Tired. I don't sleep."),
                (CLINICIAN, 62, 62, "Since when?"),
            ],
            id="Zoom's saved captions, past midnight",
        ),
        pytest.param(
            MEET,
            "Dr. Lee",
            "file:meet@1",
            [
                (CLINICIAN, 0, 70, "How are you?"),
                (CLIENT, 0, 70, "Tired."),
                ("client2", 0, 70, "She is."),
                (CLIENT, 70, 150, "I don't sleep. Remember: it's June."),
                (CLINICIAN, 70, 150, "Since when?"),
            ],
            id="Google Meet, a couple",
        ),
        pytest.param(
            MEET_OF_2023,
            "Ann Lee",
            "file:meet@1",
            [(CLINICIAN, 0, 300, "How are you?"), (CLIENT, 0, 400, "Tired. I don't sleep.")],
            id="Google Meet until 2024",
        ),
        pytest.param(
            MEET_WITH_NOTES,
            "Ann Lee",
            "file:meet@1",
            [(CLINICIAN, 0, 40, "How are you?"), (CLIENT, 0, 40, "Tired.")],
            id="Google Meet below Gemini's summary",
        ),
        pytest.param(
            BRACKETED,
            None,
            "file:bracketed@1",
            [(CLINICIAN, 0, 3, "How are you?"), (CLIENT, 3, 9, "Tired."), (CLINICIAN, 9, 9, "Since when?")],
            id="Descript",
        ),
        pytest.param(
            REV,
            None,
            "file:rev@2",
            [
                (CLINICIAN, 0, 3, "How are you?"),
                (CLIENT, 3, 3609, "Tired. Very."),
                (CLINICIAN, 3609, 3609, "Since when?"),
            ],
            id="Rev",
        ),
        pytest.param(
            WORD,
            "Speaker 1",
            "file:word@1",
            [(CLINICIAN, 0, 3, "How are you?"), (CLIENT, 3, 3, "Tired.")],
            id="Word",
        ),
        pytest.param(
            WORD_ON_ONE_LINE,
            "Speaker 1",
            "file:word@1",
            [(CLINICIAN, 0, 3, "How are you?"), (CLIENT, 3, 3, "Tired.")],
            id="Word's, on one line",
        ),
        pytest.param(
            TABLE,
            None,
            "file:table@1",
            [(CLINICIAN, 0, 3, "How are you?"), (CLIENT, 3, 3, "Tired.")],
            id="table",
        ),
        pytest.param(
            TABLE_BY_NAME,
            None,
            "file:table-by-name@1",
            [(CLINICIAN, 0, 3, "How are you?"), (CLIENT, 3, 3, "Tired.")],
            id="table by name",
        ),
        pytest.param(
            "0:01  \nHow are you?\n\n0:15  \nTired.\n\nTranscribed by https://otter.ai\n",
            None,
            "file:times@1",
            [("unknown", 1, 15, "How are you?"), ("unknown", 15, 15, "Tired.")],
            id="Otter without speakers",
        ),
    ],
)
def test_a_platforms_transcript(
    tmp_path: Path, text: str, label: str | None, engine: str, expected: list[tuple[str, float, float, str]]
) -> None:
    assert read(tmp_path, text, label) == (engine, expected)
    assert kind_of(tmp_path / "a.txt") == "session"


def test_windows_line_ends_and_hard_spaces_are_no_other_layout(tmp_path: Path) -> None:
    assert read(tmp_path, TEAMS.replace("\n", "\r\n").replace("   ", "\u00a0\u00a0\u00a0")) == read(tmp_path, TEAMS)


def test_lines_above_the_first_speaker_are_counted_for_they_might_be_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEAMS, encoding="utf-8")
    _, transcript = read_text(tmp_path / "a.txt", SESSION)
    assert [gap.reason.split(" are ")[0] for gap in transcript.dropped] == ["3 lines above the first speaker"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param(TEAMS.replace("Jane Roe   0:21", "Jane Roe   0:2x"), 10, id="a broken time"),
        pytest.param(TEAMS.replace("Not great.", "[00:00:30] Jane Roe: private words"), 11, id="two layouts"),
        pytest.param(TEAMS.replace("Not great.", "[Jane Roe] 00:00:30"), 11, id="two layouts, heads only"),
        pytest.param(TEAMS.replace("Not great.", "0:25"), 11, id="a time of nobody"),
        pytest.param(TEAMS.replace("Dr. Ann Lee   0:03\n", ""), 7, id="words above the first speaker"),
        pytest.param("a\n" * 9 + TEAMS, 7, id="more above the first speaker than a title"),
        pytest.param(ZOOM.replace("[Dr. Lee] 23:59:58\n", ""), 1, id="Zoom, words above the first speaker"),
        pytest.param(TABLE.replace("0:03\tJane Roe", "0:03\t"), 3, id="a row without a speaker"),
        pytest.param("Jane - 0:05\nprivate words\nAnn - 0:09\nmore private words\n", 1, id="an unknown layout"),
    ],
)
def test_what_fits_no_layout_is_refused_with_its_line_and_without_its_words(
    tmp_path: Path, text: str, place: int
) -> None:
    with pytest.raises(SourceRefused) as caught:
        read(tmp_path, text)
    assert f"Line {place} " in str(caught.value)
    assert not any(word in str(caught.value) for word in ("private", "great", "week", "Roe"))


def test_a_turn_without_words_loses_none(tmp_path: Path) -> None:
    _, found = read(tmp_path, TEAMS.replace("Any thoughts of dying?\n", ""))
    assert [text for *_, text in found] == ["How did the week go?", "Not great. I slept four hours, maybe."]


@pytest.mark.parametrize(
    "text",
    [
        "Session start  10:02\nSession end  10:50\nMood low. No SI.\nNext session: 3:15 pm.\n",
        "Started at 10:02.\nMood: low.\nPlan: call at 3:15.\n",
        "Plan  3:15\nMood is low and she sleeps four hours.\n",
        "10:00 she came in late.\nMood is low.\nShe left at 10:45.\n",
    ],
)
def test_a_typed_dictation_with_times_stays_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    assert kind_of(path) == "dictation"
    _, transcript = read_text(path, DICTATION)
    assert " ".join(turn.text for turn in transcript.turns).split() == text.split()
    assert {turn.speaker for turn in transcript.turns} == {"clinician"}


@pytest.mark.parametrize("text", [TEAMS, OTTER, ZOOM, MEET, BRACKETED, REV, WORD, TABLE])
def test_a_session_does_not_pass_as_a_dictation(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    with pytest.raises(SourceRefused, match="--kind session"):
        read_text(tmp_path / "a.txt", DICTATION)


def test_the_mark_below_a_dictation_without_times_is_not_dictated(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Mood is low.\n\nTranscribed by https://otter.ai\n", encoding="utf-8")
    _, transcript = read_text(tmp_path / "a.txt", DICTATION)
    assert [turn.text for turn in transcript.turns] == ["Mood is low."]


def test_the_client_may_say_what_the_program_says(tmp_path: Path) -> None:
    said = "Then she stopped transcription."
    _, found = read(tmp_path, TEAMS.replace("Not great.", said))
    assert found[1][3].startswith(said)


@pytest.mark.parametrize(
    ("stamp", "unpadded", "expected"),
    [
        ("0:03", False, 3.0),
        ("75:10", False, 4510.0),
        ("01:02:03", False, 3723.0),
        ("00:00:01,5", False, 1.5),
        ("0:0:6.90", True, 6.09),
        ("123:00:00.000", False, 442_800.0),
    ],
)
def test_times(stamp: str, unpadded: bool, expected: float) -> None:
    assert seconds(stamp, unpadded=unpadded) == expected


# What each layout writes, from generated talk: (heading, head of a turn and its words, footer).
WRITERS = {
    "teams": (
        "Title\nJuly 10, 2026, 8:42PM\n31m 5s\n",
        "{name}   {short}\n{words}\n\n",
        "Dr. Lee stopped transcription\n",
    ),
    "teams-cues": ("", "{unpadded} --> {unpadded}\n{name}\n{words}\n", ""),
    "otter": ("", "{name}  {short}  \n{words}\n\n", "Transcribed by https://otter.ai\n"),
    "zoom": ("", "[{name}] {long}\n{words}\n\n", ""),
    "meet": ("Title - Transcript\n", "{long}\n{name}: {words}\n", "Transcription ended after 09:00:00\n"),
    "bracketed": ("", "[{long}] {name}: {words}\n", ""),
    "rev": ("", "{name} ({long}):\n{words}\n", ""),
    "word": ("Audio file\na.wav\nTranscript\n", "{long} {name}\n{words}\n", ""),
    "table": ("Time\tSpeaker\tText\n", "{long}\t{name}\t{words}\n", ""),
    "table-by-name": ("", "{name}\t{long}\t{words}\n", ""),
}
NAMES = ("Dr. Lee", "Jane Roe", "O'Neil-Roe, Zoë", "李明")
SPEECH = st.lists(
    st.sampled_from(
        [
            "I",
            "don't",
            "sleep.",
            "well,",
            "Remember:",
            "3:15",
            "(0:30)",
            "50",
            "mg",
            "No.",
            "--",
            "[sighs]",
            "she",
            "said:",
        ]
        + [
            "“dying”",
            "Sam",
            "https://a.org",
            "transcription",
            "stopped",
            "Transcript",
            "👋",
            "naïve",
            "20%",
            "a/b",
            "1.",
        ]
    ),
    min_size=1,
    max_size=12,
)


def write(layout: str, said: list[tuple[str, int, list[str]]]) -> str:
    heading, turn, footer = WRITERS[layout]
    text = heading
    for name, at, words in said:
        hours, minutes, rest = at // 3600, at // 60 % 60, at % 60
        text += turn.format(
            name=name,
            words=" ".join(words),
            short=f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}",
            long=f"{hours:02d}:{minutes:02d}:{rest:02d}",
            unpadded=f"{hours}:{minutes}:{rest}.0",
        )
    return text + footer


ROLES = ("clinician", "client", "client2", "other")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 3000), SPEECH), min_size=2, max_size=8))
@pytest.mark.parametrize("layout", WRITERS)
def test_every_word_is_there_in_order_with_its_speaker_and_time_or_its_line_is_named(
    tmp_path: Path, layout: str, spoken: list[tuple[str, int, list[str]]]
) -> None:
    said, at = [("Dr. Lee", 0, ["So,", "tell", "me."])], 0
    for name, pause, words in spoken:
        at += pause
        said.append((name, at, words))
    (tmp_path / "a.txt").write_text(write(layout, said), encoding="utf-8")
    try:
        _, transcript = read_text(tmp_path / "a.txt", SESSION, "Dr. Lee")
    except SourceRefused as refused:
        assert refused.what.startswith("Line ")
        assert any(":" in word for _, _, words in said for word in words)
        return
    role = dict(zip(dict.fromkeys(name for name, _, _ in said), ROLES, strict=False))
    expected = [(role[name], at, word) for name, at, words in said for word in words]
    found = [(turn, word) for turn in transcript.turns for word in turn.text.split()]
    assert [(turn.speaker, word) for turn, word in found] == [(speaker, word) for speaker, _, word in expected]
    assert all(turn.start <= at <= turn.end for (turn, _), (_, at, _) in zip(found, expected, strict=True))


def test_every_layout_has_a_writer_and_says_where_it_was_seen() -> None:
    layouts = load_layouts()
    assert {layout.name for layout in layouts} == {*WRITERS, "times"}
    assert all(layout.source and isinstance(layout, Layout) for layout in layouts)
    for name in WRITERS:
        found = find(lines_of(write(name, [("Dr. Lee", 0, ["Hi."]), ("Jane Roe", 5, ["Hello."])])))
        assert found and found.name == name
