"""Transcript files as platforms export them, typed dictations, and what is neither."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline import consent
from pipeline.errors import EvenfallError, NoSpeech, SourceRefused
from pipeline.speech.transcripts.cues import prefix_of
from pipeline.speech.transcripts.files import kind_of, read_text
from pipeline.speech.transcripts.roles import roles
from pipeline.types import Consent, Recording, Transcript

NOW = datetime.now(UTC)
DICTATION = consent.ask("dictation", None, (), (), NOW)
SESSION = consent.ask(
    "session",
    "K7",
    ["client"],
    [
        Consent(
            client="K7",
            participant="client",
            scope=("record", "transcribe"),
            method="written",
            wording="v1",
            given_at=NOW,
        )
    ],
    NOW,
)
ZOOM = """WEBVTT

1
00:00:01.000 --> 00:00:04.500
Dr. Lee: How have you been?

2
00:00:05.000 --> 00:00:08.250
Sam Roe: Not great. I've been

3
00:00:08.300 --> 00:00:09.000
Sam Roe: thinking: it won't change.

4
00:00:09.500 --> 00:00:11.000
Dr. Lee: Okay.
"""
MISHEARD = """WEBVTT

1
00:00:01.000 --> 00:00:04.500
Dr. Lee: Do you ever want to dirt yourself?

2
00:00:05.000 --> 00:00:08.250
Sam Roe: No.
"""
TEAMS = """\ufeffWEBVTT

NOTE exported

5a-1
0:0:0.500 --> 0:0:2.0
<v Therapist>Tell me &amp; take <i>time</i>.</v>

5a-2
00:02.100 --> 00:04.000 align:start
<v Jo>I did.</v>
<v Therapist>Good.</v>
"""
SUBRIP = """1
00:00:01,000 --> 00:00:02,500
THERAPIST: Any <b>thoughts</b>
of dying?

