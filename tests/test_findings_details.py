"""What a document says about its own session, and what it does not."""

import pytest

from pipeline.findings import find_details
from pipeline.types import Kind, Transcript, Turn


def details(text: str, kind: Kind = "dictation") -> dict[str, str]:
    turn = Turn(id="t1", speaker="clinician", start=0.0, end=1.0, text=text)
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
        ("Couples session by video, 80 minutes.", "minutes 80, modality telehealth, participants client and partner"),
        (
            "Individual therapy, eleven to eleven fifty a.m.",
            "start_time 11:00, end_time 11:50, participants client",
        ),
        ("He came twenty minutes late.", ""),
        ("She walked for thirty minutes on Sunday.", ""),
        ("She sleeps from 11 to 6.", ""),
        ("Next time we will meet by video.", ""),
        (" .", ""),
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
