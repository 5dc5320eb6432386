"""A real record to try things on: two drafts, a signed note, a session with consent, a recording that waits."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from pipeline import consent, review, workflow
from pipeline.audio.spool import Spool
from pipeline.config import Settings, load_settings
from pipeline.errors import EvenfallError
from pipeline.speech.transcripts.files import Pasted
from pipeline.store import Store
from pipeline.store.backup import content_digest
from pipeline.types import Consent, Decision, Draft, Note, Typing

ROOT: Final = Path(__file__).resolve().parents[2]
PASSPHRASE: Final = "open sesame 7"
CLINICIAN: Final = "j.doe"
SIGNATURE: Final = ("Ana Ruiz", "LCSW")
SAID: Final = (
    "Saw the client today for fifty minutes by telehealth. She reported feeling anxious about work and sleeping about "
    "four hours a night. She denied suicidal ideation. We practised grounding and she said it helped. She is taking "
    "sertraline fifty milligrams every morning. For homework she will keep a worry log. Next session on Tuesday.\n"
)
SESSION: Final = """WEBVTT

00:00:01.000 --> 00:00:06.000
Therapist: How has the week been since we last met?

00:00:07.000 --> 00:00:16.000
Client: I felt sad most mornings, and I had a panic attack on the bus on Wednesday.

00:00:17.000 --> 00:00:24.000
Therapist: Let's breathe in for four and out for six, and do that together for a minute.
"""
DICTATION: Final = consent.ask("dictation", None, (), (), datetime.now(UTC))


def settings_of(home: Path) -> Settings:
    """Return the settings of a home folder as a command finds them."""
    with at_home(home):
        return load_settings()


@contextmanager
def at_home(home: Path) -> Iterator[None]:
    """Have this process's environment name a home folder, and nothing else of Evenfall's."""
    kept = dict(os.environ)
    for name in [name for name in kept if name.startswith("EVENFALL_")]:
        del os.environ[name]
    os.environ["EVENFALL_HOME"] = str(home)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def opened(home: Path, passphrase: str = PASSPHRASE) -> Store:
    """Open the record of a home folder."""
    return Store.open(home, passphrase, actor=CLINICIAN)


def drafted(store: Store, settings: Settings, text: str, client: str | None = None, suffix: str = ".txt") -> Draft:
    """Draft what was typed or, with another suffix, a session's transcript."""
    kind = "dictation" if suffix == ".txt" else "session"
    order = workflow.Order(source=Pasted(text.encode(), suffix), kind=kind, client=client)
    return workflow.draft_source(order, store, settings, lambda done, total: None)


def signed(store: Store, made: Draft) -> Note:
    """Decide on all of a draft, as a clinician would who agrees with it, and sign it."""
    decided = workflow.start_review(made, store, store.actor)
    at = datetime.now(UTC)
    for statement in made.statements():
        decided = review.decide(made, decided, Decision(action="keep", target=statement.digest, at=at))
    for item in review.untouched(made, decided):
        decided = review.decide(made, decided, Decision(action="acknowledge", target=item.target, at=at))
    asked = workflow.questions(made, decided, store, None)
    for question in asked:
        aside = Decision(action="set aside", target=question.key, text="not today", at=at)
        decided = review.decide(made, decided, aside, asked)
    store.keep_review(decided)
    return workflow.sign(made, decided, *SIGNATURE, store)[0]


def recorded(store: Store, *parts: bytes, finish: bool = True) -> str:
    """Seal a dictation of these parts and return its id."""
    with Spool.begin(store, DICTATION, medium="pcm") as spool:
        for part in parts:
            spool.append(part)
        if finish:
            spool.finish()
        return spool.spooled.id


def heard(store: Store, spool_id: str) -> tuple[bytes, bool]:
    """Return the sound of a sealed recording, and whether it is said to be all of it."""
    with Spool.open(store, spool_id) as spool:
        content = spool.read(DICTATION)
    return content.data, content.whole and content.finished


def content_of(store: Store) -> str:
    """Return one digest of every row of every table."""
    with store._database.reading() as connection:
        return content_digest(connection)


def refused(error: BaseException) -> bool:
    """Say whether an error is one of ours and says what happened and what to do next."""
    return isinstance(error, EvenfallError) and bool(error.what.strip()) and bool(error.next_step.strip())


@lru_cache
def whole() -> Path:
    """Return a folder with `home`, a record that was closed, and `killed`, the same as a kill leaves it, with its log.

    It is made once in a process, and removed at its end. Copy from it.
    """
    folder = Path(tempfile.mkdtemp(prefix="evenfall-whole-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = folder / "home"
    settings = settings_of(home)
    with opened(home) as store:
        store.add_consent(
            Consent(
                client="K-12",
                participant="client",
                scope=("record", "transcribe"),
                method="written",
                wording="form@1",
                given_at=datetime.now(UTC),
            )
        )
        for said in (SAID, SAID.replace("work", "her exam")):
            signed(store, drafted(store, settings, said, "K-12"))
        drafted(store, settings, SESSION, "K-12", ".vtt")
        recorded(store, *(bytes(range(256)) * 64 for _ in range(6)))
        store.make_recovery_key()
        store.backup(folder / "kept.backup")
        store.keep_typing(Typing(role="clinician", at=datetime.now(UTC), text="She rang at noon."), "")
        drafted(store, settings, SAID.replace("work", "school"), "K-13")  # stays in the log until somebody closes
        store.record("looked at the calendar")
        shutil.copytree(home, folder / "killed")
    return folder


def evenfall(*arguments: str, by: Sequence[str] = (), seconds: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a command of Evenfall at the home folder that the environment names, started `by` another command.

    Raises:
        TimeoutExpired: it did not end in so many seconds.
    """
    own = {**os.environ, "EVENFALL_PASSPHRASE": PASSPHRASE, "EVENFALL_USER": CLINICIAN, "PYTHONPATH": str(ROOT)}
    line = [*by, sys.executable, "-c", "from pipeline.cli import main; main()", *arguments]
    return subprocess.run(
        line, env=own, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=seconds
    )


def copy(name: str, to: Path) -> Path:
    """Copy one of the folders of `whole` and return where it is."""
    return Path(shutil.copytree(whole() / name, to))
