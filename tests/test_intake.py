"""What comes in: which files of a folder count, and whose each is by sidecar, name, calendar and command line."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import intake, resources
from pipeline.cli.pairing import ask_for
from pipeline.config import Settings
from pipeline.errors import EvenfallError, Refused, SettingsInvalid, SourceRefused
from pipeline.intake import Incoming, Unusable, Wish
from pipeline.intake.naming import read_name
from pipeline.intake.rules import Rules, load_rules
from pipeline.speech.transcripts import files

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//a practice//EN
BEGIN:VTIMEZONE
TZID:America/Chicago
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0600
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0600
TZOFFSETTO:-0500
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:weekly
SUMMARY:AB12 telehealth
DTSTART;TZID=America/Chicago:20261007T080000
DTEND;TZID=America/Chicago:20261007T085000
RRULE:FREQ=WEEKLY;BYDAY=WE
EXDATE;TZID=America/Chicago:20261118T080000
END:VEVENT
BEGIN:VEVENT
UID:weekly
RECURRENCE-ID;TZID=America/Chicago:20261111T080000
SUMMARY:AB12 telehealth
STATUS:CANCELLED
DTSTART;TZID=America/Chicago:20261111T080000
DTEND;TZID=America/Chicago:20261111T085000
END:VEVENT
BEGIN:VEVENT
UID:weekly
RECURRENCE-ID;TZID=America/Chicago:20261104T080000
SUMMARY:AB12 telehealth
DTSTART;TZID=America/Chicago:20261105T170000
DTEND;TZID=America/Chicago:20261105T175000
END:VEVENT
BEGIN:VEVENT
UID:couple
SUMMARY:K-7: first hour
DTSTART:20261125T150000Z
DTEND:20261125T160000Z
END:VEVENT
BEGIN:VEVENT
UID:lunch
SUMMARY:Lunch with the team
DTSTART:20261125T140000Z
DTEND:20261125T160000Z
END:VEVENT
BEGIN:VEVENT
UID:holiday
SUMMARY:ZZ1
DTSTART;VALUE=DATE:20261125
DTEND;VALUE=DATE:20261127
END:VEVENT
BEGIN:VEVENT
UID:double
SUMMARY:C3
DTSTART:20261125T180000Z
DTEND:20261125T190000Z
END:VEVENT
BEGIN:VEVENT
UID:booked
SUMMARY:D4
DTSTART:20261125T183000Z
DTEND:20261125T193000Z
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Recordings"
    made.mkdir()
    return made


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("EVENFALL_HOME", str(home))
    return Settings(home=home)


def put(path: Path, content: str | bytes | None = None) -> Path:
    """Write a file; without a content it holds bytes of its own, which no decoder would take."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = f"sound of {path}" if content is None else content
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def found(folder: Path, settings: Settings, **wish: Any) -> list[Incoming | Unusable]:
    return list(intake.find([folder], Wish(**wish), settings))


def only(folder: Path, settings: Settings, **wish: Any) -> Incoming:
    (one,) = found(folder, settings, **wish)
    assert isinstance(one, Incoming), one
    return one


def unusable(folder: Path, settings: Settings, **wish: Any) -> Unusable:
    (one,) = found(folder, settings, **wish)
    assert isinstance(one, Unusable), one
    return one


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("AB12_2026-11-25_session.m4a", "AB12 session 2026-11-25"),
        ("2026-11-25 AB12 session.m4a", "AB12 session 2026-11-25"),
        ("20261125 K-7 dictation.wav", "K-7 dictation 2026-11-25"),
        ("ab12 memo.m4a", "ab12 dictation -"),
        ("AB12 2026-11-25 session 50min.m4a", "AB12 session 2026-11-25 50"),
        ("AB12_2026-11-25_session (1).m4a", "AB12 session 2026-11-25"),
        ("AB12 2026-11-25 14.05.m4a", "AB12 - 2026-11-25 at 14:05"),
        ("GMT20261125-140000_Recording.m4a", "- session 2026-11-25 at 14:00"),
        ("GMT20261125-140000_Recording_1920x1080.mp4", "- session 2026-11-25 at 14:00"),
        ("20261125_140312.m4a", "- - 2026-11-25 at 14:03"),
        ("New Recording 12.m4a", "- - -"),
        ("ZOOM0001 2026-11-25.wav", "- - -"),  # a recorder's number is no client
        ("REC001 session.wav", "- - -"),
        ("AB12 2026-02-30 session.m4a", "- - -"),  # there is no such day
        ("notes about AB12.m4a", "- - -"),
        ("Anna Schmidt 2026-11-25.m4a", "- - -"),  # a name is no reference
    ],
)
def test_what_a_name_says(name: str, says: str, settings: Settings) -> None:
    read = read_name(Path(name).stem, load_rules(settings.home).templates)
    began = f"at {read.began.astimezone(UTC) if 'GMT' in name else read.began:%H:%M}" if read.began else None
    parts = (read.client or "-", read.kind or "-", read.day or "-", read.minutes, began)
    assert " ".join(str(part) for part in parts if part is not None) == says


