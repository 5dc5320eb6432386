"""What setup wrote down about a model when it was installed, and whether the files are still those."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from .hub import digest_of

RECORD: Final = "verified.json"  # in the model's folder


class KeptFile(BaseModel):
    """A file as it was installed: bytes, SHA-256 in hex, time of its last change in ns since 1970."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    sha256: str
    changed: int


class Record(BaseModel):
    """When a model was installed and verified, and its files by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verified: AwareDatetime
    files: dict[str, KeptFile]


def write(folder: Path) -> None:
    """Write down every file of the folder."""
    files = {path.name: _kept(path) for path in sorted(folder.iterdir()) if path.name != RECORD}
    record = Record(verified=datetime.now(UTC), files=files)
    (folder / RECORD).write_text(record.model_dump_json(indent=1), encoding="utf-8")


def read(folder: Path) -> Record | None:
    """Return what was written down; None for a folder that setup did not make."""
    try:
        return Record.model_validate_json((folder / RECORD).read_bytes())
    except (OSError, ValidationError):
        return None


def altered(folder: Path, record: Record, thorough: bool) -> list[str]:
    """Return the files that are not the ones written down.

    A file is read where its size or time differs, and each one where `thorough`.
    """
    return [name for name, kept in record.files.items() if not _same(folder / name, kept, thorough)]


def _same(path: Path, kept: KeptFile, thorough: bool) -> bool:
    try:
        now = path.stat()
        if now.st_size != kept.size:
            return False
        return (now.st_mtime_ns == kept.changed and not thorough) or digest_of(path) == kept.sha256
    except OSError:
        return False


def _kept(path: Path) -> KeptFile:
    now = path.stat()
    return KeptFile(size=now.st_size, sha256=digest_of(path), changed=now.st_mtime_ns)
