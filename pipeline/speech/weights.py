"""Where speech models lie, which one is used, and how one gets there: by download or from a local folder.

`root` is the folder of models, `home/"models"`; each model is a folder in it in the CTranslate2 layout. A model
appears there whole or not at all: it is made in a hidden folder, run once, then renamed.
"""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ..errors import ModelMissing, Unready
from ..types import Progress
from .whisper import FILES, WhisperEngine, missing

ROUGH: Final = "rough"
WANTED: Final = (*FILES[:-1], "vocabulary.txt", "vocabulary.json", "preprocessor_config.json")
PARTIAL: Final = ".partial-"
OLD: Final = ".old-"
POLL: Final = 0.5  # seconds between two reports of a download
SETUP: Final = "Run: evenfall setup. Without a network: evenfall setup --from DIR. For one time only: --model DIR."


@dataclass(frozen=True)
class Size:
    """One choice in plain words; the names are faster_whisper's, the download is in megabytes."""

    words: str
    english: str
    multilingual: str
    megabytes: int


SIZES: Final = {
    "fast": Size("fast: an older laptop; more words to correct", "base.en", "base", 150),
    "balanced": Size("balanced: most computers of the last years", "small.en", "small", 490),
    "most accurate": Size("most accurate: 8 GB of memory; slower", "large-v3-turbo", "large-v3-turbo", 1620),
}


def model_name(choice: str, language: str | None = "en") -> str:
    """Return faster_whisper's name of a choice: English-only models hear English better than others of their size.

    Raises:
        Unready: there is no such choice.
    """
    size = SIZES.get(choice)
    if size is None:
        raise Unready(f"There is no speech model called {choice}.", f"Choose one of: {', '.join(SIZES)}.")
    return size.english if language == "en" else size.multilingual


def model_folder(choice: str, root: Path, language: str | None = "en") -> Path:
    """Return where `download` puts a choice."""
    return root / model_name(choice, language)


def installed(root: Path) -> list[Path]:
    """Return the folders of complete models, the one installed last first."""
    if not root.is_dir():
        return []
    whole = [path for path in root.iterdir() if not path.name.startswith(".") and path.is_dir() and not missing(path)]
    return sorted(whole, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)


def find(model: str | None, root: Path) -> Path | Literal["rough"]:
    """Return the model to use: a folder, an installed model's name, "rough", or for None the one installed last.

    Raises:
        ModelMissing: none is installed, or what was named is no complete model.
    """
    if model == ROUGH:
        return "rough"
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


def download(choice: str, root: Path, progress: Progress, language: str | None = "en") -> Path:
    """Fetch a model from the Hugging Face hub, run it once, and put it in place; `progress` counts megabytes.

    This is Evenfall's only use of a network. What was fetched before a failure is kept, and fetched no second time.

    Raises:
        Unready: no such choice, no network, no room on the disk, or the model does not run.
    """
    name = model_name(choice, language)
    partial = _hidden(root, PARTIAL, name)
    cache = partial / "cache"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _reported(cache, SIZES[choice].megabytes, progress):
            snapshot = _fetch(name, cache)
        whole = partial / "model"
        shutil.rmtree(whole, ignore_errors=True)
        whole.mkdir()
        for path in _wanted(snapshot):
            os.replace(path.resolve(), whole / path.name)  # the snapshot's are links into the cache
        shutil.rmtree(cache)
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
    whole = _hidden(root, PARTIAL, _name(source, folder)) / "model"
    try:
        shutil.rmtree(whole, ignore_errors=True)
        whole.mkdir(parents=True)
        for path in _wanted(folder):
            shutil.copyfile(path, whole / path.name)
        return _in_place(whole, root, _name(source, folder))
    except OSError as error:
        raise _disk() from error


def _fetch(name: str, cache: Path) -> Path:
    from faster_whisper.utils import download_model

    try:
        return Path(download_model(name, cache_dir=str(cache), use_auth_token=False))
    except Exception as error:  # the hub's errors have no common root: OSError, httpx's, xet's
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Unready(
            "The speech model could not be downloaded: the Hugging Face hub cannot be reached.",
            "Check the network and try again; or fetch the model elsewhere and run: evenfall setup --from DIR.",
        ) from error


@contextmanager
def _reported(folder: Path, total: float, progress: Progress) -> Iterator[None]:
    """Report how many megabytes the folder holds until the block ends; the hub's own reports are shut off."""
    done = threading.Event()

    def poll() -> None:
        while not done.wait(POLL):
            progress(min(total, _megabytes(folder)), total)

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    progress(total, total)


def _megabytes(folder: Path) -> float:
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.lstat().st_size
        except OSError:  # renamed while it was fetched
            continue
    return size / 1_000_000


def _in_place(whole: Path, root: Path, name: str) -> Path:
    """Run a model once and rename it to its place; one that was there before is given up only then.

    Raises:
        ModelMissing, Unready: it is not complete or does not run; nothing was changed.
    """
    place, old = root / name, _hidden(root, OLD, name)
    try:
        WhisperEngine(whole, threads=0, language=None).try_out()
        os.utime(whole)  # the one installed last is the one in use
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