def test_names_of_ones_own_come_first_and_are_checked(folder: Path, settings: Settings) -> None:
    put(folder / "Termin K7 vom 25.11.2026.m4a")
    rules = settings.home / "intake.yaml"
    rules.write_text('dates: ["%d.%m.%Y"]\nnames:\n  - name: "Termin {client} vom {date}"\n    kind: session\n')
    one = only(folder, settings)
    assert (one.client, one.kind, one.day) == ("K7", "session", date(2026, 11, 25))
    assert dict(one.known_from) == {"client": "file name", "kind": "file name", "day": "file name"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('names: [{name: "{klient} {date}"}]', "{klient}"),
        ('names: [{name: "{client} {client}"}]', "twice"),
        ('dates: ["%d %B"]', "dates.0"),
        ("reference: '['", "reference"),
        ("reference: '(?P<x>a)'", "reference"),
        ("colour: red", "colour"),
        ("calendar: {feild: SUMMARY}", "calendar.feild"),
        ("watch: {still_seconds: 0}", "watch.still_seconds"),
    ],
)
def test_wrong_rules_are_refused_with_their_key(text: str, key: str, settings: Settings) -> None:
    (settings.home / "intake.yaml").write_text(text)
    with pytest.raises(SettingsInvalid) as error:
        load_rules(settings.home)
    assert key in str(error.value)
    assert "intake.yaml" in str(error.value)


def test_what_is_read_is_what_the_readers_of_transcripts_read() -> None:
    rules = resources.read_yaml(resources.configs() / "intake.yaml", Rules)
    assert set(rules.text) == {*files.KINDS, ".json"}
    assert not set(rules.sound) & files.SUFFIXES


def test_a_sidecar_says_all_and_of_two_files_each_has_its_own(folder: Path, settings: Settings) -> None:
    put(folder / "tuesday.m4a")
    put(folder / "tuesday.json", json.dumps({"client": "K7", "kind": "session", "participants": ["client", "mother"]}))
    put(folder / "later" / "evening.wav")
    put(folder / "later" / "evening.wav.yaml", "client: AB12\nkind: dictation\nday: 2026-11-24\nminutes: 50\n")
    second, first = found(folder, settings)
    assert isinstance(first, Incoming)
    assert isinstance(second, Incoming)
    assert (first.client, first.kind, first.day, first.minutes) == ("AB12", "dictation", date(2026, 11, 24), 50)
    assert (second.client, second.kind, second.participants) == ("K7", "session", ("client", "mother"))
    assert ("participants", "sidecar") in second.known_from


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("a.json", '{"client": "Marmalade", "colour": "red"}', "colour"),
        ("a.json", '{"client": "Marmalade", "kind": "opera"}', "kind"),
        ("a.yaml", "client: Marmalade\nminutes: soon\n", "minutes"),
        ("a.yaml", "client: [Marmalade", "yaml"),
        ("a.json", '{"client": "Marmalade"', "json"),
        ("a.yaml", "- Marmalade\n", "the file"),
        ("a.json", "[" * 100_000, "json"),
        ("a.yml", "x" * 70_000, "too large"),
    ],
)
def test_a_wrong_sidecar_is_told_by_its_key_and_never_by_its_words(
    name: str, content: str, key: str, folder: Path, settings: Settings
) -> None:
    put(folder / "a.m4a")
    put(folder / name, content)
    one = unusable(folder, settings, client="AB12", kind="dictation")
    assert key in one.what
    assert "armalade" not in f"{one.what}{one.next_step}"
    assert "opera" not in one.what


