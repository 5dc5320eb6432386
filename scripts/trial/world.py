"""One clinician's computer for a trial: every folder that a program may write to is below one, and can be searched."""

import os
import shutil
import tempfile
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pipeline.store import Store
from tests import pages
from tests.test_evening import unanswered
from trial import children
from trial.children import Running

WORDS = pages.PASSPHRASE
USER = "j.doe"
SETTINGS = {"EVENFALL_SPEECH__MODEL": "rough"}


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    said: str
    told: str


@dataclass
class World:
    """A home, a temporary folder, a folder of what the clinician brings, and one for what goes out in clear.

    `words` is the passphrase that opens the record at the moment.
    """

    folder: Path
    words: str = WORDS
    more: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("sources", "out", "tmp", "user", "said"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    @property
    def home(self) -> Path:
        """The data folder."""
        return self.folder / "home"

    @property
    def sources(self) -> Path:
        """The folder of the audio and text that the clinician brings."""
        return self.folder / "sources"

    @property
    def out(self) -> Path:
        """The folder of what is exported."""
        return self.folder / "out"

    def environment(self) -> dict[str, str]:
        """Return what a command of this computer sees."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("EVENFALL_", "XDG_"))}
        user = self.folder / "user"
        own = {
            "EVENFALL_HOME": str(self.home),
            "EVENFALL_PASSPHRASE": self.words,
            "EVENFALL_USER": USER,
            "HOME": str(user),
            "TMPDIR": str(self.folder / "tmp"),
            "XDG_CACHE_HOME": str(user / "cache"),
            "XDG_CONFIG_HOME": str(user / "config"),
            "XDG_DATA_HOME": str(user / "data"),
            "XDG_STATE_HOME": str(user / "state"),
            "XDG_RUNTIME_DIR": str(self.folder / "tmp"),
        }
        return {**kept, **own, **SETTINGS, **self.more}

    def start(self, *arguments: str | Path, typed: str = "", held: bool = False) -> Running:
        """Start a command."""
        words = [str(argument) for argument in arguments]
        return children.parent().start(words, self.environment(), self.folder / "said", typed=typed, held=held)

    def run(self, *arguments: str | Path, typed: str = "") -> Done:
        """Run a command to its end, whatever that is."""
        running = self.start(*arguments, typed=typed)
        return Done(running.wait(), running.said, running.told)

    def do(self, *arguments: str | Path, typed: str = "") -> str:
        """Run a command that must end well, and return what it said.

        Raises:
            RuntimeError: it does not.
        """
        done = self.run(*arguments, typed=typed)
        if done.code:
            raise RuntimeError(f"evenfall {arguments[0]} ended with {done.code}: {done.told[-300:]}")
        return done.said

    def store(self, home: Path | None = None) -> Store:
        """Open the record."""
        return Store.open(home or self.home, self.words, actor=USER)

    def source(self, name: str, content: str) -> Path:
        """Write a file that the clinician brings."""
        path = self.sources / name
        path.write_text(content)
        return path

    def spoken(self, name: str, seconds: float) -> Path:
        """Write the first seconds of the bundled dictation into a file that the clinician brings."""
        path = self.sources / name
        with wave.open(str(pages.SPOKEN)) as whole, wave.open(str(path), "wb") as part:
            part.setparams(whole.getparams())
            part.writeframes(whole.readframes(int(seconds * whole.getframerate())))
        return path

    def answers(self) -> str:
        """Return what is typed to go on with the one draft and sign it.

        Everything is kept and confirmed, what must be answered is set aside, nothing else is answered.
        """
        with self.store() as store:
            (draft,) = store.drafts()
            kept = store.review_of(draft.digest)
        decided = kept.standing if kept else {}
        statements = [statement.digest for statement in draft.statements()]
        begins = next((at for at, target in enumerate(statements) if target not in decided), len(statements))
        confirmed = [item for item in draft.must_touch if ":" in item.target and item.target not in decided]
        left_out = [one.model_dump() for one in draft.left_out if one.digest not in decided]
        questions = [one.model_dump() for one in draft.questions if one.key not in decided]
        asked = unanswered({"left_out": left_out, "questions": questions})
        return "k\n" * (len(statements) - begins) + "c\n" * len(confirmed) + asked + "\n" + "sign\n"


@cache
def _shelf() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="evenfall-shelf-")


_made: dict[tuple[str, Path], Path] = {}


def prepared(name: str, folder: Path, make: Callable[[World], None]) -> World:
    """Return the world that `make` makes of an empty one in this folder; made once, and copied from then on."""
    shutil.rmtree(folder, ignore_errors=True)
    if (name, folder) not in _made:
        make(World(folder))
        shelf = Path(_shelf().name, str(len(_made)))
        shutil.copytree(folder, shelf, symlinks=True)
        _made[name, folder] = shelf
    else:
        shutil.copytree(_made[name, folder], folder, symlinks=True)
    return World(folder)
