"""Exporting by the real command: one file, its owner's alone, over no other, on the audit chain before it is there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import workflow
from pipeline.errors import Refused, StoreFault
from pipeline.export import TARGETS, Order, file
from pipeline.store import Store

from .exported import READ, late_entry, pages, squeezed
from .rings import own_keyring  # noqa: F401
from .test_evening import Desk, desk, everything  # noqa: F401
from .test_store import drafted, signed

# The file


def test_a_file_is_its_owners_alone_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    file.write(path, b"words", force=False)
    assert path.read_bytes() == b"words"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_no_file_is_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes(b"older")
    path.chmod(0o644)
    with pytest.raises(Refused, match="--force"):
        file.write(path, b"newer", force=False)
    assert path.read_bytes() == b"older"
    file.write(path, b"newer", force=True)
    assert path.read_bytes() == b"newer"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("lacking", [(), ("O_TMPFILE",), ("O_TMPFILE", "link")])
def test_a_file_is_whole_on_every_kind_of_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: tuple[str, ...], force: bool
) -> None:
    if "O_TMPFILE" in lacking:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    if "link" in lacking:
        monkeypatch.setattr(os, "link", _no_links)
    path = tmp_path / "note.txt"
    file.write(path, b"words", force=force)
    assert path.read_bytes() == b"words"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused, match="--force"):
        file.write(path, b"newer", force=False)
    file.write(path, b"newer", force=True)
    assert path.read_bytes() == b"newer"
    assert list(tmp_path.iterdir()) == [path]


def _no_links(*_: object, **__: object) -> None:
    raise PermissionError


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="this system has no files without a name")
def test_a_killed_program_leaves_nothing(tmp_path: Path) -> None:
    killed = (
        "import os, signal, sys; from pathlib import Path; from pipeline.export import file\n"
        "os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)\n"
        "file.write(Path(sys.argv[1]), b'words', force=False)"
    )
    done = subprocess.run([sys.executable, "-c", killed, str(tmp_path / "note.txt")], check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_program_left_is_removed(tmp_path: Path) -> None:
    left, making, other = (tmp_path / f".evenfall-{name}" for name in ("a" * 16, "b" * 16, "notes"))
    for path in (left, making, other):
        path.write_bytes(b"words")
    for path in (left, other):
        os.utime(path, (0, 0))
    file.write(tmp_path / "note.txt", b"words", force=False)
    assert {path.name for path in tmp_path.iterdir()} == {making.name, other.name, "note.txt"}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere, link = tmp_path / "elsewhere.txt", tmp_path / "note.txt"
    link.symlink_to(elsewhere)
    with pytest.raises(Refused):
        file.write(link, b"words", force=False)
    file.write(link, b"words", force=True)
    assert not elsewhere.exists()
    assert not link.is_symlink()


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match="No file of that name"):
        file.write(tmp_path / name, b"words", force=True)


def test_no_folder_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "note.txt", tmp_path):
        with pytest.raises(Refused):
            file.write(path, b"words", force=True)
    assert list(tmp_path.iterdir()) == []


# The audit chain


class FullStore(Store):
    """A store that can take no further event."""

    def record(self, action: str, subject: str = "") -> None:
        raise StoreFault("The store cannot grow: the disk is full.", "Make room on the disk, then try again.")


def test_an_export_that_cannot_be_recorded_does_not_happen(tmp_path: Path) -> None:
    out = tmp_path / "note.txt"
    with FullStore.open(tmp_path / "home", None, actor="Dr. Abel") as store:
        digest = signed(store).digest
        with pytest.raises(StoreFault):
            workflow.export_note(store, digest, Order(to="text"), out)
    assert not out.exists()


def test_each_export_is_on_the_chain_without_a_word_of_the_note(tmp_path: Path) -> None:
    out = tmp_path / "K-17 heartsick.pdf"
    with Store.open(tmp_path / "home", None, actor="Dr. Abel") as store:
        digest = signed(store).digest
        other = drafted(store, "b").digest
        workflow.export_note(store, digest, Order(to="pdf", appendix=True), out)
        workflow.export_note(store, digest, Order(to="text", shape="theranest"), None)
        workflow.export_note(store, other, Order(to="json"), None, unsigned=True)
        exports = [(event.action, event.subject) for event in store.events() if event.action.startswith("export")]
        store.verify_audit()
    assert exports == [
        ("export note as pdf with evidence", digest),
        ("export note as text (theranest@1)", digest),
        ("export draft as json", other),
    ]


def test_a_refused_export_leaves_neither_file_nor_event(tmp_path: Path) -> None:
    out = tmp_path / "note.txt"
    out.write_bytes(b"older")
    with Store.open(tmp_path / "home", None, actor="Dr. Abel") as store:
        digest = signed(store).digest
        for order in (Order(to="text"), Order(to="pdf", section="Plan"), Order(to="text", section="Prognosis")):
            with pytest.raises(Refused):
                workflow.export_note(store, digest, order, out, force=order.section is not None)
        assert not [event for event in store.events() if event.action.startswith("export")]
    assert out.read_bytes() == b"older"


def test_the_addenda_of_the_store_are_exported_with_their_note(tmp_path: Path) -> None:
    with Store.open(tmp_path / "home", None, actor="Dr. Abel") as store:
        digest = signed(store).digest
        store.addend(late_entry().replace(note=digest))
        text = workflow.export_note(store, digest, Order(to="text"), None).decode()
    assert text.index("Signed by Dr. Abel") < text.index("LATE ENTRY, 2026-03-04") < text.index("She rang at noon.")


# The command

DICTATION = """Progress note for today, telehealth, fifty minutes.
Mood: she describes herself as quietly heartsick about the marmalade business.
Risk: denies suicidal ideation, homicidal ideation and self-harm.
Homework: worry time, fifteen minutes on weekdays.
"""


def drafted_by(desk: Desk) -> str:  # noqa: F811
    (waiting,) = desk.json("draft", desk.file("tuesday.txt", DICTATION), "--client", "K-12", "--date", "2026-03-31")
    return str(waiting["digest"][:8])


def test_from_dictation_to_files(desk: Desk) -> None:  # noqa: F811
    unsigned = desk.root / "draft.pdf"
    done = desk.run("notes", "export", drafted_by(desk), "--draft", "--to", "pdf", "--out", unsigned)
    assert done.returncode == 0, done.stderr
    assert "heartsick" not in done.stdout + done.stderr
    assert all("DRAFT, not signed" in page for page in pages(unsigned.read_bytes()))
    (waiting,) = desk.json("queue")
    assert desk.sign(waiting).returncode == 0
    (found,) = desk.json("notes", "list")
    for to in TARGETS:
        out = desk.root / f"note.{to}"
        assert desk.run("notes", "export", found["digest"][:8], "--to", to, "--out", out).returncode == 0
        assert squeezed("Denies suicidal ideation, homicidal ideation") in squeezed(READ[to](out.read_bytes()))
        assert out.stat().st_mode & 0o777 == 0o600
    assert b"suicidal" not in everything(desk.home)
    assert desk.json("audit", "verify")["intact"] is True


def test_one_section_goes_to_the_clipboard_by_a_pipe_and_other_wishes_are_refused(desk: Desk) -> None:  # noqa: F811
    digest = drafted_by(desk)
    options = ("--draft", "--shape", "simplepractice", "--section", "Assessment")
    pasted = desk.run("notes", "export", digest, *options)
    assert "suicidal ideation" in pasted.stdout
    assert "heartsick" not in pasted.stdout
    assert desk.run("notes", "export", digest).returncode == 3  # a draft is no note
    assert desk.run("notes", "export", digest, "--draft", "--to", "pdf").returncode == 2  # nowhere to put it
    unknown = desk.run("notes", "export", digest, "--draft", "--shape", "epic")
    assert unknown.returncode == 4
    assert "simplepractice" in unknown.stderr