def test_a_json_beside_a_recording_is_its_sidecar_and_alone_a_transcript(folder: Path, settings: Settings) -> None:
    put(folder / "alone.json", '{"turns": []}')
    put(folder / "with.json", '{"client": "K7"}')
    put(folder / "with.vtt")
    names = [one.path.name for one in found(folder, settings, client="K7")]
    assert names == ["alone.json", "with.vtt"]


def test_the_command_line_counts_before_the_sidecar_and_that_before_the_name(folder: Path, settings: Settings) -> None:
    put(folder / "AB12 2026-11-25 session.m4a")
    put(folder / "AB12 2026-11-25 session.yaml", "day: 2026-11-24\nminutes: 40\n")
    one = only(folder, settings, minutes=55, participants=("client", "partner"))
    assert (one.client, one.day, one.minutes, one.participants) == (
        "AB12",
        date(2026, 11, 24),
        55,
        ("client", "partner"),
    )
    assert dict(one.known_from) == {
        "client": "file name",
        "kind": "file name",
        "participants": "order",
        "day": "sidecar",
        "minutes": "order",
    }


@pytest.mark.parametrize(
    ("sidecar", "wish", "who"),
    [
        ("client: K7\n", {}, "sidecar and the file name"),
        ("minutes: 50\n", {"client": "K7"}, "order and the file name"),
        ("kind: dictation\n", {}, "sidecar and the file name"),
        ("minutes: 50\n", {"kind": "dictation"}, "order and the file name"),
    ],
)
def test_two_that_differ_are_never_guessed_between(
    sidecar: str, wish: dict[str, Any], who: str, folder: Path, settings: Settings
) -> None:
    put(folder / "AB12 2026-11-25 session.m4a")
    put(folder / "AB12 2026-11-25 session.yaml", sidecar)
    one = unusable(folder, settings, **wish)
    assert who in one.what
    assert one.lacks == ()
    assert "AB12" not in one.what
    assert "K7" not in one.what


def test_sound_of_which_nothing_says_that_it_is_no_session_is_not_taken(folder: Path, settings: Settings) -> None:
    """As a dictation it would be opened without anybody's consent."""
    put(folder / "New Recording 12.m4a")
    one = unusable(folder, settings)
    assert one.lacks == ("client", "kind")
    assert one.sha256 is not None
    assert unusable(folder, settings, client="K7").lacks == ("kind",)
    assert only(folder, settings, client="K7", kind="dictation").kind == "dictation"


def test_a_text_is_judged_by_what_it_holds_later(folder: Path, settings: Settings) -> None:
    put(folder / "tuesday.txt", "Mood: calm.")
    assert only(folder, settings, client="K7").kind is None


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("GMT20261125-140500_Recording.m4a", "AB12"),  # 8:05 in Chicago, in winter
        ("GMT20261125-135600_Recording.m4a", "AB12"),  # four minutes early
        ("GMT20261014-130500_Recording.m4a", "AB12"),  # 8:05 in Chicago, in summer
        ("GMT20261118-140500_Recording.m4a", None),  # a week without
        ("GMT20261111-140500_Recording.m4a", None),  # cancelled
        ("GMT20261104-140500_Recording.m4a", None),  # moved to Thursday
        ("GMT20261105-231000_Recording.m4a", "AB12"),  # there
        ("GMT20261125-151000_Recording.m4a", "K-7"),  # the lunch beside it is nobody's
        ("GMT20261125-145000_Recording.m4a", None),  # over, and nothing else is on
        ("GMT20261125-184500_Recording.m4a", None),  # two clients at once
        ("GMT20261125-210000_Recording.m4a", None),  # of the holiday nobody records
    ],
)
def test_the_appointment_that_a_recording_began_in(
    name: str, client: str | None, folder: Path, settings: Settings
) -> None:
    put(folder / "practice.ics", CALENDAR)
    put(folder / "zoom" / name)
    if client is None:
        assert unusable(folder, settings).lacks == ("client",)
    else:
        one = only(folder, settings)
        assert (one.client, one.kind) == (client, "session")
        assert ("client", "calendar") in one.known_from
        assert one.minutes is None  # how long it was planned is not how long it was


