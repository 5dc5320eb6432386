"""Other ways to the same key: a changed passphrase, the keyring, the recovery key; one of them always works."""

import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import EvenfallError, KeyMissing, Refused, StoreFault, WrongPassphrase
from pipeline.store import Store, recovery
from pipeline.store.keys import SALT_BYTES, StoreKey, _stretch
from pipeline.store.sidecar import Argon2, Sidecar, read_sidecar

from .rings import DictKeyring, no_keyring  # noqa: F401
from .test_store import NOON, drafted
from .test_store_sealed import CHILD, PASSPHRASE, draft, fill, opened, posix

NEW = "a much longer passphrase"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def opens(home: Path, words: str | None) -> bool:
    """Say whether the record opens with these words, and holds what was put in."""
    try:
        with opened(home, words) as store:
            assert store.drafts() == (draft(),)
            store.verify_audit()
    except (WrongPassphrase, KeyMissing):
        return False
    return True


def made(home: Path, words: str | None = PASSPHRASE) -> None:
    with opened(home, words) as store:
        fill(store)


def changed(home: Path, words: str | None, new: str | None) -> None:
    with opened(home, words) as store:
        store.change_passphrase(new)


def of_format_1(passphrase: str | None, ask: object) -> tuple[Sidecar, StoreKey]:
    """Make a key as Evenfall did when the passphrase's own key was the store's."""
    assert passphrase
    argon2 = Argon2(salt=secrets.token_hex(SALT_BYTES))
    key = _stretch(passphrase, argon2)
    check = key.derive("check").hex()
    return Sidecar(
        format=1, store=secrets.token_hex(16), kind="passphrase", check=check, ready=False, argon2=argon2
    ), key


# The passphrase


def test_the_new_passphrase_opens_it_and_the_old_one_does_not(home: Path) -> None:
    made(home)
    with opened(home) as store:
        store.change_passphrase(NEW)
        assert store.drafts() == (draft(),)  # what is open goes on
        assert [event.action for event in store.events()].count("change passphrase") == 1
    assert (opens(home, PASSPHRASE), opens(home, NEW)) == (False, True)


def test_another_process_that_has_it_open_goes_on(home: Path) -> None:
    made(home)
    with opened(home) as other:
        changed(home, PASSPHRASE, NEW)
        assert other.drafts() == (draft(),)
        assert other.proves(NEW)
        assert not other.proves(PASSPHRASE)


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_passphrase_changes_nothing(home: Path, empty: str) -> None:
    made(home)
    with pytest.raises(KeyMissing):
        changed(home, PASSPHRASE, empty)
    assert opens(home, PASSPHRASE)


def test_a_record_of_the_first_format_opens_as_it_is_and_can_be_changed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.store.store.new_key", of_format_1)
        made(home)
    before = (home / "store.json").read_bytes()
    assert b'"format": 1' in before
    assert opens(home, PASSPHRASE)
    assert (home / "store.json").read_bytes() == before
    with opened(home) as store:
        shown = store.make_recovery_key()
    assert (opens(home, PASSPHRASE), opens(home, shown)) == (True, True)
    changed(home, PASSPHRASE, NEW)
    assert (opens(home, PASSPHRASE), opens(home, NEW), opens(home, shown)) == (False, True, True)


def test_no_key_stands_in_clear_on_the_disk(home: Path) -> None:
    made(home)
    with opened(home) as store:
        store.change_passphrase(NEW)
        shown = store.make_recovery_key()
        secret = recovery.read(shown)
        assert secret is not None
        key = store._key
        hidden = [key._raw, *(key.derive(use) for use in ("database", "audit", "wrap")), secret]
        for path in home.rglob("*"):
            data = path.read_bytes() if path.is_file() else b""
            for one in (*hidden, *(each.hex().encode() for each in hidden), shown.encode(), NEW.encode()):
                assert one not in data


# The recovery key


def test_it_has_enough_bits_and_is_typed_in_groups() -> None:
    secret, shown = recovery.new()
    assert len(secret) * 8 >= 128
    assert [len(group) for group in shown.split("-")] == [4] * 8
    assert recovery.new() != (secret, shown)


@given(st.binary(min_size=17, max_size=17))
def test_it_is_read_as_it_was_shown(secret: bytes) -> None:
    shown = recovery.show(secret)
    assert recovery.read(shown) == secret
    assert recovery.read(f" {shown.lower().replace('-', ' ')} \n") == secret
    assert recovery.read(shown.replace("0", "O").replace("1", "l")) == secret


