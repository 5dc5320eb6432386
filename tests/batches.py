"""An evening of short spoken recordings, the real command over them, and what its record holds afterwards."""

import json
import os
import signal
import subprocess
import sys
import wave
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import resources
from pipeline.store import Store

SAMPLE = resources.configs() / "sample" / "dictation.wav"
PASSPHRASE = "correct horse"
CANARY = ("thought record", "paced breathing", "avoiding", "her sister", "always fails")  # said in the sample
SECONDS = 20  # of one recording
FIRSTS = (0, 6, 12, 18, 24, 30)  # seconds of the sample at which the recordings begin, so that no two are the same


def spoken(path: Path, first: float, seconds: float = SECONDS) -> Path:
    """Write a part of the bundled dictation as a WAV file."""
    with wave.open(str(SAMPLE)) as whole, wave.open(str(path), "wb") as part:
        part.setparams(whole.getparams())
        whole.setpos(int(first * whole.getframerate()))
        part.writeframes(whole.readframes(int(seconds * whole.getframerate())))
    return path


def killed(*_: object) -> int:
    """Be a process that the system ends because memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


@dataclass(frozen=True)
class Evening:
    """One clinician's computer with a folder of recordings, and a temp folder of its own."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def folder(self) -> Path:
        return self.root / "recorder"

    def recordings(self, count: int) -> list[Path]:
        """Return as many dictations of a client, as the recorder left them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return [spoken(self.folder / f"{number}.wav", first) for number, first in enumerate(FIRSTS[:count])]

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("EVENFALL_", "DASK_"))}
        (self.root / "tmp").mkdir(parents=True, exist_ok=True)
        own = {"EVENFALL_HOME": str(self.home), "EVENFALL_PASSPHRASE": PASSPHRASE, "EVENFALL_USER": "ruiz"}
        return {**kept, **own, "EVENFALL_SPEECH__MODEL": "rough", "TMPDIR": str(self.root / "tmp"), **more}

    def start(self, *args: str | Path, **more: str) -> "subprocess.Popen[str]":
        """Start the command in a process group of its own, its output a pipe of lines."""
        command = [sys.executable, "-c", "from pipeline.cli import main; main()", *map(str, args)]
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(**more),
            start_new_session=True,
        )

    def batch(self, *args: str | Path) -> list[dict[str, Any]]:
        """Run a batch over the folder to its end and return its events but those of progress."""
        process = self.start("batch", self.folder, "--client", "K-12", "--kind", "dictation", "--json", *args)
        out, err = process.communicate(timeout=120)
        assert err == ""
        events = [json.loads(line) for line in out.splitlines()]
        return [event for event in events if event["event"] not in ("listening", "heard")]

    def open_store(self) -> Store:
        return Store.open(self.home, PASSPHRASE, actor="ruiz")

    def kept(self) -> Counter[str]:
        """Return how often each draft that there is was kept, as the audit chain tells."""
        with self.open_store() as store:
            return kept(store)


def kept(store: Store) -> Counter[str]:
    """Return how often each draft that a record holds was kept, as its audit chain tells."""
    drafts = {draft.digest for draft in store.drafts()}
    written = Counter(event.subject for event in store.events() if event.action == "keep draft")
    assert written.keys() == drafts
    return written


def states(events: list[dict[str, Any]]) -> list[str]:
    """Return how each item ended, in order of their names."""
    return sorted(event["event"] for event in events)