def test_what_a_calendar_holds_makes_a_session_and_a_name_may_say_otherwise(folder: Path, settings: Settings) -> None:
    put(folder / "practice.ics", CALENDAR)
    zone = datetime(2026, 11, 25, 15, 10, tzinfo=UTC).astimezone()
    path = put(folder / f"{zone:%Y%m%d_%H%M%S}.m4a")
    assert only(folder, settings).kind == "session"
    path.unlink()
    put(folder / f"{zone:%Y%m%d %H%M%S} dictation.m4a")
    assert (only(folder, settings).client, only(folder, settings).kind) == ("K-7", "dictation")
    put(folder / f"{zone:%Y%m%d %H%M%S} dictation.yaml", "client: AB12\n")
    assert "sidecar and the calendar differ" in unusable(folder, settings).what


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("{at} dictation.m4a", None),  # it is about AB12, whose hour is over, not about K-7
        ("{at} dictation.txt", None),
        ("{at}.txt", None),  # what is typed may be dictated
        ("{at} session.vtt", "K-7"),
        ("{at} session.m4a", "K-7"),
        ("{at}.m4a", "K-7"),
    ],
)
def test_a_dictation_between_two_clients_is_not_the_next_ones(
    name: str, client: str | None, folder: Path, settings: Settings
) -> None:
    """AB12 was there until 14:50 UTC, K-7 comes at 15:00; a recording of K-7 may begin at 14:56."""
    put(folder / "practice.ics", CALENDAR)
    at = datetime(2026, 11, 25, 14, 56, tzinfo=UTC).astimezone()
    put(folder / name.format(at=f"{at:%Y%m%d %H%M%S}"))
    if client is None:
        assert unusable(folder, settings).lacks == ("client",)
    else:
        assert only(folder, settings).client == client


def test_a_sidecar_that_says_dictation_keeps_it_from_the_next_client(folder: Path, settings: Settings) -> None:
    put(folder / "practice.ics", CALENDAR)
    at = datetime(2026, 11, 25, 14, 56, tzinfo=UTC).astimezone()
    put(folder / f"{at:%Y%m%d_%H%M%S}.m4a")
    put(folder / f"{at:%Y%m%d_%H%M%S}.yaml", "kind: dictation\n")
    assert unusable(folder, settings).lacks == ("client",)


def test_a_files_date_counts_only_where_the_practice_says_that_it_can_be_trusted(
    folder: Path, settings: Settings
) -> None:
    put(folder / "practice.ics", CALENDAR)
    moment = datetime(2026, 11, 25, 15, 10, tzinfo=UTC).timestamp()
    os.utime(put(folder / "New Recording 12.m4a"), (moment, moment))
    assert unusable(folder, settings).lacks == ("client", "kind")
    (settings.home / "intake.yaml").write_text("calendar: {file_date: true}\n")
    assert only(folder, settings).client == "K-7"


def test_another_field_of_the_appointment_may_hold_the_reference(folder: Path, settings: Settings) -> None:
    put(folder / "practice.ics", CALENDAR.replace("SUMMARY:AB12 telehealth", "SUMMARY:busy\nLOCATION:Client AB12"))
    put(folder / "GMT20261125-140500_Recording.m4a")
    (settings.home / "intake.yaml").write_text('calendar: {field: LOCATION, references: ["Client {client}"]}\n')
    assert only(folder, settings).client == "AB12"


@pytest.mark.parametrize("content", ["", "BEGIN:VCALENDAR", "SUMMARY:Marmalade", "\x00\xff" * 9, CALENDAR[:700]])
def test_a_calendar_that_cannot_be_read_stops_no_file(content: str, folder: Path, settings: Settings) -> None:
    put(folder / "broken.ics", content)
    put(folder / "AB12 dictation.m4a")
    told = [one for one in found(folder, settings) if isinstance(one, Unusable)]
    assert all(one.path.name == "broken.ics" and "Marmalade" not in one.what for one in told)
    assert [one.path.name for one in found(folder, settings) if isinstance(one, Incoming)] == ["AB12 dictation.m4a"]
    if content == "SUMMARY:Marmalade":
        assert told
        with pytest.raises(SourceRefused):
            found(folder, settings, calendar=folder / "broken.ics")


