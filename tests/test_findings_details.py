"""What a document says about its own session, and what it does not."""

import pytest

from pipeline.findings import find_details
from pipeline.types import Kind, Speaker, Transcript, Turn


def details(text: str, kind: Kind = "dictation", speaker: Speaker = "clinician") -> dict[str, str]:
    turn = Turn(id="t1", speaker=speaker, start=0.0, end=1.0, text=text)
    said = Transcript(recording="0" * 64, kind=kind, engine="test", turns=(turn,))
    return {detail.key: detail.value for detail in find_details(said)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Progress note, 4 p.m., telehealth, fifty minutes.", "start_time 16:00, minutes 50, modality telehealth"),
        ("Two thirty p.m. client, forty-five minutes, in person.", "start_time 14:30, minutes 45, modality in person"),
        ("Note for January 9th, 2026, 10 to 10:50 am.", "date 2026-01-09, start_time 10:00, end_time 10:50"),
        ("Third of May, twenty twenty-six, phone session.", "date 2026-05-03, modality phone"),
        ("2026-02-30 is no day.", ""),
        ("Session started at 02:10:33 PM and ended at 03:00:12 PM.", "start_time 14:10"),
        ("Session from 2:10:33 to 3:00:12 pm, telehealth.", "start_time 14:10, end_time 15:00, modality telehealth"),
        ("Session started at 1:02:10:33 PM.", ""),
        ("Couples session by video, 80 minutes.", "minutes 80, modality telehealth, participants client and partner"),
        (
            "Individual therapy, eleven to eleven fifty a.m.",
            "start_time 11:00, end_time 11:50, participants client",
        ),
        ("He came twenty minutes late.", ""),
        # What was planned, or is so of a part or of somebody else, stays open.
        ("Forty-five minutes of a planned sixty minute session.", ""),
        ("Fifty minute session cut short at twenty-five.", ""),
        ("A sixty minute session was booked but we stopped at thirty minutes.", ""),
        ("Normally by video but today in person, fifty minutes.", ""),
        ("Her mother joined by phone for the last ten minutes, otherwise in person.", "modality in person"),
        ("Couples session booked but only the husband came.", ""),
        ("She walked for thirty minutes on Sunday.", ""),
        ("She sleeps from 11 to 6.", ""),
        ("Next time we will meet by video.", ""),
        (" .", ""),
        ("Saw the client today for fifty minutes by telehealth.", "minutes 50, modality telehealth"),
        ("Met with client and her partner for fifty minutes.", "minutes 50"),
        ("I saw Dana for fifty minutes.", "minutes 50"),
        ("We spent fifty minutes on exposure.", "minutes 50"),
        ("She spent fifty minutes in the shower.", ""),
        # A heading in fragments, however it is punctuated, or a sentence about the session.
        ("Tuesday March third, fifty minutes, telehealth.", "minutes 50, modality telehealth"),
        ("Four p.m., fifty minutes by video.", "start_time 16:00, minutes 50, modality telehealth"),
        ("progress note four p.m. telehealth fifty minutes", "start_time 16:00, minutes 50, modality telehealth"),
        ("Progress note, four p.m. She reports waking at five a.m.", "start_time 16:00"),
        ("Client seen for fifty minutes by telehealth.", "minutes 50, modality telehealth"),
        ("She was seen at 4 p.m. for fifty minutes in person.", "start_time 16:00, minutes 50, modality in person"),
        ("Client attended by video.", "modality telehealth"),
        ("We met for fifty minutes via Zoom.", "minutes 50, modality telehealth"),
        (
            "I met with her in person from three to three fifty p.m.",
            "start_time 15:00, end_time 15:50, modality in person",
        ),
        ("She had a hard week. We met for fifty minutes.", "minutes 50"),
        ("She's nineteen, fifty minutes, office.", "minutes 50"),
        ("The date is march thirty first twenty twenty six.", "date 2026-03-31"),
        ("Date of service: March 3rd, 2026.", "date 2026-03-03"),
        (
            "She slept badly. She cried. He left. They fought. She ate. It rained. Seen on March 3rd, 2026.",
            "date 2026-03-03",
        ),
        ("Start time 2 p.m., end time 2:50 p.m.", "start_time 14:00"),
        ("The session was held in person and lasted fifty minutes.", "minutes 50, modality in person"),
        ("Session note for M.T., March 3, 2026, in person.", "date 2026-03-03, modality in person"),
        ("Woman of 34 seen by video for fifty minutes for panic.", "minutes 50, modality telehealth"),
        ("On March 3, 2026 I met with the client for fifty minutes.", "date 2026-03-03, minutes 50"),
        (
            "Individual session. March 3rd, 2026. Client's 4 p.m.",
            "date 2026-03-03, start_time 16:00, participants client",
        ),
        ("I met with Wren by video.", "modality telehealth"),
        ("Session held on 3 March 2026 by phone.", "date 2026-03-03, modality phone"),
        ("Client was seen on March 3rd, 2026.", "date 2026-03-03"),
        # What somebody did or has keeps its own times.
        ("Client reports waking at four a.m.", ""),
        ("client reports waking at four a.m. most nights", ""),
        ("Waking at four a.m. again.", ""),
        ("Nightmares, around four a.m.", ""),
        ("She wakes early, four a.m., and lies there.", ""),
        ("She goes to bed at eleven p.m. and gets up at six a.m.", ""),
        ("Works from nine a.m. to five p.m.", ""),
        ("She takes lithium at nine p.m.", ""),
        ("Her sister called at four p.m. on Sunday.", ""),
        ("She had a thirty minute panic attack.", ""),
        ("Thirty minute panic attack on Sunday.", ""),
        ("The panic attack lasted thirty minutes.", ""),
        ("She cried for twenty minutes.", ""),
        ("She had a forty-five minute argument with her partner.", ""),
        ("Thirty minute bus ride to work.", ""),
        ("She had a video call with her sister.", ""),
        ("Video call with her sister on Sunday.", ""),
        ("He works in the office three days.", ""),
        ("In-person classes are hard.", ""),
        ("I met with her sister by video.", ""),
        ("She saw her psychiatrist by video.", ""),
        ("She attends group therapy on Mondays.", ""),
        ("Her last suicide attempt was on March third twenty twenty five.", ""),
        ("Last suicide attempt March third twenty twenty five.", ""),
        ("Attempted suicide, March 3rd, 2025.", ""),
        ("My court date is March 3rd, 2026.", ""),
        ("Sertraline started March 3rd, 2026.", ""),
        ("Session ended at four p.m.", ""),
        ("Anxiety peaked at four p.m. for thirty minutes.", ""),
        ("Her husband joined by video.", ""),
        ("Plan: telehealth next week at four p.m.", ""),
        ("He was seen in the ER at 4 a.m.", ""),
        ("Nightmares. She woke. Four a.m.", ""),
        ("She had a panic attack. Thirty minutes.", ""),
        ("Last attempt. March 3rd, 2025.", ""),
        ("Her son died. March 3rd, 2024.", ""),
        ("Court date, March 3rd, 2026.", ""),
        ("Her release date is the third of March 2026.", ""),
        ("Sober since March 3rd, 2025.", ""),
        ("Date of birth March 3rd, 2014.", ""),
        ("Next session April 2nd, 2026.", ""),
        ("Her mother died on 2025-03-03.", ""),
        ("On March 3rd, 2025 she took an overdose.", ""),
    ],
)
def test_details(text: str, expected: str) -> None:
    assert ", ".join(f"{key} {value}" for key, value in details(text).items()) == expected


def test_the_source_is_who_said_it() -> None:
    turn = Turn(id="t1", speaker="clinician", start=0.0, end=1.0, text="We've got fifty minutes today.")
    said = Transcript(recording="0" * 64, kind="session", engine="test", turns=(turn,))
    (detail,) = find_details(said)
    assert (detail.key, detail.value, detail.source) == ("minutes", "50", "clinician said")
    assert [e.quote for e in detail.evidence] == ["fifty minutes"]


@pytest.mark.parametrize(
    ("speaker", "text", "expected"),
    [
        ("clinician", "We've got thirty minutes today.", "minutes 30"),
        ("clinician", "Is the video okay?", "modality telehealth"),
        ("client", "Twenty minutes. I need to say something.", ""),
        ("client", "I woke at four a.m. and it took thirty minutes.", ""),
        ("client", "March third, twenty twenty-five.", ""),
        ("client", "My court date is March 3rd, 2026.", ""),
        ("clinician", "You had a video call with your sister?", ""),
    ],
)
def test_details_of_a_session(speaker: Speaker, text: str, expected: str) -> None:
    assert ", ".join(f"{key} {value}" for key, value in details(text, "session", speaker).items()) == expected
