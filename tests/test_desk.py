"""What commands share: the time that is left, days, passphrases, questions, and how the program ends."""

import getpass
import io
import json
import sys
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from pipeline import cli
from pipeline.audio.capture import State
from pipeline.cli.capture import Terminal
from pipeline.cli.desk import agreed, ask_at_terminal, ask_passphrase, left_in_words, parse_date
from pipeline.cli.keys import Keys
from pipeline.cli.sitting import ask
from pipeline.config import load_settings
from pipeline.errors import KeyMissing, NotFound, SettingsInvalid


@pytest.mark.parametrize(
    ("elapsed", "done", "total", "said"),
    [
        (60.0, 600.0, 3000.0, "about 4 min left"),
        (60.0, 300.0, 330.0, "less than a minute left"),
        (600.0, 600.0, 10_800.0, "about 2.8 h left"),
        (1.0, 600.0, 3000.0, ""),
        (60.0, 0.0, 3000.0, ""),
        (60.0, 3000.0, 3000.0, ""),
    ],
)
def test_time_left_in_words(elapsed: float, done: float, total: float, said: str) -> None:
    assert left_in_words(elapsed, done, total) == said


def test_a_day_to_come_is_no_day_of_a_session() -> None:
    assert parse_date("2026-03-31") == date(2026, 3, 31)
    for text in (f"{date.today() + timedelta(days=2)}", "31 March"):
        with pytest.raises(typer.BadParameter):
            parse_date(text)


def test_without_a_terminal_a_passphrase_is_asked_for_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def unseen(prompt: str) -> str:
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        return "marmalade"

    monkeypatch.setattr(getpass, "getpass", unseen)
    monkeypatch.setattr("sys.stdin", io.StringIO("piped\n"))
    with pytest.raises(KeyMissing, match="no terminal"):
        ask_at_terminal("The passphrase")
    assert ask_passphrase("The passphrase") == "piped"
    with pytest.raises(KeyMissing, match="no terminal"):
        ask_passphrase("The passphrase")


def ended(monkeypatch: pytest.MonkeyPatch, command: Callable[[], None]) -> int | str | None:
    """How the program ends where its one command does this."""
    app = typer.Typer()
    app.command()(command)
    monkeypatch.setattr(cli, "app", app)
    monkeypatch.setattr(sys, "argv", ["evenfall"])
    monkeypatch.setattr("pipeline.memory.keep_private", lambda: None)
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


def test_ctrl_c_ends_every_command_alike(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(readline=stopped, isatty=lambda: False))

    def asked() -> None:
        typer.confirm("Sure?")

    def asked_apart() -> None:
        agreed("Sure?")

    for command in (stopped, asked, asked_apart):
        assert ended(monkeypatch, command) == 130
        assert "stopped. What was finished is kept" in capsys.readouterr().err


def test_a_question_that_nobody_answers_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert ended(monkeypatch, lambda: typer.prompt("Your name")) == 3
    assert "not answered" in capsys.readouterr().err
    assert ended(monkeypatch, lambda: typer.echo(agreed("Sure?"))) == 0
    assert capsys.readouterr().out == "False\n"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8"])
def test_letters_that_the_output_does_not_know_end_nothing_and_stay_json(
    monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    said = "\u0141ukasz said \u201cna\u00efve\u201d \U0001f642"
    assert ended(monkeypatch, lambda: typer.echo(json.dumps(said, ensure_ascii=False))) == 0
    sys.stdout.flush()
    assert json.loads(raw.getvalue().decode(encoding)) == said


@pytest.mark.skipif(sys.platform == "win32", reason="plays Windows")
def test_words_are_edited_where_no_line_can_be_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "readline", None)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda prompt: " Worry. ")
    assert ask("New words: ", prefill="Anxiety.") == "Worry."


@pytest.mark.parametrize("words", [["page", "--port", "99999"], ["page", "--port", "-1"]])
def test_a_port_is_one(words: list[str]) -> None:
    assert CliRunner().invoke(cli.app, words).exit_code == 2


def test_a_greeting_waits_for_the_microphone(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(Keys(False), ("Say first: this is recorded.", "Recording."))
    assert capsys.readouterr().err == ""
    for _ in range(2):
        terminal.show(State("recording", 0.0, -30.0))
    assert capsys.readouterr().err.splitlines() == ["Say first: this is recorded.", "Recording."]


def test_a_data_folder_is_not_named_from_inside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path))
    (tmp_path / "config.yaml").write_text("home: null\nlaw: [ethics]\n")
    assert load_settings().home == tmp_path
    (tmp_path / "config.yaml").write_text("home: /elsewhere\n")
    with pytest.raises(SettingsInvalid, match="EVENFALL_HOME"):
        load_settings()


def test_a_backup_that_is_not_there_makes_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    for words in (["restore"], ["process-notes", "restore"]):
        with pytest.raises(NotFound, match="no such file"):
            CliRunner().invoke(cli.app, [*words, str(tmp_path / "missing")], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []
