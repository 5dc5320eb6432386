"""A small sample of `scripts/trials kills canary`: a few kills, one evening searched; and that a loss would be seen."""

import base64
import bz2
import gzip
import io
import re
import signal
import zipfile
import zlib
from pathlib import Path

import pytest
from trial import canary, kills, search
from trial.heard import SpoolPurging
from trial.moments import After
from trial.table import Case, Missing, Outcome, go_through, markdown
from trial.world import World, prepared

from pipeline import web

WORD = "Bogumilexa"
TEMPLATES = sorted((Path(web.__file__).parent / "templates").glob("*.html"))
OFF = 'autocomplete="off"'
FIELD = re.compile(r"<(?:textarea|input(?![^>]*type=.(?:hidden|checkbox|radio|password)))[^>]*>")
posix = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is POSIX")


def tried(case: Case, folder: Path) -> Outcome:
    try:
        return case.run(folder)
    except Missing as missing:
        pytest.skip(str(missing))


@posix
@pytest.mark.parametrize("case", list(kills.cases(1, few=True)), ids=lambda case: case.name)
def test_a_killed_action_loses_nothing(case: Case, tmp_path: Path) -> None:
    assert tried(case, tmp_path / "case") == Outcome(1)


@posix
@pytest.mark.parametrize("case", list(canary.cases(1, few=True)), ids=lambda case: case.name)
def test_no_word_of_an_evening_stands_anywhere(case: Case, tmp_path: Path) -> None:
    outcome = tried(case, tmp_path / "case")
    assert outcome.found == ()
    assert outcome.tried >= 10  # files and processes of its own; what others change in /tmp comes on top


# The trials themselves


class Losing(SpoolPurging):
    """A deletion that is killed before it begins, on a computer that then loses the sealed file."""

    def settle(self, world: World) -> None:
        (sealed,) = (world.home / "spool").glob("*.spool")
        sealed.write_bytes(sealed.read_bytes()[:1000])


@posix
def test_a_loss_is_seen(tmp_path: Path) -> None:
    action = Losing()
    end = kills.unkilled(SpoolPurging(), tmp_path / "case").end
    world = prepared(action.name, tmp_path / "case", action.make)
    found = kills.killed(action, world, After(0.0), end)
    assert found
    assert any("Nothing of the sealed recording can be opened" in line or "half purged" in line for line in found)


def packed(data: bytes) -> bytes:
    """Return a zip file with a member that holds these bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("inner", data)
    return file.getvalue()


TEXT = f"She fears {WORD} at night. ".encode()
WAYS = {
    "text": TEXT,
    "capitals": TEXT.upper(),
    "UTF-16": TEXT.decode().encode("utf-16-le"),
    "UTF-16, big-endian": TEXT.decode().encode("utf-16-be"),
    "hex": TEXT.hex().encode(),
    "hex in capitals": TEXT.hex().upper().encode(),
    **{f"base64 after {n} bytes": base64.b64encode(b"x" * n + TEXT) for n in range(3)},
    "base64 of UTF-16": base64.b64encode(TEXT.decode().encode("utf-16-le")),
    "gzip": gzip.compress(TEXT),
    "zlib": zlib.compress(TEXT),
    "zlib that is cut off": zlib.compress(TEXT * 99)[:-8],
    "zip": packed(TEXT),
    "bzip2": bz2.compress(TEXT),
    "gzip in a zip": packed(gzip.compress(TEXT)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_word_is_found_however_it_is_written(tmp_path: Path, way: str) -> None:
    (tmp_path / "core").write_bytes(b"\0\x78\x9c\x1f\x8b\x08 before " + WAYS[way] + b" after")
    assert {hit.word for hit in search.find(search.files(tmp_path), search.needles(("Ulanbatoreska", WORD)))} == {1}


def test_a_word_in_a_name_and_a_piece_of_sound_are_found(tmp_path: Path) -> None:
    (tmp_path / f"{WORD.lower()}.wav").write_bytes(b"RIFF" + bytes(range(64)))
    hits = search.find(search.files(tmp_path), search.needles((WORD,)), (bytes(range(8, 40)),))
    assert {(hit.word, hit.how) for hit in hits} == {(0, "name, text"), (-1, "sound")}


def test_what_the_clinician_brought_is_left_out_and_what_is_older(tmp_path: Path) -> None:
    for name in ("sources/a", "home/b", "home/deeper/c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(WORD)
    assert {path.name for path in search.files(tmp_path, but=(tmp_path / "sources",))} == {"b", "c"}
    assert list(search.files(tmp_path, since=(tmp_path / "home/b").stat().st_ctime + 60)) == []


def test_a_run_goes_on_from_its_log_and_an_error_counts_as_found(tmp_path: Path) -> None:
    begun: list[str] = []

    def steady(folder: Path) -> Outcome:
        begun.append("steady")
        assert list(folder.iterdir()) == []
        (folder / "rest").touch()
        return Outcome(5)

    def broken(folder: Path) -> Outcome:
        begun.append("broken")
        assert list(folder.iterdir()) == []
        raise OSError("the power is gone")

    def lacking(folder: Path) -> Outcome:
        begun.append("lacking")
        raise Missing("a microphone")

    cases = [Case("a row", "1", steady), Case("a row", "2", broken), Case("another", "3", lacking)]
    for _ in range(2):
        found = list(go_through({"kills": cases}, 7, tmp_path / "work", tmp_path / "log"))
    assert begun == ["steady", "broken", "lacking", "lacking"]
    assert [len(entry.found) for entry in found] == [0, 1]
    assert markdown(found).splitlines()[2:] == ["| kills | a row | 6 | 1 |"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_browser_is_asked_to_remember_no_field(template: Path) -> None:
    """The trial found a participant's name in a browser's profile: what a form holds, and what a file is called."""
    text = template.read_text()
    for form in re.findall(r"<form.*?</form>", text, re.DOTALL):
        if OFF not in form.partition(">")[0]:
            assert [field for field in FIELD.findall(form) if OFF not in field] == []
    outside = re.sub(r"<form.*?</form>", "", text, flags=re.DOTALL)
    assert [field for field in FIELD.findall(outside) if OFF not in field] == []