2
00:00:03,000 --> 00:00:04,000
CLIENT: No.
""".replace("\n", "\r\n")


def read(
    tmp_path: Path, name: str, content: str | bytes, permit: consent.Permit = SESSION, clinician: str | None = None
) -> tuple[Recording, Transcript]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_text(path, permit, clinician)


def turns(
    tmp_path: Path, name: str, content: str | bytes, permit: consent.Permit = SESSION, clinician: str | None = None
) -> list[tuple[str, float, float, str]]:
    _, transcript = read(tmp_path, name, content, permit, clinician)
    return [(turn.speaker, turn.start, turn.end, turn.text) for turn in transcript.turns]


def refused(
    tmp_path: Path, name: str, content: str | bytes, permit: consent.Permit = SESSION, clinician: str | None = None
) -> str:
    with pytest.raises(SourceRefused) as caught:
        read(tmp_path, name, content, permit, clinician)
    return str(caught.value)


def test_a_zoom_transcript(tmp_path: Path) -> None:
    assert turns(tmp_path, "a.vtt", ZOOM) == [
        ("clinician", 1.0, 4.5, "How have you been?"),
        ("client", 5.0, 9.0, "Not great. I've been thinking: it won't change."),
        ("clinician", 9.5, 11.0, "Okay."),
    ]


def test_what_a_platform_may_have_misheard_is_pointed_out(tmp_path: Path) -> None:
    _, transcript = read(tmp_path, "zoom.vtt", MISHEARD)
    (found,) = transcript.sounds_like
    assert transcript.evidence(found.turn_id, found.start, found.end).quote == "dirt yourself"
    assert found.phrase == "hurt yourself"


def test_a_teams_transcript_with_voice_tags(tmp_path: Path) -> None:
    assert turns(tmp_path, "a.vtt", TEAMS) == [
        ("clinician", 0.5, 2.0, "Tell me & take time."),
        ("client", 2.1, 4.0, "I did."),
        ("clinician", 2.1, 4.0, "Good."),
    ]


def test_subrip(tmp_path: Path) -> None:
    recording, transcript = read(tmp_path, "a.srt", SUBRIP)
    assert [(turn.id, turn.speaker, turn.text) for turn in transcript.turns] == [
        ("t1", "clinician", "Any thoughts of dying?"),
        ("t2", "client", "No."),
    ]
    assert recording.duration == 4.0
    assert recording.medium == "text" and recording.format == "srt" and recording.kind == "session"
    assert recording.sha256 == hashlib.sha256(SUBRIP.encode()).hexdigest()
    assert transcript.recording == recording.digest and transcript.engine == "file:srt"


def test_subrip_without_blank_lines_between(tmp_path: Path) -> None:
    content = SUBRIP.replace("\r\n\r\n", "\r\n")
    assert turns(tmp_path, "a.srt", content) == turns(tmp_path, "b.srt", SUBRIP)


def test_milliseconds_without_zeros_as_teams_writes_them(tmp_path: Path) -> None:
    content = "WEBVTT\n\n0:0:6.90 --> 0:0:6.500\n<v T>Go.</v>\n\n0:0:12.140 --> 0:0:13.5\n<v C>I.</v>\n"
    assert [turn[:3] for turn in turns(tmp_path, "a.vtt", content)] == [
        ("clinician", 6.09, 6.5),
        ("client", 12.14, 13.005),
    ]


WORDS = st.lists(
    st.sampled_from(["I", "don't", "No.", "NOTE", "7", "5:30", "sam:", "&", "a-b", "1.", "日本"]), min_size=1
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=6), st.sampled_from(["vtt", "srt"]))
def test_every_word_of_every_cue_is_there(tmp_path: Path, spoken: list[list[list[str]]], form: str) -> None:
    comma = "," if form == "srt" else "."
    content = "WEBVTT\n\nNOTE made\nby a test\n\n" if form == "vtt" else ""
    for number, lines in enumerate(spoken, 1):
        text = "\n".join(" ".join(words) for words in lines)
        content += f"{number}\n00:00:{number:02d}{comma}000 --> 00:00:{number:02d}{comma}500\nTherapist: {text}\n\n"
    _, transcript = read(tmp_path, f"a.{form}", content)
    said = [word for turn in transcript.turns for word in turn.text.split()]
    assert said == [word for lines in spoken for words in lines for word in words]


def test_a_long_monologue_is_several_turns_that_end_with_a_sentence(tmp_path: Path) -> None:
    cues = "".join(
        f"00:{n // 60:02d}:{n % 60:02d}.000 --> 00:{n // 60:02d}:{n % 60:02d}.900\nT: I went there and it was fine.\n\n"
        for n in range(60)
    )
    found = turns(tmp_path, "a.vtt", "WEBVTT\n\n" + cues + "00:01:00.000 --> 00:01:01.000\nC: Oh.\n")
    assert len(found) > 4
    assert all(text.endswith(".") and len(text.split()) < 80 for _, _, _, text in found)


def test_captions_without_full_stops_are_several_turns_too(tmp_path: Path) -> None:
    for label in ("", "T: "):
        found = turns(
            tmp_path, "a.vtt", zoom(*[f"{label}i went there and it was fine"] * 100), clinician=label[:1] or None
        )
        assert len(found) >= 4
        assert max(len(text.split()) for *_, text in found) < 130


def test_two_people_of_one_role_keep_their_turns_apart(tmp_path: Path) -> None:
    said = {"Ann": "I am", "Bo": "so", "Cy": "glad", "Di": "too", "Lee": "Yes."}
    content = zoom(*(f"<v {name}>{text}</v>" for name, text in said.items()))
    found = turns(tmp_path, "a.vtt", content, clinician="Lee")
    assert [turn[0] for turn in found] == ["client", "client2", "other", "other", "clinician"]
    assert [turn[3] for turn in found] == list(said.values())


def test_a_transcript_without_labels_has_unknown_speakers(tmp_path: Path) -> None:
    plain = "WEBVTT\n\n00:01.000 --> 00:02.000\nhow are\n\n00:02.100 --> 00:03.000\nyou? Fine.\n\n"
    assert turns(tmp_path, "a.vtt", plain + "00:03.100 --> 00:04.000\nRemember: breathe.\n") == [
        ("unknown", 1.0, 3.0, "how are you? Fine."),
        ("unknown", 3.1, 4.0, "Remember: breathe."),
    ]


def test_a_colon_in_speech_is_not_a_label(tmp_path: Path) -> None:
    content = ZOOM + "".join(f"\n{n}\n00:00:{n}.000 --> 00:00:{n}.500\nDr. Lee: Yes.\n" for n in range(20, 32))
    content += "\n40\n00:00:40.000 --> 00:00:41.000\nHomework: a walk.\n"
    assert turns(tmp_path, "a.vtt", content)[-1][3].endswith("Homework: a walk.")


LABELS = [
    "jane doe",
    "iPhone",
    "iPad (2)",
    "sarah's iPhone",
    "Jane & Tom",
    "Jane + Tom",
    "+1 555 123 4567",
    "Jane 🙂",
    "Jane|she/her",
    'Jane "JJ" Doe',
    "Jane Doe [Guest]",
    "jane (she/her)",
]


def zoom(*said: str) -> str:
    """Return a Zoom file of these cues, a second each."""
    cues = ""
    for number, text in enumerate(said, 1):
        second = f"00:{number // 60:02d}:{number % 60:02d}"
        cues += f"{number}\n{second}.000 --> {second}.900\n{text}\n\n"
    return f"WEBVTT\n\n{cues}"


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("first", [True, False])
def test_a_name_however_it_is_written_keeps_its_words(tmp_path: Path, label: str, first: bool) -> None:
    pair = [f"{label}: I want to die.", "Dr. Lee: How was the week?"]
    found = turns(tmp_path, "a.vtt", zoom(*(pair if first else pair[::-1]) * 6))
    assert {(speaker, text) for speaker, _, _, text in found} == {
        ("client", "I want to die."),
        ("clinician", "How was the week?"),
    }
    one = turns(tmp_path, "b.vtt", zoom(*["Dr. Lee: How was the week?"] * 12, f"{label}: I want to die."))
    assert one[-1][0] in ("unknown", "client")


def test_a_name_that_recurs_keeps_its_words_where_cues_go_on_without_one(tmp_path: Path) -> None:
    said = ["Dr. Lee: How was", "the week?", "jane doe: I want", "to die."] * 4
    assert {turn[0]: turn[3] for turn in turns(tmp_path, "a.vtt", zoom(*said))} == {
        "clinician": "How was the week?",
        "client": "I want to die.",
    }


def test_words_before_a_colon_and_times_do_not_become_a_person(tmp_path: Path) -> None:
    said = ["Dr. Lee: Let us see.", "the homework: a walk", "at 10:30 or", "so the plan is: rest.", "Jane: Yes."] * 2
    assert {turn[0] for turn in turns(tmp_path, "a.vtt", zoom(*said))} == {"clinician", "client"}


def test_words_under_a_name_that_comes_once_are_nobodys(tmp_path: Path) -> None:
    said = ["Dr. Lee: How was the week?", "Sam Roe: Fine."] * 8
    found = turns(tmp_path, "a.vtt", zoom(*said, "jane: I want to die."))
    assert (found[-1][0], found[-1][3]) == ("unknown", "jane: I want to die.")


@pytest.mark.parametrize("voice", ["<v >", "<v>", "<v.loud >", f"<v {'Jane ' * 30}>"])
def test_a_voice_without_a_name_is_nobodys(tmp_path: Path, voice: str) -> None:
    content = zoom("<v Dr. Lee>How was the week?</v>", f"{voice}I want to die.</v>")
    assert [turn[0] for turn in turns(tmp_path, "a.vtt", content)] == ["clinician", "unknown"]


def test_a_session_in_which_only_the_clinician_is_named_is_told(tmp_path: Path) -> None:
    _, transcript = read(tmp_path, "a.vtt", zoom(*["Dr. Lee: How was the week?"] * 12, "well it was bad"))
    assert transcript.warnings == (
        "Nobody but the clinician is named in this file: if the client speaks in it, their words stand as the "
        "clinician's. Set who spoke in review, or export it again with every speaker's name.",
    )
    assert read(tmp_path, "b.vtt", ZOOM)[1].warnings == ()
    assert read(tmp_path, "c.vtt", zoom("Dr. Lee: Mood is low."), DICTATION)[1].warnings == ()


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.srt", "00:00:01,000 --> 00:00:02,000\nHi.\n\nprivate words\n00:00:03,000 --> 00:00:04,000\nA\n", 4),
        ("a.vtt", "00:01.000 --> 00:02.000\nprivate words\n", 1),
        ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nHi.\n\n00:0x.000 --> 00:04.000\nprivate words\n", 6),
        ("a.vtt", "WEBVTT\n\n00:05.000 --> 00:02.000\nprivate words\n", 3),
        ("a.vtt", "WEBVTT\n\nprivate words\n", 4),
        ("a.srt", "1\n00:00:01,000 -> 00:00:02,000\nprivate words\n", 4),
        ("a.srt", "1\n00:00:01,000 --> soon\nprivate words\n", 2),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nHi.\n\nprivate words\n\n2\n00:00:03,000 --> 00:00:04,000\nA\n", 5),
        ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nHi.\n\nprivate words\n", 6),
        ("a.vtt", "WEBVTT\n\nprivate words\nid\n00:01.000 --> 00:02.000\nHi.\n", 3),
        ("a.json", '{"turns": [\n  {"speaker": "client",\n   "text": "private words"\n', 4),
    ],
)
def test_a_malformed_file_is_refused_with_its_line_and_without_its_words(
    tmp_path: Path, name: str, content: str, line: int
) -> None:
    message = refused(tmp_path, name, content)
    assert f"Line {line} " in message
    assert "private" not in message


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Dr. Lee: Hello.", "Dr. Lee"),
        ("SPEAKER 1: Hello.", "SPEAKER 1"),
        ("client 2: Hello.", "client 2"),
        ("Anna van der Berg (she/her): Hello.", "Anna van der Berg (she/her)"),
        ("Zoë O'Neil-Roe: Hello.", "Zoë O'Neil-Roe"),
        ("李明: Hello.", "李明"),
        ("my therapist said: do it.", None),
        ("My therapist said: do it.", None),
        ("I told her: no.", None),
        ("At 3:00 I left.", None),
        ("https://example.org", None),
        ("No label here.", None),
    ],
)
def test_what_is_a_label_before_a_line(text: str, label: str | None) -> None:
    assert prefix_of(text) == label


def test_headings_of_a_typed_dictation_do_not_make_it_a_session(tmp_path: Path) -> None:
    content = "Client: K7\nClinician: Dr. Lee\nMood: anxious.\nPlan: see in two weeks.\n"
    assert [text for *_, text in turns(tmp_path, "a.txt", content, DICTATION)] == content.strip().split("\n")


def test_typed_dictation_becomes_a_turn_a_sentence(tmp_path: Path) -> None:
    recording, transcript = read(
        tmp_path, "a.txt", "Mood: anxious. No SI, per Dr. Lee.\r\n\r\nPlan: see in two weeks", DICTATION
    )
    assert [turn.text for turn in transcript.turns] == [
        "Mood: anxious.",
        "No SI, per Dr. Lee.",
        "Plan: see in two weeks",
    ]
    assert {(turn.speaker, turn.start, turn.end) for turn in transcript.turns} == {("clinician", 0.0, 0.0)}
    assert recording.duration == 0.0 and recording.format == "txt"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    content = "She said it’s café time. Naïve.".encode(encoding)
    assert [text for *_, text in turns(tmp_path, "a.txt", content, DICTATION)] == [
        "She said it’s café time.",
        "Naïve.",
    ]


def test_a_sentence_that_an_editor_broke_is_whole(tmp_path: Path) -> None:
    text = (
        "She reported feeling very anxious about her work and that she is\n"
        "sleeping about four hours a night. No other complaints were brought\n"
        "up today\n\nnot sleeping\nno plans to harm herself\n"
    )
    assert [said for *_, said in turns(tmp_path, "a.txt", text, DICTATION)] == [
        "She reported feeling very anxious about her work and that she is sleeping about four hours a night.",
        "No other complaints were brought up today",
        "not sleeping",
        "no plans to harm herself",
    ]


def test_emoji_and_other_scripts_stay_and_control_characters_go(tmp_path: Path) -> None:
    content = "Mood 😀 👩‍👩‍👧 ok.\x00 Ça va\x07. 日本語。\u2028Next." + " More of the same text to come" * 5
    found = [text for *_, text in turns(tmp_path, "a.txt", content, DICTATION)]
    assert found[:4] == ["Mood 😀 👩‍👩‍👧 ok.", "Ça va.", "日本語。", "Next."]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(bytes(range(256)) * 20, id="binary"),
        pytest.param(b"\x00" * 100, id="zeros"),
        pytest.param("Mood is low.".encode("utf-16-le") * 9, id="UTF-16 without its mark"),
        pytest.param(b"%PDF-1.7\nplain enough", id="PDF"),
        pytest.param(b"{\\rtf1\\ansi Mood is low.}", id="RTF"),
        pytest.param(b"PK\x03\x04" + b"word/document.xml" * 20, id="Word"),
        pytest.param(b"", id="empty"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.vtt", "a.srt", "a.json"])
def test_what_is_no_text_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    refused(tmp_path, name, content, DICTATION)


@pytest.mark.parametrize("content", [" \n\n\t ", "\ufeff", "\ufeff \r\n"])
def test_a_file_without_words_is_no_speech(tmp_path: Path, content: str) -> None:
    with pytest.raises(NoSpeech):
        read(tmp_path, "a.txt", content, DICTATION)


@pytest.mark.parametrize("character", ["a", ".", " ", '"', "<", "{\\", ":", "A:", "1", "\u00e9", "a.b."])
@pytest.mark.parametrize("name", ["a.txt", "a.vtt", "a.srt"])
def test_a_very_long_line(tmp_path: Path, name: str, character: str) -> None:
    line = "Go. " + character * (100_000 // len(character))
    head = {"a.txt": "", "a.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n", "a.srt": "1\n00:00:01,000 --> 00:00:02,000\n"}
    assert turns(tmp_path, name, head[name] + line, DICTATION)


def test_folders_missing_files_and_other_kinds_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    for name in ("folder.txt", "nowhere.txt", "a\0b.txt"):
        with pytest.raises(SourceRefused):
            read_text(tmp_path / name, DICTATION)
    refused(tmp_path, "a.docx", "Mood is low.", DICTATION)


def test_there_is_no_way_to_read_a_transcript_without_a_permit(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_text(ZOOM, encoding="utf-8")
    with pytest.raises(TypeError):
        read_text(tmp_path / "a.vtt", None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.vtt", ZOOM),
        ("a.txt", ZOOM),
        ("a.srt", SUBRIP),
        ("a.txt", SUBRIP),
        ("a.txt", "Therapist: How are you?\nClient: Low.\n"),
        (
            "a.json",
            json.dumps({"turns": [{"speaker": "clinician", "text": "Hi."}, {"speaker": "client", "text": "Hi."}]}),
        ),
        ("a.json", json.dumps({"kind": "session", "turns": [{"speaker": "clinician", "text": "Hi."}]})),
    ],
)
def test_a_session_does_not_pass_as_a_dictation(tmp_path: Path, name: str, content: str) -> None:
    assert "--kind session" in refused(tmp_path, name, content, DICTATION)


def test_a_dictation_of_one_speaker_may_come_with_times(tmp_path: Path) -> None:
    content = "WEBVTT\n\n00:01.000 --> 00:02.000\nDr. Lee: Mood is low.\n"
    assert turns(tmp_path, "a.vtt", content, DICTATION) == [("clinician", 1.0, 2.0, "Mood is low.")]


GOLD = {
    "id": "x-1",
    "kind": "session",
    "turns": [
        {"id": "a1", "speaker": "clinician", "start": 0.0, "end": 2.5, "text": "Any  thoughts of dying?"},
        {"id": "a2", "speaker": "client", "start": 2.6, "end": 3, "text": "No. \ud83d\ude00"},
        {"id": "a3", "speaker": "client2", "start": 4, "end": 5, "text": "Never."},
    ],
    "findings": [{"category": "risk"}],
}


def test_a_document_of_the_gold_format(tmp_path: Path) -> None:
    recording, transcript = read(tmp_path, "a.json", json.dumps(GOLD))
    assert [(t.id, t.speaker, t.start, t.end, t.text) for t in transcript.turns] == [
        ("a1", "clinician", 0.0, 2.5, "Any  thoughts of dying?"),
        ("a2", "client", 2.6, 3.0, "No. 😀"),
        ("a3", "client2", 4.0, 5.0, "Never."),
    ]
    assert recording.duration == 5.0


@pytest.mark.parametrize(
    ("turn", "message"),
    [
        ({"text": "private words", "start": -1}, "Turn 2 of the JSON file has a wrong `start`"),
        ({"text": 7}, "`text`"),
        ({"start": 3}, "`text`"),
        ({"text": "private words", "start": 3, "end": 2}, "`end`"),
        ({"text": "private words", "start": float("nan")}, "`start`"),
        ({"text": "private words", "id": "t1"}, "same `id`"),
        ({"text": "private words", "speaker": ""}, "`speaker`"),
        ("private words", "no document"),
    ],
)
def test_a_wrong_turn_is_named_without_its_words(tmp_path: Path, turn: object, message: str) -> None:
    first = {"id": "t1", "speaker": "clinician", "text": "Hello."}
    if isinstance(turn, dict):
        turn = {"speaker": "client", **turn}
    said = refused(tmp_path, "a.json", json.dumps({"turns": [first, turn]}))
    assert message in said
    assert "private" not in said


@pytest.mark.parametrize(
    "content", ["[]", "{}", "7", "null", '{"turns": []}', '{"turns": 3}', '{"kind": "song"}', "[" * 100_000]
)
def test_json_that_is_no_document_is_refused(tmp_path: Path, content: str) -> None:
    refused(tmp_path, "a.json", content)


def test_a_lone_surrogate_in_json_does_not_reach_the_digest(tmp_path: Path) -> None:
    content = '{"turns": [{"speaker": "clinician", "text": "Low \\ud800\\u0000mood."}]}'
    _, transcript = read(tmp_path, "a.json", content)
    assert transcript.turns[0].text == "Low mood."
    assert transcript.digest


ASKED = "00:01.000 --> 00:04.000\nTherapist: How would you rate it?\n"
ANSWERED = "00:05.000 --> 00:06.000\nTherapist: From ten?\n"


def test_a_number_that_was_said_is_not_taken_for_a_cues(tmp_path: Path) -> None:
    found = turns(tmp_path, "a.vtt", f"WEBVTT\n\n{ASKED}Client: about\n7\n{ANSWERED}")
    assert [text for *_, text in found] == ["How would you rate it?", "about 7", "From ten?"]
    found = turns(tmp_path, "a.vtt", f"WEBVTT\n\n1\n{ASKED}Client: about\n7\n2\n{ANSWERED}")
    assert [text for *_, text in found] == ["How would you rate it?", "about 7", "From ten?"]
    found = turns(tmp_path, "a.vtt", f"WEBVTT\n\n1\n\n{ASKED}\n2\n\n{ANSWERED}")
    assert [text for *_, text in found] == ["How would you rate it? From ten?"]


@pytest.mark.parametrize(
    "content",
    [
        f"WEBVTT\n\n{ASKED}\n30\n\n{ANSWERED}",
        f"WEBVTT\n\n{ASKED}\n7\n{ANSWERED}",
        f"WEBVTT\n\n1\n{ASKED}\n30\n2\n{ANSWERED}",
        f"WEBVTT\n\n1\n{ASKED}\n30\n\n2\n{ANSWERED}",
    ],
)
def test_a_number_of_no_cue_is_refused_and_not_lost(tmp_path: Path, content: str) -> None:
    assert "malformed" in refused(tmp_path, "a.vtt", content)


ROLLING = """WEBVTT