@given(st.binary(min_size=17, max_size=17), st.integers(0, 31), st.sampled_from(recovery.ALPHABET + "U*"))
def test_a_mistyped_letter_is_seen(secret: bytes, place: int, letter: str) -> None:
    letters = recovery.show(secret).replace("-", "")
    if letter != letters[place]:
        assert recovery.read(letters[:place] + letter + letters[place + 1 :]) is None


@pytest.mark.parametrize("words", ["", "a passphrase", "7" * 31, "7" * 33, "ÄÖÜ" * 11, "٣" * 32])
def test_other_words_are_no_recovery_key(words: str) -> None:
    assert recovery.read(words) is None


def test_it_opens_the_record_until_it_is_replaced_or_dropped(home: Path) -> None:
    made(home)
    with opened(home) as store:
        first = store.make_recovery_key()
        assert store.proves(first)
    assert opens(home, first.lower())
    mistyped = first[:-1] + ("0" if first[-1] != "0" else "1")
    assert not opens(home, mistyped)
    with opened(home, first) as store:
        second = store.make_recovery_key()
    assert (opens(home, first), opens(home, second), opens(home, PASSPHRASE)) == (False, True, True)
    with opened(home, second) as store:
        store.change_passphrase(NEW)
        store.drop_recovery_key()
    assert (opens(home, second), opens(home, PASSPHRASE), opens(home, NEW)) == (False, False, True)


def test_another_records_recovery_key_opens_nothing(home: Path, tmp_path: Path) -> None:
    made(home)
    made(tmp_path / "other")
    with opened(home) as store, opened(tmp_path / "other") as other:
        store.make_recovery_key()
        foreign = other.make_recovery_key()
    assert not opens(home, foreign)


# The keyring


def test_from_a_passphrase_to_the_keyring_and_back(home: Path) -> None:
    backend = DictKeyring()
    keyring.set_keyring(backend)
    made(home)
    changed(home, PASSPHRASE, None)
    assert len(backend.held) == 1
    assert opens(home, None)
    changed(home, None, NEW)
    assert not backend.held
    assert (opens(home, None), opens(home, PASSPHRASE), opens(home, NEW)) == (False, False, True)


def test_without_a_keyring_the_passphrase_stays(home: Path) -> None:
    made(home)
    with pytest.raises(Refused, match="no keyring"):
        changed(home, PASSPHRASE, None)
    assert opens(home, PASSPHRASE)


class StubbornKeyring(DictKeyring):
    """A keyring that deletes nothing."""

    def delete_password(self, service: str, username: str) -> None:
        raise RuntimeError("locked")


def test_a_key_that_the_keyring_did_not_delete_is_deleted_later(home: Path) -> None:
    stubborn = StubbornKeyring()
    keyring.set_keyring(stubborn)
    made(home, None)
    changed(home, None, NEW)
    assert stubborn.held
    willing = DictKeyring()
    willing.held = stubborn.held
    keyring.set_keyring(willing)
    assert opens(home, NEW)
    assert not willing.held
    sidecar = read_sidecar(home)
    assert sidecar is not None
    assert not sidecar.left_keyring


def test_a_lost_keyring_asks_for_the_recovery_key(home: Path) -> None:
    keyring.set_keyring(DictKeyring())
    made(home, None)
    with opened(home, None) as store:
        shown = store.make_recovery_key()
    keyring.set_keyring(DictKeyring())
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return shown

    with opened(home, None, ask) as store:
        assert store.drafts() == (draft(),)
        store.change_passphrase(NEW)
    assert asked == ["The keyring does not give the key. Recovery key"]
    assert opens(home, NEW)
    with pytest.raises(KeyMissing):
        changed(home, None, NEW)


# Kills

KILLED = """
done = 0
def counting(call):
    def counted(*args, **kwargs):
        global done
        done += 1
        if done == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)
    return counted
with Store.open(home, "a long passphrase", actor="Dr. Abel") as store:
    for call in ("open", "fsync", "replace", "close", "unlink"):
        setattr(os, call, counting(getattr(os, call)))
    store.change_passphrase(name)
"""