def closed(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let this folder be one that the user may not list, whoever runs the tests."""
    for name in ("scandir", "listdir"):
        ask = getattr(os, name)

        def refuse(path: Any = ".", ask: Any = ask) -> Any:
            if Path(path) == folder:
                raise PermissionError(13, "Permission denied", str(folder))
            return ask(path)

        patch.setattr(os, name, refuse)


def test_a_folder_that_cannot_be_read_stops_no_other(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder / "private" / "K7 dictation.m4a")
    put(folder / "AB12 dictation.m4a")
    other = put(folder.with_name("other") / "ZZ1 dictation.m4a")
    closed(monkeypatch, folder / "private")
    taken, told = found(folder, settings)
    assert isinstance(taken, Incoming)
    assert (told.path, getattr(told, "what", "")) == (folder / "private", "The folder cannot be read.")
    results = list(intake.find([folder / "private", other.parent], Wish(), settings))
    assert [(type(one), one.path) for one in results] == [(Unusable, folder / "private"), (Incoming, other)]


@pytest.mark.parametrize("ask", ["is_dir", "is_symlink"])
def test_a_folder_whose_files_are_closed_stops_no_other(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, ask: str
) -> None:
    """Nothing below it can be asked what it is: so it is where a folder may be listed and not entered."""
    shut = folder / "private"
    put(shut / "inner" / "K7 dictation.m4a")
    put(folder / "AB12 dictation.m4a")
    real = getattr(Path, ask)

    def refuse(path: Path) -> bool:
        if shut in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return bool(real(path))

    monkeypatch.setattr(Path, ask, refuse)
    results = list(intake.find([shut / "inner", folder], Wish(), settings))
    assert "AB12" in [getattr(one, "client", "") for one in results]
    assert "The folder cannot be read." in [getattr(one, "what", "") for one in results]


def test_hidden_partial_empty_and_other_files_are_left_alone(folder: Path, settings: Settings) -> None:
    for name in (
        ".hidden.m4a",
        ".syncthing.a.m4a.tmp",
        "~syncthing~a.m4a.tmp",
        "~$note.docx",
        "a.m4a.part",
        "a.m4a.crdownload",
        "b.m4a.tmp",
        ".c.m4a.icloud",
        "d.m4a~",
        ".dropbox.cache/e.m4a",
        "f.m4a.download/f.m4a",
        "picture.jpg",
        "readme",
    ):
        put(folder / name)
    put(folder / "empty.m4a", "")
    os.mkfifo(folder / "pipe.wav")
    put(folder / "AB12 dictation.m4a")
    assert [one.path.name for one in found(folder, settings)] == ["AB12 dictation.m4a"]


def test_links_out_of_the_folder_are_refused_and_links_within_it_are_nothing_new(
    folder: Path, settings: Settings, tmp_path: Path
) -> None:
    put(tmp_path / "elsewhere" / "secret.m4a")
    put(folder / "in" / "AB12 dictation.m4a")
    (folder / "K7 dictation.m4a").symlink_to(tmp_path / "elsewhere" / "secret.m4a")
    (folder / "out").symlink_to(tmp_path / "elsewhere")
    (folder / "loop").symlink_to(folder)
    (folder / "again.m4a").symlink_to(folder / "in" / "AB12 dictation.m4a")
    results = found(folder, settings)
    assert {one.path.name for one in results if isinstance(one, Unusable)} == {"K7 dictation.m4a", "out"}
    assert [one.path.name for one in results if isinstance(one, Incoming)] == ["AB12 dictation.m4a"]


def test_a_file_that_is_named_is_taken_and_told_why_if_it_cannot_be(folder: Path, settings: Settings) -> None:
    wish = Wish(client="K7", kind="dictation")
    empty, fifo = put(folder / "empty.m4a", ""), folder / "pipe.wav"
    os.mkfifo(fifo)
    odd = put(folder / "sound.bin")
    results = list(intake.find([odd, empty, fifo, folder / "gone.m4a", odd], wish, settings))
    assert [type(one) for one in results] == [Incoming, Unusable, Unusable, Unusable]
    assert "empty" in getattr(results[1], "what", "")


def test_two_files_with_the_same_content_are_one(folder: Path, settings: Settings) -> None:
    put(folder / "AB12 dictation.m4a", "the same")
    put(folder / "K7 dictation.m4a", "the same")
    first, second = found(folder, settings)
    assert isinstance(first, Incoming)
    assert isinstance(second, Unusable)
    assert second.sha256 == first.sha256


ASKING = """
import sys
from pathlib import Path
from pipeline.cli.pairing import ask_for
from pipeline.config import load_settings
from pipeline.intake import Incoming, Wish, find
settings = load_settings()
(found,) = find([Path(sys.argv[1])], Wish(), settings)
found = ask_for(found, Wish(), settings)
print(*(("paired", found.client, found.kind) if isinstance(found, Incoming) else ("left", *found.lacks)))
"""


def test_at_a_terminal_what_nothing_says_is_asked(folder: Path, settings: Settings) -> None:
    path = put(folder / "New Recording 12.m4a")
    near, far = os.openpty()
    command = [sys.executable, "-c", ASKING, str(path)]
    with subprocess.Popen(command, stdin=far, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asked:
        os.write(near, b"K7\ns\n")
        out, _ = asked.communicate(timeout=60)
    os.close(near)
    os.close(far)
    assert out.splitlines()[-1].endswith("paired K7 session")
    silent = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    assert silent.stdout.strip() == "left client kind"


def test_a_broken_calendar_beside_a_recording_does_not_take_the_answers_place(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(folder / "New Recording 12.m4a")
    put(folder / "broken.ics", "SUMMARY:Marmalade")
    lacking = next(one for one in found(folder, settings) if one.path == path)
    assert isinstance(lacking, Unusable)
    said = ["K7", "d"]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: said.pop(0))
    paired = ask_for(lacking, Wish(), settings)
    assert isinstance(paired, Incoming)
    assert (paired.path, paired.client, paired.kind) == (path, "K7", "dictation")


def test_one_watch_works_for_a_record(tmp_path: Path) -> None:
    with intake.claim(tmp_path), pytest.raises(Refused, match="Another watch"), intake.claim(tmp_path):
        pass
    with intake.claim(tmp_path):
        pass


def test_a_repetition_every_second_is_not_followed(folder: Path, settings: Settings) -> None:
    """It would take for ever, and in a folder that is watched everything would stand still."""
    often = CALENDAR.replace("RRULE:FREQ=WEEKLY;BYDAY=WE", "RRULE:FREQ=SEC\n ONDLY", 1)
    put(folder / "practice.ics", often.replace("RRULE:FREQ=YEARLY;BYMONTH=11", "RRULE:FREQ=YEARLY;BYSECOND=1,2", 1))
    put(folder / "GMT20261125-151000_Recording.m4a")
    assert only(folder, settings).client == "K-7"


@given(st.text(max_size=300))
def test_any_name_is_read_without_a_fault(name: str) -> None:
    rules = resources.read_yaml(resources.configs() / "intake.yaml", Rules)
    read = read_name(name, rules.templates)
    assert read.client is None or re.fullmatch(rules.reference, read.client)


@given(st.binary(max_size=400), st.integers(0, len(CALENDAR)))
def test_any_calendar_is_read_or_refused(noise: bytes, at: int) -> None:
    from pipeline.intake.appointments import Agenda

    rules = resources.read_yaml(resources.configs() / "intake.yaml", Rules)
    plain = CALENDAR.encode()
    for content in (noise, plain[:at] + noise + plain[at:], plain[:at] + plain[at + len(noise) :]):
        try:
            Agenda((), rules).with_content(content).at(datetime(2026, 11, 25, 15, 10, tzinfo=UTC))
        except EvenfallError as error:
            assert "armalade" not in str(error)
