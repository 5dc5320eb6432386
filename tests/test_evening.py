"""The whole road by the real command: draft, review, sign, audio gone, nothing in clear on the disk."""

import json
import os
import signal
import subprocess
import sys
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline import resources, workflow
from pipeline.cli import app

DICTATION = """Progress note for today, telehealth, fifty minutes.
Mood: she describes herself as anxious and quietly heartsick about the marmalade business.
Sleep is still broken, she wakes at four most nights.
Interventions: we practised slow breathing and went through the thought record.
She responded well and her worry went from eight to four out of ten.
Risk: denies suicidal ideation, homicidal ideation and self-harm.
Sertraline fifty milligrams, no side effects.
Homework: worry time, fifteen minutes on weekdays.
Plan: weekly sessions, start exposure next time.
"""
SECRETS = ("heartsick", "marmalade", "thought record", "Sertraline", "worry time", "suicidal")
SAMPLE = resources.configs() / "sample" / "dictation.wav"


@dataclass
class Desk:
    """One clinician's computer: a home of its own, a temp folder of its own, the real command."""

    root: Path
    passphrase: str = "correct horse"

    @property
    def home(self) -> Path:
        return self.root / "home"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EVENFALL_")}
        (self.root / "tmp").mkdir(exist_ok=True)
        own = {"EVENFALL_HOME": str(self.home), "EVENFALL_PASSPHRASE": self.passphrase, "HF_HUB_OFFLINE": "1"}
        return {**kept, **own, "TMPDIR": str(self.root / "tmp"), "EVENFALL_USER": "ruiz"}

    def run(self, *args: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from pipeline.cli import main; main()", *map(str, args)]
        return subprocess.run(command, input=typed, capture_output=True, text=True, env=self.environment(), check=False)

    def json(self, *args: str | Path) -> Any:
        result = self.run(*args, "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def file(self, name: str, content: str | bytes = DICTATION) -> Path:
        path = self.root / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def sign(self, draft: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        """Keep every statement, confirm every other must-touch item, answer no question, sign."""
        statements = sum(len(section["statements"]) for section in draft["sections"])
        confirmations = len([item for item in draft["must_touch"] if ":" in item["target"]])
        typed = "k\n" * statements + "c\n" * confirmations + unanswered(draft) + "\n" + "sign\n"
        options = ("--plain", "--name", "Ana Ruiz", "--credentials", "LCSW")
        return self.run("review", draft["digest"][:8], *options, typed=typed)


def unanswered(draft: dict[str, Any]) -> str:
    """What is typed to put nothing back and to answer nothing: what must be answered is set aside."""
    aside = ["s\nNot known.\n" if question["severity"] == "must" else "\n" for question in draft["questions"]]
    return ("\n" if draft["left_out"] else "") + "".join(aside)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def spoken(desk: Desk, seconds: int) -> Path:
    """Return a WAV file with the first seconds of the bundled dictation."""
    path = desk.root / "drive home.wav"
    with wave.open(str(SAMPLE)) as whole, wave.open(str(path), "wb") as part:
        part.setparams(whole.getparams())
        part.writeframes(whole.readframes(seconds * whole.getframerate()))
    return path


def everything(root: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file())


def test_from_typed_dictation_to_signed_note_with_nothing_in_clear(desk: Desk) -> None:
    source = desk.file("tuesday.txt")
    (draft,) = desk.json("draft", source, "--client", "K-12", "--date", "2026-03-31")
    texts = [statement["text"] for section in draft["sections"] for statement in section["statements"]]
    assert "Denies suicidal ideation, homicidal ideation and self-harm." in texts
    assert all(statement["evidence"] for section in draft["sections"] for statement in section["statements"])
    (waiting,) = desk.json("queue")
    assert waiting["digest"] == draft["digest"]
    assert waiting["untouched"] > 0

    source.unlink()
    found_before = [word for word in SECRETS if word.encode() in everything(desk.root)]
    signed = desk.sign(draft)
    assert signed.returncode == 0, signed.stderr
    found_after = [word for word in SECRETS if word.encode() in everything(desk.root)]
    assert (found_before, found_after) == ([], [])

    assert desk.json("queue") == []
    (note,) = desk.json("notes", "list")
    assert note["signature"]["name"] == "Ana Ruiz"
    assert note["signature"]["credentials"] == "LCSW"
    shown = desk.run("notes", "show", note["digest"][:8]).stdout
    assert "Denies suicidal ideation" in shown
    assert "Signed by Ana Ruiz, LCSW" in shown
    assert desk.json("audit", "verify")["intact"] is True


def test_from_speech_to_signed_note_and_the_audio_is_gone(desk: Desk) -> None:
    audio = spoken(desk, seconds=40)
    (draft,) = desk.json("draft", audio, "--model", "rough", "--client", "K-12")
    statements = [statement for section in draft["sections"] for statement in section["statements"]]
    assert statements
    assert {statement["source"] for statement in statements} == {"clinician dictated"}
    doubted = {item["target"] for item in draft["must_touch"] if item["reason"] == "doubtful words"}
    assert len(doubted) == len(statements)
    assert audio.exists()

    signed = desk.sign(draft)
    assert signed.returncode == 0, signed.stderr
    assert "purged" in signed.stdout
    assert not audio.exists()
    heard = " ".join(evidence["quote"] for statement in statements for evidence in statement["evidence"])
    words = {word for word in heard.split() if len(word) > 6}
    assert len(words) > 5
    assert [word for word in words if word.encode() in everything(desk.root)] == []


def test_keep_source_leaves_the_audio(desk: Desk) -> None:
    audio = spoken(desk, seconds=20)
    (draft,) = desk.json("draft", audio, "--model", "rough", "--keep-source")
    assert desk.sign(draft).returncode == 0
    assert audio.exists()


@pytest.mark.parametrize("command", ["draft", "transcribe"])
def test_without_a_speech_model_audio_is_refused_with_the_command_that_gets_one(desk: Desk, command: str) -> None:
    audio = spoken(desk, seconds=20)
    before = audio.read_bytes()
    result = desk.run(command, audio)
    assert result.returncode == 4
    assert "evenfall setup" in result.stderr
    assert audio.read_bytes() == before


VTT = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Therapist>How has your mood been this week, any changes?

00:00:05.000 --> 00:00:11.000
<v Client>I have been feeling really anxious and I can't sleep at all most nights.

00:00:12.000 --> 00:00:16.000
<v Therapist>For homework, would you write down your worries every evening?
"""


def test_a_session_needs_consent_and_then_works(desk: Desk) -> None:
    source = desk.file("zoom.vtt", VTT)
    refused = desk.run("draft", source, "--client", "K-12")
    assert refused.returncode == 3
    assert "consent" in refused.stderr
    assert desk.json("queue") == []

    assert desk.run("consent", "add", "--client", "K-12", "--participant", "client").returncode == 0
    (draft,) = desk.json("draft", source, "--client", "K-12")
    sources = {statement["source"] for section in draft["sections"] for statement in section["statements"]}
    assert "client said" in sources
    assert desk.run("consent", "revoke", "--client", "K-12", "--participant", "client").returncode == 0
    assert desk.run("draft", source, "--client", "K-12", "--again").returncode == 3


def test_session_audio_without_consent_is_not_even_opened(desk: Desk) -> None:
    """A fifo blocks whoever opens it; the command must come back at once and say why."""
    pipe = desk.root / "session.wav"
    os.mkfifo(pipe)
    for command in (["draft"], ["transcribe"]):
        result = desk.run(*command, pipe, "--kind", "session", "--client", "K-12", "--model", "rough")
        assert result.returncode == 3
        assert "consent" in result.stderr


def test_stopping_keeps_every_decision_and_says_how_to_go_on(desk: Desk) -> None:
    (draft,) = desk.json("draft", desk.file("tuesday.txt"))
    stopped = desk.run("review", "--plain", typed="k\nd\n")
    assert stopped.returncode == 3
    assert "Not signed" in stopped.stderr
    assert f"evenfall review {draft['digest'][:8]}" in stopped.stderr
    again = desk.run("review", "--plain", typed="")
    assert "2 of" in again.stdout
    assert desk.json("notes", "list") == []


def test_a_killed_review_loses_no_decision(desk: Desk) -> None:
    desk.json("draft", desk.file("tuesday.txt"))
    command = [sys.executable, "-u", "-c", "from pipeline.cli import main; main()", "review", "--plain"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=desk.environment()
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write("k\nk\n")
        process.stdin.flush()
        while "3 of" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGKILL)
    assert "2 of" in desk.run("review", "--plain").stdout
    assert desk.json("audit", "verify")["intact"] is True


def test_an_edit_and_an_added_statement_are_typed(desk: Desk) -> None:
    (draft,) = desk.json("draft", desk.file("tuesday.txt"))
    statements = sum(len(section["statements"]) for section in draft["sections"])
    typed = "e\nShe is anxious.\n" + "k\n" * (statements - 1) + unanswered(draft)
    typed += "mood\nShe smiled twice.\n\n" + "Ana Ruiz\nLCSW\nsign\n"
    assert desk.run("review", "--plain", typed=typed).returncode == 0
    (note,) = desk.json("notes", "list")
    sources = {s["text"]: s["source"] for section in note["sections"] for s in section["statements"]}
    assert sources["She is anxious."] == "typed"
    assert sources["She smiled twice."] == "typed"


def test_an_addendum_never_changes_the_note(desk: Desk) -> None:
    (draft,) = desk.json("draft", desk.file("tuesday.txt"))
    desk.sign(draft)
    (before,) = desk.json("notes", "list")
    signature = ("--name", "Ana Ruiz", "--credentials", "LCSW")
    text = "She rang: the appointment is moved to Friday."
    added = desk.run("notes", "addend", before["digest"][:8], "--text", text, *signature, "--late-entry")
    assert added.returncode == 0, added.stderr
    shown = desk.json("notes", "show", before["digest"][:8])
    assert shown["addenda"][0]["label"] == "Late entry"
    assert shown["digest"] == before["digest"]


def test_a_wrong_passphrase_opens_nothing_and_harms_nothing(desk: Desk) -> None:
    desk.json("draft", desk.file("tuesday.txt"))
    before = everything(desk.home)
    wrong = Desk(desk.root, passphrase="wrong horse")
    result = wrong.run("queue")
    assert result.returncode == 4
    assert "passphrase" in result.stderr
    assert everything(desk.home) == before
    assert len(desk.json("queue")) == 1


def test_drafting_the_same_source_again_gives_the_same_draft(desk: Desk) -> None:
    source = desk.file("tuesday.txt")
    (first,) = desk.json("draft", source)
    (second,) = desk.json("draft", source)
    assert first["digest"] == second["digest"]
    other = desk.run("draft", source, "--client", "K-99")
    assert other.returncode == 3
    assert "another client" in other.stderr
    desk.sign(first)
    signed_before = desk.run("draft", source)
    assert signed_before.returncode == 3
    assert "signed before" in signed_before.stderr


def test_purge_deletes_a_draft_with_a_receipt(desk: Desk) -> None:
    (draft,) = desk.json("draft", desk.file("tuesday.txt"))
    assert desk.run("purge", draft["digest"][:8], typed="n\n").returncode == 3
    (receipt,) = desk.json("purge", draft["digest"][:8], "--yes")
    assert receipt["outcome"] == "purged"
    assert desk.json("queue") == []


BAD: dict[str, str | bytes] = {
    "empty.txt": "",
    "blank.txt": " \n\r\n ",
    "thin.txt": "Hello there.",
    "no note.txt": "The train was late and then the other train was late as well, and it rained all the way home.",
    "emoji.txt": "🙂" * 50,
    "empty.wav": b"",
    "not audio.wav": "this is no sound at all, only words in a file with a wrong name\n" * 20,
    "header only.wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "garbage.mp3": bytes(range(256)) * 40,
    "malformed.vtt": "WEBVTT\n\n00:00:99 --> nonsense\nhello",
    "malformed.json": '{"id": "x", "turns": [',
    "strange.xyz": b"\x00\x01\x02",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gives_a_plain_message_and_no_draft(desk: Desk, name: str) -> None:
    source = desk.file(name, BAD[name])
    desk.run("consent", "add", "--client", "K-12", "--participant", "client")
    result = desk.run("draft", source, "--client", "K-12", "--model", "rough")
    assert result.returncode in (3, 4), result.stderr
    assert 1 <= len(result.stderr.strip().splitlines()) <= 3
    assert "Traceback" not in result.stderr
    assert "inside the program" not in result.stderr
    content = BAD[name]
    assert source.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert desk.json("queue") == []


def test_a_missing_file_and_a_folder(desk: Desk) -> None:
    for source in (desk.root / "nowhere.wav", desk.root):
        result = desk.run("draft", source)
        assert result.returncode == 3
        assert "Traceback" not in result.stderr
        assert "evenfall setup" not in result.stderr  # a speech model would not help


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(DICTATION.encode("utf-16"), id="UTF-16"),
        pytest.param(DICTATION.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(b"\xef\xbb\xbf" + DICTATION.encode(), id="BOM"),
        pytest.param((DICTATION + "🙂 she felt hopeful too").encode(), id="emoji"),
        pytest.param((DICTATION.replace("\n", " ") + "and so on " * 10_000).encode(), id="one long line"),
    ],
)
def test_odd_but_readable_text_gives_a_draft(desk: Desk, encoded: bytes) -> None:
    (draft,) = desk.json("draft", desk.file("odd.txt", encoded))
    categories = {statement["category"] for section in draft["sections"] for statement in section["statements"]}
    assert {"risk", "mood", "homework"} <= categories


def test_one_bad_source_does_not_stop_the_others(desk: Desk) -> None:
    result = desk.run("draft", desk.file("empty.txt", ""), desk.file("tuesday.txt"))
    assert result.returncode == 3
    assert len(desk.json("queue")) == 1


def test_an_error_inside_the_program_does_not_stop_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in desk.environment().items():
        monkeypatch.setenv(name, value)
    drafted = workflow.draft_source

    def failing(order: workflow.Order, *rest: Any) -> Any:
        if order.source.name == "odd.txt":
            raise ArithmeticError("marmalade")
        return drafted(order, *rest)

    monkeypatch.setattr(workflow, "draft_source", failing)
    result = CliRunner().invoke(app, ["draft", str(desk.file("odd.txt")), str(desk.file("tuesday.txt"))])
    assert result.exit_code == 1
    assert "odd.txt: an error inside the program (ArithmeticError)" in result.stderr
    assert "marmalade" not in result.stderr
    assert len(desk.json("queue")) == 1


def test_dotted_dates_are_drafted(desk: Desk) -> None:
    (draft,) = desk.json(
        "draft", desk.file("dotted.txt", f"Client was seen on 3.3.2026 and on 11.26.2026.\n{DICTATION}")
    )
    assert draft["sections"]


def test_usage_errors_and_unknown_settings(desk: Desk) -> None:
    assert desk.run("draft").returncode == 2
    assert desk.run("draft", "x.txt", "--date", "yesterday").returncode == 2
    environment = {**desk.environment(), "EVENFALL_PASSPRASE": "typo"}
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "queue"]
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert result.returncode == 4
    assert "EVENFALL_PASSPRASE" in result.stderr


def test_help_loads_no_heavy_library() -> None:
    heavy = {"spacy", "numpy", "av", "faster_whisper", "pocketsphinx", "sqlalchemy", "pydantic", "alembic", "yaml"}
    code = "import sys, pipeline.cli; print(*sorted(set(sys.modules) & set(sys.argv[1:])))"
    result = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []


def test_findings_reads_the_gold_format(desk: Desk) -> None:
    turns = [{"id": "t1", "speaker": "clinician", "start": 0.0, "end": 2.0, "text": "She denies suicidal ideation."}]
    docs = desk.file("docs.jsonl", json.dumps({"id": "d1", "kind": "dictation", "turns": turns}) + "\n")
    result = desk.run("findings", docs)
    assert result.returncode == 0, result.stderr
    (line,) = map(json.loads, result.stdout.splitlines())
    (found,) = line["findings"]
    assert (line["id"], found["category"], found["polarity"], found["subject"]) == ("d1", "risk", "denied", "client")
    assert found["evidence"][0]["quote"] == "suicidal ideation"


def test_the_demo_runs_twice_from_its_audio(desk: Desk) -> None:
    for _ in range(2):
        shown = desk.run("demo")
        assert shown.returncode == 0, shown.stderr
        assert "MUST BE TOUCHED" in shown.stdout
        assert "evenfall review" in shown.stdout
    assert SAMPLE.exists()