@posix
def test_killed_at_any_moment_the_old_passphrase_or_the_new_one_opens_it(home: Path) -> None:
    made(home)
    kept, at = (home / "store.json").read_bytes(), 0
    found: list[str] = []
    while not found or found[-1] != "done":
        at += 1
        (home / "store.json").write_bytes(kept)
        command = [sys.executable, "-c", CHILD + KILLED, str(home), NEW, str(at)]
        code = subprocess.run(command, cwd=Path(__file__).parents[1], check=False).returncode
        assert code in (0, -signal.SIGKILL)
        old, new = opens(home, PASSPHRASE), opens(home, NEW)
        assert old != new
        found.append("done" if code == 0 else "new" if new else "old")
    assert {"old", "new"} <= set(found)


def test_what_cannot_be_written_leaves_the_old_passphrase(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(home)

    def full(*_: object) -> None:
        raise OSError(28, "no space")

    with monkeypatch.context() as patch, pytest.raises(StoreFault):
        patch.setattr("pipeline.store.sidecar.os.fsync", full)
        changed(home, PASSPHRASE, NEW)
    assert (opens(home, PASSPHRASE), opens(home, NEW)) == (True, False)


# The commands


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command that asks for these words, in this order; return what it says, or what it refuses."""

    def command(*args: str, typed: tuple[str, ...] = ()) -> str:
        answers = list(typed)
        monkeypatch.setenv("EVENFALL_HOME", str(home))
        monkeypatch.setenv("EVENFALL_USER", "ruiz")
        monkeypatch.setattr("getpass.getpass", lambda _: answers.pop(0))
        result: Any = CliRunner().invoke(app, list(args))
        assert not answers
        if isinstance(result.exception, EvenfallError):
            return f"{type(result.exception).__name__}: {result.exception.what}"
        assert result.exit_code == 0, result.output
        return str(result.output)

    return command


def test_the_old_passphrase_is_proved_before_it_is_changed(home: Path, run: Callable[..., str]) -> None:
    made(home)
    assert run("passphrase", typed=("wrong",)).startswith("WrongPassphrase")
    assert run("passphrase", typed=(PASSPHRASE, NEW, "a typing mistake")).startswith("KeyMissing")
    assert opens(home, PASSPHRASE)
    assert "new passphrase opens" in run("passphrase", typed=(PASSPHRASE, NEW, NEW))
    assert opens(home, NEW)


def test_a_passphrase_in_the_environment_proves_nothing(
    home: Path, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made(home)
    monkeypatch.setenv("EVENFALL_PASSPHRASE", PASSPHRASE)
    assert run("recovery-key", typed=("wrong",)).startswith("WrongPassphrase")
    assert "still holds the old one" in run("passphrase", typed=(PASSPHRASE, NEW, NEW))


def test_the_recovery_key_is_shown_once_and_opens(home: Path, run: Callable[..., str]) -> None:
    made(home)
    said = run("recovery-key", typed=(PASSPHRASE,))
    (shown,) = (line.strip() for line in said.splitlines() if recovery.read(line))
    assert "new passphrase opens" in run("passphrase", typed=(shown, NEW, NEW))
    assert "No recovery key" in run("recovery-key", "--drop", typed=(NEW,))
    assert not opens(home, shown)


def test_with_a_keyrings_key_the_pin_proves(home: Path, run: Callable[..., str]) -> None:
    keyring.set_keyring(DictKeyring())
    made(home, None)
    with opened(home, None) as store:
        store.set_pin("2468")
    assert run("recovery-key", typed=("1357",)).startswith("WrongPassphrase")
    assert "Write this down" in run("recovery-key", typed=("2468",))
    with opened(home, None) as store:
        told = [event.action for event in store.events()]
    assert told[-2:] == ["refused: wrong PIN", "make recovery key"]


@pytest.mark.parametrize("command", ["recovery-key", "passphrase"])
def test_an_absence_is_seen_before_anything_is_recorded(home: Path, run: Callable[..., str], command: str) -> None:
    with Store.open(home, PASSPHRASE, actor="ruiz", clock=lambda: NOON) as store:
        drafted(store)
    run(command, typed=(PASSPHRASE, *((NEW, NEW) if command == "passphrase" else ())))
    with opened(home, NEW if command == "passphrase" else PASSPHRASE) as store:
        assert [event.action for event in store.events()][-2].startswith("clock in doubt")


def test_without_a_record_there_is_nothing_to_change(run: Callable[..., str]) -> None:
    assert run("passphrase").startswith("NotFound")
