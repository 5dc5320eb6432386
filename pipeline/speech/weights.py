"""Where speech models lie, which one is used, and how one gets there: by download or from a local folder.

`root` is the folder of models, `home/"models"`; each model is a folder in it in the CTranslate2 layout. A model
appears there whole or not at all: it is made in a hidden folder, run once, then renamed.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ..errors import EvenfallError, ModelMissing, Unready
from ..resources import models
from ..types import Progress
from . import hub, integrity
from .whisper import FILES, WhisperEngine, missing

ROUGH: Final = "rough"
DEMO: Final = "demo"
WANTED: Final = (*FILES[:-1], "vocabulary.txt", "vocabulary.json", "preprocessor_config.json")
PARTIAL: Final = ".partial-"
OLD: Final = ".old-"
SETUP: Final = "Run: evenfall setup. Without a network: evenfall setup --from DIR. For one time only: --model DIR."


@dataclass(frozen=True)
class Size:
    """One choice: for whom in plain words, faster_whisper's names of it, the download in megabytes."""

    words: str
    english: str
    multilingual: str
    megabytes: int


SIZES: Final = {
    "fast": Size("for an older laptop; more words to correct", "base.en", "base", 150),
    "balanced": Size("for most computers of the last years", "small.en", "small", 490),
    "most accurate": Size("fewest words to correct; wants 8 GB of memory", "large-v3-turbo", "large-v3-turbo", 1620),
}
REPOSITORIES: Final = {"large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo"}  # those not Systran's


def model_name(choice: str, language: str | None = "en") -> str:
    """Return faster_whisper's name of a choice: English-only models hear English better than others of their size.

    Raises:
        Unready: there is no such choice.
    """
    size = SIZES.get(choice)
    if size is None:
        raise Unready(f"There is no speech model called {choice}.", f"Choose one of: {', '.join(SIZES)}.")
    return size.english if language == "en" else size.multilingual


def repository(name: str) -> str:
    """Return where on the hub a model of faster_whisper's name lies."""
    return REPOSITORIES.get(name, f"Systran/faster-whisper-{name}")


def installed(root: Path) -> list[Path]:
    """Return the folders of complete models, the one installed last first."""
    if not root.is_dir():
        return []
    whole = [path for path in root.iterdir() if not path.name.startswith(".") and path.is_dir() and not missing(path)]
    return sorted(whole, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)


def find(model: str | None, root: Path) -> Path | Literal["rough"]:
    """Return the model to use: a folder, an installed model's name, one that is bundled, or None: installed last.

    The bundled ones are for trying out only: "rough", and "demo", a folder too.

    Raises:
        ModelMissing: none is installed, or what was named is no complete model.
    """
    if model == ROUGH:
        return "rough"
    if model == DEMO:
        return demo()
    if not model:
        here = installed(root)
        if not here:
            raise ModelMissing("No speech model is installed.", SETUP)
        return here[0]
    folder = Path(model).expanduser()
    if not folder.is_dir() and folder.name == model and (root / model).is_dir():
        folder = root / model
    if not folder.is_dir():
        raise ModelMissing("The speech model's folder does not exist.", f"Check the path. {SETUP}")
    lacking = missing(folder)
    if lacking:
        raise ModelMissing(f"The speech model's folder lacks {', '.join(lacking)}.", f"Check the path. {SETUP}")
    return folder


def demo() -> Path:
    """Return the folder of the bundled Whisper model, which knows synthetic voices only."""
    return models() / "demo"


def download(choice: str, root: Path, progress: Progress, language: str | None = "en") -> Path:
    """Fetch a model from the Hugging Face hub, run it once, and put it in place; `progress` counts bytes.

    What was fetched before a failure is kept, and fetched no second time.

    Raises:
        Unready: no such choice, no network, damaged on the way, no room on the disk, or the model does not run.
    """
    name = model_name(choice, language)
    partial = _hidden(root, PARTIAL, name)
    whole, parts = partial / "model", partial / "parts"
    files = [file for file in hub.listing(repository(name)) if file.name in WANTED]
    try:
        parts.mkdir(parents=True, exist_ok=True)
        for file in files:
            if (whole / file.name).exists():  # an earlier setup was stopped while it tried the model out
                os.replace(whole / file.name, parts / file.digest)
        shutil.rmtree(whole, ignore_errors=True)
        report = _counted(progress, sum(file.size for file in files))
        here = [(hub.fetch(file, parts, report), file.name) for file in files]
        whole.mkdir()
        for path, file_name in here:
            os.replace(path, whole / file_name)
        return _in_place(whole, root, name)
    except OSError as error:
        raise _disk() from error


