"""Consent by the command: what is asked at a terminal, what is said of quotes, and what is left when it is revoked."""

import os
import pty
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from pipeline import consent
from pipeline.audio.spool import Spool
from pipeline.store import Store
from pipeline.types import Consent

from .test_evening import Desk, desk  # noqa: F401
from .test_law import TALK
from .test_store import drafted, signed

ADD = ("consent", "add", "--client", "K-17", "--participant", "client")
REVOKE = ("consent", "revoke", "--client", "K-17", "--participant", "client")
GIVEN = Consent(
    client="K-17",
    participant="client",
    scope=("record", "transcribe"),
    method="written",
    wording="form@1",
    given_at=datetime.now(UTC) - timedelta(days=1),
)


def at_terminal(desk: Desk, *args: str, typed: str) -> str:  # noqa: F811
    """Run a command at a terminal of its own and return what stands on its screen."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", *args]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=desk.environment())
    os.close(theirs)
    os.write(ours, typed.encode())
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # Linux: the other end is closed
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0, shown
    return shown.decode().replace("\r\n", "\n")


def on_file(desk: Desk) -> Consent:  # noqa: F811
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        return store.consents("K-17")[-1]


@pytest.mark.parametrize(
    ("options", "typed", "scope", "said"),
    [
        pytest.param((), "y\n", ("record", "transcribe", "keep quotes"), None, id="asked, yes"),
        pytest.param((), "n\n", ("record", "transcribe"), "words go when a note is signed", id="asked, no"),
        pytest.param((), "\n", ("record", "transcribe"), "words go when a note is signed", id="asked, only Enter"),
        pytest.param(("--scope", "record"), "", ("record",), "does not cover recording", id="said, not asked"),
    ],
)
def test_whether_words_are_kept_is_asked_at_a_terminal(
    desk: Desk,  # noqa: F811
    options: tuple[str, ...],
    typed: str,
    scope: tuple[str, ...],
    said: str | None,
) -> None:
    shown = at_terminal(desk, *ADD, *options, typed=typed)
    assert on_file(desk).scope == scope
    assert ("Did they agree" in shown) is (not options)
    assert ("words go when a note is signed" in shown) is ("keep quotes" not in scope)
    assert said is None or said in shown


def test_what_a_paper_form_says_is_asked_where_the_law_wants_to_know(desk: Desk) -> None:  # noqa: F811
    shown = at_terminal(desk, *ADD, "--law", "illinois", typed="n\ny\ny\nn\n")
    assert on_file(desk).told == ("ai", "purpose")
    assert "illinois@1:apart" in shown
    assert "illinois@1:informed" not in shown


def test_without_a_terminal_it_says_what_becomes_of_quotes(desk: Desk) -> None:  # noqa: F811
    said = desk.run(*ADD).stdout
    assert "on file: record, transcribe." in said
    assert "words go when a note is signed" in said
    assert "--scope 'record,transcribe,keep quotes'" in said
    assert "words go" not in desk.run(*ADD, "--scope", "record,transcribe,keep quotes").stdout


def test_a_setting_that_keeps_no_words_is_said_too(desk: Desk) -> None:  # noqa: F811
    desk.home.mkdir()
    (desk.home / "config.yaml").write_text("retention: {keep_quotes: false}")
    assert "retention.keep_quotes" in desk.run(*ADD, "--scope", "record,transcribe,keep quotes").stdout


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--date", "2026-01-31"), 0),
        (("--date", "2999-01-31"), 2),
        (("--date", "yesterday"), 2),
        (("--told", "everything"), 2),
        (("--scope", "all"), 2),
        (("--law", "atlantis"), 4),
        (("--minor", "--by", "mother"), 0),
    ],
)
def test_what_cannot_be_is_refused(desk: Desk, options: tuple[str, ...], code: int) -> None:  # noqa: F811
    assert desk.run(*ADD, *options).returncode == code


def test_a_form_signed_before_is_of_its_day(desk: Desk) -> None:  # noqa: F811
    desk.run(*ADD, "--date", "2026-01-31", "--minor", "--by", "mother")
    given = on_file(desk)
    assert (given.given_at.astimezone().date().isoformat(), given.minor, given.by) == ("2026-01-31", True, "mother")
    assert "client by mother" in desk.run("consent", "list").stdout


def test_less_than_before_ends_what_was_agreed_to_before(desk: Desk) -> None:  # noqa: F811
    desk.run(*ADD)
    desk.run(*ADD, "--scope", "keep quotes")
    assert desk.run("draft", desk.file("s.vtt", TALK), "--kind", "session", "--client", "K-17").returncode == 3


def drafts_a_session(desk: Desk) -> bool:  # noqa: F811
    return desk.run("draft", desk.file("s.vtt", TALK), "--kind", "session", "--client", "K-17").returncode == 0


@pytest.mark.parametrize("second", [("--date", "2026-01-31", "--scope", "record"), ("--date", "2026-01-05")])
def test_of_two_forms_the_later_day_counts_whatever_came_on_file_first(desk: Desk, second: tuple[str, ...]) -> None:  # noqa: F811
    narrow = second if "--scope" in second else ("--date", "2026-01-31", "--scope", "record")
    wide = ("--date", "2026-01-05")
    first = wide if second == narrow else narrow
    desk.run(*ADD, *first)
    said = desk.run(*ADD, *second).stdout
    assert ("It does not stand" in said) is (second == wide)
    assert not drafts_a_session(desk)


def test_an_older_form_brings_no_consent_back(desk: Desk) -> None:  # noqa: F811
    desk.run(*ADD, "--date", "2026-01-31")
    desk.run(*REVOKE)
    for date, said in (("2026-01-05", "It does not stand"), ("2026-01-31", "nothing was added")):
        assert said in desk.run(*ADD, "--date", date).stdout
        assert not drafts_a_session(desk)
    assert desk.run("consent", "list").stdout.count("revoked") == 2
    assert "It does not stand" not in desk.run(*ADD).stdout
    assert drafts_a_session(desk)


def test_a_revocation_by_a_clock_that_was_ahead_does_not_end_what_is_given_now(desk: Desk) -> None:  # noqa: F811
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        store.add_consent(GIVEN)
        store.revoke_consent("K-17", "client", datetime.now(UTC) + timedelta(days=400))
    desk.run(*ADD, "--date", "2026-01-31")
    assert not drafts_a_session(desk)
    desk.run(*ADD)
    assert drafts_a_session(desk)


# Revoked: what is left


def filled(desk: Desk) -> None:  # noqa: F811
    """Keep of client K-17 a session's draft and sealed recording, a dictation's draft, and a signed note."""
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        store.add_consent(GIVEN)
        permit = consent.ask("session", "K-17", ("client",), (GIVEN,), datetime.now(UTC))
        with Spool.begin(store, permit, medium="pcm", client="K-17", participants=("client",)) as spool:
            spool.append(b"\x01\x02" * 800)
            spool.finish()
        drafted(store, "d")
        signed(store, "e")
    desk.run("draft", desk.file("s.vtt", TALK), "--kind", "session", "--client", "K-17")


def kinds(desk: Desk) -> tuple[list[str], int, int]:  # noqa: F811
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        return sorted(draft.kind for draft in store.drafts()), len(store.spools()), len(store.notes())


def test_revoking_tells_what_is_left_and_how_it_goes(desk: Desk) -> None:  # noqa: F811
    filled(desk)
    said = desk.run(*REVOKE).stdout
    assert "1 draft(s) of sessions, not signed" in said
    assert "1 sealed recording(s) of sessions" in said
    assert "consents anew" in said
    assert kinds(desk) == (["dictation", "session"], 1, 1)
    ways = [line.split()[1:] for line in said.splitlines() if line.startswith("    evenfall")]
    for way in ways:
        assert desk.run(*way, "--yes").returncode == 0
    assert kinds(desk) == (["dictation"], 0, 1)


@pytest.mark.parametrize(("typed", "left"), [("y\n", (["dictation"], 0, 1)), ("n\n", (["dictation", "session"], 1, 1))])
def test_at_a_terminal_it_offers_to_delete_it(desk: Desk, typed: str, left: tuple[list[str], int, int]) -> None:  # noqa: F811
    filled(desk)
    shown = at_terminal(desk, *REVOKE, typed=typed)
    assert kinds(desk) == left
    assert shown.count("purged") == (2 if typed == "y\n" else 0)


def test_purge_deletes_what_is_not_signed_with_receipts(desk: Desk) -> None:  # noqa: F811
    filled(desk)
    said = desk.run(*REVOKE, "--purge").stdout
    assert said.count("purged") == 2
    assert kinds(desk) == (["dictation"], 0, 1)
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        assert [receipt.what for receipt in store.receipts()][-2:] == [("transcript", "draft"), ("audio",)]
        store.verify_audit()


def test_a_signed_session_stays_and_is_said_to(desk: Desk) -> None:  # noqa: F811
    desk.run(*ADD)
    (draft,) = desk.json("draft", desk.file("s.vtt", TALK), "--kind", "session", "--client", "K-17")
    assert desk.sign(draft).returncode == 0
    said = desk.run(*REVOKE).stdout
    assert "1 signed note(s) of sessions stay" in said
    assert "Nothing that waits" in said
    assert "Files of your own with these sessions" in said
