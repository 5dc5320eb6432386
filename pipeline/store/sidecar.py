"""The small file beside the store that says how its key is found; it holds no key and no word of a client."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..disk import sync_folder
from ..errors import StoreFault

NAME: Final = "store.json"
DRAWER: Final = "drawer"  # the folder of the process notes in a data folder: a store.json and a key of its own
FORMAT: Final = 2
PATIENCE: Final = 30.0  # seconds to wait for another Evenfall that is creating the store

KeyKind = Literal["keyring", "passphrase"]
Hex16 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Wrapped = Annotated[str, Field(pattern=r"^[0-9a-f]{80}$")]  # 32 bytes as RFC 3394 wraps them


class Argon2(BaseModel):
    """The salt and costs of Argon2id; the defaults are RFC 9106's second recommended option."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    salt: Hex16
    passes: Annotated[int, Field(ge=1, le=64)] = 3
    memory_kib: Annotated[int, Field(ge=8 * 1024, le=4 * 1024 * 1024)] = 64 * 1024
    lanes: Annotated[int, Field(ge=1, le=64)] = 4


class Sidecar(BaseModel):
    """How the key of one store is found.

    `check` is derived from the key, so that a wrong key is known before the store's file is touched. `ready` is false
    until the store's file is complete: only then may a missing file be made anew.

    `wrapped` is the store's key, sealed with one made from the passphrase; in a file of format 1 the passphrase's own
    key is the store's. `recovery` is the store's key sealed with the recovery key, where one was made. `left_keyring`
    says that the keyring may still hold a key that a passphrase took the place of. `sum` is in the file alone: it shows
    damage that would be found only when the recovery key is needed.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    format: Literal[1, 2] = FORMAT
    store: Hex16
    kind: KeyKind
    check: Hex32
    ready: bool
    argon2: Argon2 | None = None
    wrapped: Wrapped | None = None
    recovery: Wrapped | None = None
    left_keyring: bool = False
    sum: Hex32 | None = None


class Way(Protocol):
    """Where it is said how a key is found: a file beside the record, or the member's row on a practice's server."""

    def read(self) -> Sidecar | None:
        """Return what is said, None where nothing is."""
        ...

    def write(self, sidecar: Sidecar) -> None:
        """Say this from now on."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Hold it against others who would change it."""
        ...

    def may_cosign(self) -> bool:
        """Say whether whoever goes this way may co-sign: in a practice its supervisors alone."""
        ...


@dataclass(frozen=True)
class File:
    """The file beside the record in a home folder."""

    home: Path

    def read(self) -> Sidecar | None:
        """Read it; see `read_sidecar`."""
        return read_sidecar(self.home)

    def write(self, sidecar: Sidecar) -> None:
        """Write it; see `write_sidecar`."""
        write_sidecar(self.home, sidecar)

    def alone(self) -> AbstractContextManager[None]:
        """Hold the folder; see the function `alone`."""
        return alone(self.home)

    def may_cosign(self) -> bool:
        """Say yes: one clinician's record has no members; its page asks for the supervisor's PIN."""
        return True


def make_home(home: Path) -> None:
    """Make the home folder, or close it, and what of the record is in it, to all but its owner.

    Raises:
        StoreFault: it cannot be made or closed.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name != "nt":
            for path in (home, *home.glob("store.*"), *home.glob("spool"), *home.glob("spool/*.spool")):
                _close(path, follow=path == home)
    except OSError as error:
        raise StoreFault(
            f"The folder {home} cannot be used.", "Mend its permissions, or set EVENFALL_HOME to another."
        ) from error


def _close(path: Path, *, follow: bool) -> None:
    """Take away what others than its owner may do; of a link only where it is one to `follow`."""
    if follow or not path.is_symlink():
        with suppress(FileNotFoundError):  # the log of another process comes and goes
            mode = path.stat().st_mode
            if mode & 0o077:
                path.chmod(mode & 0o700)


def read_sidecar(home: Path) -> Sidecar | None:
    """Read the sidecar of a home folder, None where there is none.

    Raises:
        StoreFault: it cannot be read, is damaged, or is of a newer Evenfall.
    """
    path = home / NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreFault(f"{path} cannot be read.", "Put it back from a backup, or mend its permissions.") from error
    damaged = StoreFault(f"{path} is damaged.", "Put it back from a backup; the key depends on it.")
    try:
        found = Sidecar.model_validate_json(text)
    except ValidationError as error:
        if _format(text) > FORMAT:
            raise StoreFault("This store was made by a newer Evenfall.", "Update Evenfall.") from error
        raise damaged from error
    plain = found.model_copy(update={"sum": None})
    if found.sum not in (None, _sum(plain)):
        raise damaged
    return plain


def write_sidecar(home: Path, sidecar: Sidecar) -> None:
    """Write the sidecar so that a crash leaves the old one or the new one, readable by its owner only.

    Raises:
        StoreFault: the folder cannot be written.
    """
    path, part = home / NAME, home / f"{NAME}.part"
    try:
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            summed = sidecar.model_copy(update={"sum": _sum(sidecar)})
            file.write(summed.model_dump_json(indent=1, exclude_none=True) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        sync_folder(home)
    except OSError as error:
        raise StoreFault(f"{path} cannot be written.", "Make room on the disk, or mend the permissions.") from error


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the home folder against another process that would create a store in it; a killed holder lets go.

    Raises:
        StoreFault: the folder cannot be written, or another process holds it for longer than `PATIENCE`.
    """
    path = home / "store.lock"  # stays, empty: to remove it while another process waits for it breaks the lock
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        # SQLite's lock on an empty file: the one lock in the standard library that works alike on every platform
        lock = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error:
            lock.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise StoreFault(
            f"{home} cannot be locked to make a store in it.",
            "Close any other Evenfall, and see that the folder can be written.",
        ) from error
    try:
        yield
    finally:
        lock.close()


def _sum(sidecar: Sidecar) -> str:
    return hashlib.sha256(sidecar.model_dump_json(exclude_none=True).encode()).hexdigest()


def _format(text: str) -> int:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return 0
    found = value.get("format", 0) if isinstance(value, dict) else 0
    return found if isinstance(found, int) else 0