def install(source: Path, root: Path) -> Path:
    """Copy a model from a local folder: one in the CTranslate2 layout, or the hub's `models--owner--name`.

    Raises:
        ModelMissing: there is no complete model in it.
        Unready: no room on the disk, or the model does not run.
    """
    folder = _snapshot(source)
    lacking = missing(folder)
    if lacking:
        raise ModelMissing(
            f"That folder is no speech model: it lacks {', '.join(lacking)}.",
            "Name a folder with a faster-whisper model, or the hub's models--... folder.",
        )
    name = _name(source, folder)
    whole = _hidden(root, PARTIAL, name) / "model"
    try:
        shutil.rmtree(whole, ignore_errors=True)
        whole.mkdir(parents=True)
        for path in _wanted(folder):
            _copy(path, whole / path.name, _promised(path))
        return _in_place(whole, root, name)
    except EvenfallError:
        shutil.rmtree(whole, ignore_errors=True)
        with suppress(OSError):  # not empty: a download of the same model waits there
            whole.parent.rmdir()
        raise
    except OSError as error:
        raise _disk() from error


def _copy(path: Path, place: Path, promised: str) -> None:
    shutil.copyfile(path, place)
    if promised and hub.digest_of(place, like=promised) != promised:
        raise Unready(
            f"The file {path.name} in that folder is damaged.", "Copy the model there again, or run: evenfall setup."
        )


def _promised(path: Path) -> str:
    """Return the digest that a file should have: as setup wrote it down, or as the hub's cache names it; else none."""
    record = integrity.read(path.parent)
    if record and path.name in record.files:
        return record.files[path.name].sha256
    name = path.resolve().name
    return name if len(name) in (40, 64) and not set(name) - set("0123456789abcdef") else ""


def _counted(progress: Progress, total: int) -> Callable[[int], None]:
    """Return what adds up the bytes that are new and reports them."""
    done = 0

    def came(more: int) -> None:
        nonlocal done
        done += more
        progress(done, total)

    return came


def _in_place(whole: Path, root: Path, name: str) -> Path:
    """Run a model once and rename it to its place; one that was there before is given up only then.

    Raises:
        ModelMissing, Unready: it is not complete or does not run; it stays where it was made, and nothing was changed.
    """
    hub.switch_off()
    WhisperEngine(whole, threads=0, language=None).try_out()
    integrity.write(whole)
    os.utime(whole)  # the one installed last is the one in use
    place, old = root / name, _hidden(root, OLD, name)
    try:
        shutil.rmtree(old, ignore_errors=True)
        if place.exists():
            os.replace(place, old)
        os.replace(whole, place)
    finally:
        if old.exists() and not place.exists():
            os.replace(old, place)
        shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(whole.parent, ignore_errors=True)
    return place


def _wanted(folder: Path) -> list[Path]:
    return [folder / name for name in WANTED if (folder / name).is_file()]


def _snapshot(source: Path) -> Path:
    """Return the folder that holds the files: the source itself, or the hub's current snapshot in it."""
    if not (source / "snapshots").is_dir():
        nested = sorted(source.glob("models--*/snapshots")) if source.is_dir() else []
        if len(nested) != 1:
            return source
        source = nested[0].parent
    revisions = [path for path in (source / "snapshots").iterdir() if path.is_dir()]
    main = source / "refs" / "main"
    current = main.read_text(encoding="ascii").strip() if main.is_file() else ""
    return max(revisions, key=lambda path: (path.name == current, path.stat().st_mtime_ns), default=source)


def _name(source: Path, folder: Path) -> str:
    """Return the name to install under: `tiny.en` of `models--Systran--faster-whisper-tiny.en`."""
    hub = next((p.name for p in (folder, *folder.parents) if p.name.startswith("models--")), None)
    name = hub.split("--")[-1] if hub else source.resolve().name
    return name.removeprefix("faster-whisper-").lstrip(".") or "model"


def _hidden(root: Path, prefix: str, name: str) -> Path:
    return root / f"{prefix}{name}"


def _disk() -> Unready:
    return Unready(
        "The speech model could not be written to the disk.", "Check for free space and for permission; try again."
    )