00:00.000 --> 00:02.000
Therapist: so how was

00:01.000 --> 00:03.000
Therapist: so how was
your week with

00:02.000 --> 00:04.000
your week with
the pills

00:05.000 --> 00:08.000
Client: I skipped them
"""


def test_rolling_captions_are_what_was_said_once(tmp_path: Path) -> None:
    said = [text for *_, text in turns(tmp_path, "a.vtt", ROLLING)]
    assert said == ["so how was your week with the pills", "I skipped them"]


def test_what_somebody_says_again_stays(tmp_path: Path) -> None:
    cues = "".join(
        f"00:0{at}.000 --> 00:0{at + 1}.000\n{words}\n\n"
        for at, words in enumerate(["Client: I can't", "Client: I can't", "Client: I can't go on", "Therapist: Go on."])
    )
    said = [text for *_, text in turns(tmp_path, "a.vtt", f"WEBVTT\n\n{cues}")]
    assert said == ["I can't I can't I can't go on", "Go on."]


TALK = ("How was the week?", "Bad. I want to die.", "Since when?", "On Monday.")


def talk(first: str, second: str) -> str:
    return "\n".join(f"{label} {words}" for label, words in zip((first, second) * 2, TALK, strict=True))


@pytest.mark.parametrize(
    "content",
    [
        talk("Dr. Lee:", "Sam:"),
        talk("Therapist:", "Sam:"),
        talk("Speaker 1:", "Speaker 2:"),
        talk("Q:", "A:"),
        talk("**Therapist:**", "**Client:**"),
        talk("**Ana**:", "**Sam**:"),
        "T1: How was it?\nC1: Bad.\nT2: Since when?\nC2: On Monday.",
        "Dr. Lee: How was the week?\nSam: Bad. I want to die.",
        talk("ana:", "sam:") + "\n" + talk("ana:", "sam:"),
        talk("Ana [00:10]:", "Sam [00:14]:"),
        talk("Ana (2:04 PM)\n", "Sam (2:05 PM)\n"),
        talk("[Ana Lee] 02:00:33 PM\n", "[Sam Poe] 02:01:33 PM\n"),
        talk("2:04 PM Ana:", "2:05 PM Sam:"),
    ],
)
def test_people_who_take_turns_are_a_session_and_never_pass_as_a_dictation(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_text(content, encoding="utf-8")
    assert kind_of(tmp_path / "a.txt") == "session"
    refused(tmp_path, "a.txt", content, permit=DICTATION)


@pytest.mark.parametrize(
    "content",
    [
        "S: low\nO: flat\nA: MDD\nP: weekly\nS: low\nO: flat\nA: MDD\nP: weekly",
        "Mood: low\nRisk: none\nMood: fair\nRisk: none",
        "PHQ-9: 14\nGAD-7: 11\nPHQ-9: 12\nGAD-7: 9",
        "Client: K7\nTherapist: Ana Ruiz\nMood: low\nPlan: weekly",
        "Client: K7\nDate: 3 May\nMood low.",
        "Mood log:\n10:00 Anxious\n11:00 Calm\n12:00 Anxious\n13:00 Calm",
        "Woke 3:00\nSlept 4:00\nWoke 5:00\nSlept 6:00\nShe was tired.",
        "Situation: work\nThought: I fail\nSituation: home\nThought: I am alone",
        "**Mood:** low\n**Plan:** weekly",
    ],
)
def test_headings_that_come_again_are_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_text(content, encoding="utf-8")
    assert kind_of(tmp_path / "a.txt") == "dictation"
    _, transcript = read(tmp_path, "a.txt", content, DICTATION)
    assert {turn.speaker for turn in transcript.turns} == {"clinician"}


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", "", "dictation"),
        ("a.VTT", "", "session"),
        ("a.srt", "", "session"),
        ("a.json", json.dumps(GOLD), "session"),
        ("a.json", '{"turns": [{"text": "x"}]}', None),
        ("a.json", "{", None),
        ("a.wav", "", None),
    ],
)
def test_the_kind_of_a_file(tmp_path: Path, name: str, content: str, kind: str | None) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert kind_of(tmp_path / name) == kind
    assert kind_of(tmp_path / "nowhere.json") is None


@pytest.mark.parametrize(
    ("labels", "clinician", "expected"),
    [
        (["Therapist", "Sam"], None, ["clinician", "client"]),
        (["Sam", "Patient's mother", "Dr. Lee"], "dr lee", ["client", "other", "clinician"]),
        (["Patient’s mother", "Patient", "Dr. Lee"], None, ["other", "client", "clinician"]),
        (["Mother", "Sam", "Therapist"], None, ["other", "client", "clinician"]),
        (["A friend of the client", "Client", "Therapist"], None, ["other", "client", "clinician"]),
        (["Client", "Therapist's supervisor", "Therapist"], None, ["client", "other", "clinician"]),
        (["Client's iPhone", "Office of Dr. Lee"], None, ["client", "clinician"]),
        (["Mother", "Therapist"], None, ["client", "clinician"]),
        (["Husband", "Wife", "Ann"], "Ann", ["client", "client2", "clinician"]),
        (["Client 2", "Client 1", "Therapist"], None, ["client2", "client", "clinician"]),
        (["Client (Jo)", "client", "Therapist"], None, ["client2", "client", "clinician"]),
        (["PATIENT", "Kim"], None, ["client", "clinician"]),
        (["T", "C"], None, ["clinician", "client"]),
        (["Clinician", "Client 1", "Client 2"], None, ["clinician", "client", "client2"]),
        (["Speaker 1", "Speaker 2"], "Speaker 2", ["client", "clinician"]),
        (
            ["Speaker 1", "Speaker 2", "Speaker 3", "Speaker 4"],
            "speaker 1",
            ["clinician", "client", "client2", "other"],
        ),
        (["Social Worker Ann", "Bo"], None, ["clinician", "client"]),
        (["Therapist A", "Therapist B", "Client"], None, ["clinician", "clinician", "client"]),
        (["Jane Roe", "Unknown Speaker", "Dr. Lee"], None, ["client", "unknown", "clinician"]),
        (["Unknown Speaker"], None, ["unknown"]),
        (["Dr. Roe", "Ann Lee"], "Ann Lee", ["client", "clinician"]),
        (["Jane Doctor", "Ann Lee", "Sam"], "Ann Lee", ["client", "clinician", "client2"]),
    ],
)
def test_labels_to_roles(labels: list[str], clinician: str | None, expected: list[str]) -> None:
    assert list(roles(dict.fromkeys(labels, ""), "session", clinician).of.values()) == expected


@pytest.mark.parametrize(
    ("labels", "clinician"),
    [
        (["Ann", "Bo"], None),
        (["Speaker 1"], None),
        (["Therapist", "Ann", "Bo"], None),
        (["Ann", "Bo"], "Cy"),
        (["Dr. Lee", "Dr. Roe"], None),
        (["Ann", "Unknown Speaker"], None),
    ],
)
def test_labels_that_stay_unknown_are_asked_for(labels: list[str], clinician: str | None) -> None:
    with pytest.raises(SourceRefused, match="--clinician LABEL") as caught:
        roles(dict.fromkeys(labels, "How are you?"), "session", clinician)
    assert labels[0] in caught.value.next_step


ASKS = "What brings you here today? How long have you felt that way? What helps when it gets that bad? "
TELLS = "I can't sleep, my boss shouts at me, and then I cry in the car because I don't know what to do. "


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"Ann": TELLS * 2, "Bo": ASKS * 2}, ["client", "clinician"]),
        ({"Ann": TELLS * 2, "Bo": TELLS * 2, "Cy": ASKS * 3}, ["client", "client2", "clinician"]),
        ({"Dr. Lee": ASKS * 2, "Dr. Roe": TELLS * 2}, ["clinician", "client"]),
    ],
)
def test_without_a_label_that_tells_it_the_words_tell_the_clinician(said: dict[str, str], expected: list[str]) -> None:
    found = roles(said, "session", None)
    assert list(found.of.values()) == expected
    assert found.told_by == "who@1"


@pytest.mark.parametrize(
    "said",
    [
        {"Ann": "Hi.", "Bo": "How are you?"},
        {"Ann": TELLS * 3, "Bo": TELLS * 3},
        {"Therapist": ASKS * 2, "Ann": TELLS * 2, "Bo": ASKS * 2},
        {"Client": TELLS * 2, "Ann": TELLS * 2, "Bo": TELLS * 2},
    ],
)
def test_where_the_words_leave_a_doubt_the_user_is_asked(said: dict[str, str]) -> None:
    with pytest.raises(SourceRefused, match="--clinician LABEL"):
        roles(said, "session", None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=400), st.sampled_from([".txt", ".vtt", ".srt", ".json"]), st.booleans())
@example(b"WEBVTT\n\n00:00.000 --> 00:00.000\n<v >x", ".vtt", True)
@example(b"\xff\xfe\x00", ".txt", False)
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, suffix: str, session: bool) -> None:
    for prefix in (b"", b"WEBVTT\n\n00:01.000 --> 00:02.000\n", b"1\n00:00:01,000 --> 00:00:02,000\nA: b\n\n"):
        try:
            _, transcript = read(tmp_path, f"a{suffix}", prefix + content, SESSION if session else DICTATION)
        except EvenfallError:
            continue
        assert Transcript.read(transcript.model_dump_json()).digest == transcript.digest


LINE = st.text(st.sampled_from("ab \n:.-><0123456789,WEBVTT\t&;é"), max_size=80)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(LINE, max_size=6), st.sampled_from([".txt", ".vtt", ".srt"]))
def test_text_that_is_nearly_a_transcript_is_read_or_refused(tmp_path: Path, lines: list[str], suffix: str) -> None:
    content = "WEBVTT\n\n00:01.000 --> 00:02.000\n" * (suffix == ".vtt") + "\n\n".join(lines)
    try:
        _, transcript = read(tmp_path, f"a{suffix}", content, SESSION, None)
    except EvenfallError:
        return
    assert all(turn.text.strip() for turn in transcript.turns)
