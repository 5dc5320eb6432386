"""Words that stand nowhere else, spoken, typed and used as names, searched for in every byte after each step.

Searched are the data folder, the home with its caches, the temporary folders, logs, cores, a browser's profile; not the
files that the clinician brought, nor those that were exported in clear because they asked for it.
"""

import random
import re
import signal
import subprocess
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np

from pipeline import consent
from pipeline.audio.spool import Spool
from tests import microphone, pages
from trial import search
from trial.search import Hit
from trial.table import Case, Missing, Outcome
from trial.terminal import Terminal, typed
from trial.world import World

DICTATION = consent.ask("dictation", None, (), (), datetime.now(UTC))
SHARED = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))
PIECES, WIDTH = 200, 64  # of the sound: how many are searched for, and the bytes of each
LINK = re.compile(r"^http://\S+$", re.MULTILINE)
RUN, MOST = 4, 15  # words in a row of what was heard, and how many such runs are searched for
SEARCHED = "files searched for the words, names and sound of an evening"
SENTENCES = (
    "Client seen for fifty minutes by telehealth.",
    "She reports {mood} and {trouble} most days this week.",
    "She has been avoiding her {who} and staying in bed until noon.",
    "On {day} she went for a walk with her {who} and felt better afterwards.",
    "She denies suicidal thoughts and has no plan or intent to hurt herself.",
    "Keep a daily mood log and walk for twenty minutes three times before we meet again.",
)
CHOICES = {
    "mood": ("low mood", "anxiety", "panic", "guilt"),
    "trouble": ("trouble sleeping", "poor sleep", "nightmares"),
    "who": ("friends", "sister", "brother", "mother", "partner"),
    "day": ("Monday", "Tuesday", "Thursday", "Saturday"),
}


@dataclass
class Canaries:
    """The words of one evening, of syllables by chance, and what was heard of its speech."""

    chance: random.Random
    made: dict[str, str] = field(default_factory=dict)
    heard: tuple[str, ...] = ()
    sound: list[bytes] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        if name not in self.made:
            parts = (self.chance.choice("bdfgklmprtvz") + self.chance.choice("aeiou") for _ in range(5))
            self.made[name] = "".join(parts).capitalize() + "x"
        return self.made[name]

    @property
    def needles(self) -> tuple[search.Needle, ...]:
        """All of it, to be searched for."""
        return search.needles((*self.made.values(), *self.heard))

    @property
    def own(self) -> tuple[search.Needle, ...]:
        """The words that were made up, to be searched for where other programs write, too."""
        return search.plain_needles(tuple(self.made.values()))

    def told(self, hit: Hit) -> str:
        """Name what a hit found: a word by what it was used as."""
        if hit.word < 0:
            return "sound"
        return [*self.made, *(f"spoken {number}" for number in range(len(self.heard)))][hit.word]


@dataclass
class Evening:
    """A world in which canaries were used, and what was found of them so far."""

    world: World
    canaries: Canaries
    begun: float = field(default_factory=time.time)
    searched: int = 0
    found: list[str] = field(default_factory=list)

    def search(self, step: str) -> None:
        """Search every byte but those that the clinician brought and those that were exported."""
        left_out = (self.world.sources, self.world.out)
        own = list(search.files(self.world.folder, but=left_out))
        shared = list(search.files(*SHARED, since=self.begun, but=(self.world.folder,)))
        self.searched += len(own) + len(shared)
        hits = search.find(own, self.canaries.needles, self.canaries.sound)
        for hit in chain(hits, search.find(shared, self.canaries.own)):
            self._keep(f"after {step}: {self.canaries.told(hit)} as {hit.how} in {self._short(hit.file)}")

    def search_process(self, pid: int, step: str) -> None:
        """Search what any user may see of a process: its arguments, and what its owner sees: its environment."""
        for name in ("cmdline", "environ"):
            with suppress(OSError):
                data = Path(f"/proc/{pid}/{name}").read_bytes().lower()
                self.searched += 1
                for needle in self.canaries.own:
                    if needle.data in data:
                        self._keep(f"{step}: {list(self.canaries.made)[needle.word]} in the {name} of the process")

    def outcome(self) -> Outcome:
        """Return how many files were searched, and what was found."""
        return Outcome(self.searched, tuple(self.found))

    def _keep(self, line: str) -> None:
        if line not in self.found:
            self.found.append(line[:300])

    def _short(self, file: Path) -> str:
        return str(file.relative_to(self.world.folder)) if file.is_relative_to(self.world.folder) else str(file)


def cases(seed: int, few: bool) -> Iterator[Case]:
    """Yield an evening for each way in which one is spent."""
    if few:
        yield Case("files searched after each step of a short evening", "short", partial(_evening, a_short_one, seed))
        return
    for name, spend, row in (
        ("terminal", at_the_terminal, f"{SEARCHED} at the terminal, from the recording to the restored backup"),
        ("microphone", at_the_microphone, f"{SEARCHED} of dictating into the microphone, ended and killed"),
        ("page", on_the_page, f"{SEARCHED} on the page in Chromium with its profile, closed and killed"),
        ("crash", through_a_crash, f"{SEARCHED} that ends in crashes, core dumps switched on"),
    ):
        yield Case(row, name, partial(_evening, spend, seed))


def _evening(spend: Callable[[Evening], None], seed: int, folder: Path) -> Outcome:
    evening = Evening(World(folder), Canaries(random.Random(f"{seed} {spend.__name__}")))
    evening.world.words = f"open {evening.canaries['passphrase']} 7"
    spend(evening)
    return evening.outcome()


def speech(evening: Evening) -> np.ndarray:
    """Return an evening's dictation as flite speaks it, 16-bit samples at 16 kHz.

    Raises:
        Missing: there is no flite.
    """
    chance = evening.canaries.chance
    text = " ".join(SENTENCES).format(**{name: chance.choice(words) for name, words in CHOICES.items()})
    file = evening.world.sources / "spoken.wav"
    try:
        subprocess.run(["flite", "-voice", "rms", "-t", text, "-o", str(file)], check=True, capture_output=True)
    except FileNotFoundError:
        raise Missing("flite, which speaks: apt-get install flite") from None
    with wave.open(str(file)) as spoken:
        return np.frombuffer(spoken.readframes(spoken.getnframes()), np.int16)


def sounds(samples: np.ndarray) -> list[bytes]:
    """Return loud pieces of samples as they would stand in a file: as 16-bit numbers, and as the engine's floats."""
    data, floats = samples.astype("<i2").tobytes(), (samples.astype(np.float32) / 32768).tobytes()
    places = range(0, len(samples) - WIDTH, max(1, len(samples) // PIECES))
    loud = [at for at in places if np.abs(samples[at : at + WIDTH // 2].astype(int)).max() > 500]
    return [data[2 * at : 2 * at + WIDTH] for at in loud] + [floats[4 * at : 4 * at + WIDTH] for at in loud]


def phrases(evening: Evening) -> tuple[str, ...]:
    """Return what the engine heard of the speech, in runs of words.

    Raises:
        RuntimeError: it heard next to nothing, so that a search would show nothing.
    """
    with evening.world.store() as store:
        texts = [turn.text.split() for draft in store.drafts() for turn in store.transcript(draft.transcript).turns]
    runs = {" ".join(words[at : at + RUN]) for words in texts for at in range(len(words) - RUN + 1)}
    if len(runs) < 20:
        raise RuntimeError(f"of the speech only {len(runs)} runs of words were heard")
    return tuple(evening.canaries.chance.sample(sorted(runs), MOST))


def at_the_terminal(evening: Evening) -> None:
    """Spend an evening with commands alone; of the passphrase none of them is told but by typing."""
    world, words, canaries = evening.world, evening.world.words, evening.canaries
    a_short_one(evening)
    with world.store() as store, Spool.begin(store, DICTATION, medium="pcm") as spool:
        spool.append(b"".join(canaries.sound))
        spool.finish()
    typed(world, words, "spool", "purge", spool.spooled.id[:8], "--yes")
    evening.search("a recording was deleted")
    _handed_on(evening)
    evening.search("notes were exported, added to, backed up and restored")
    typed(world, words, "client", "delete", canaries["client"], "--with-notes", lines=[canaries["client"]])
    evening.search("a client was deleted")


def a_short_one(evening: Evening) -> None:
    """Draft a recording, delete the draft; draft a typed dictation, edit and sign it."""
    world, words, canaries = evening.world, evening.world.words, evening.canaries
    samples = speech(evening)
    canaries.sound = sounds(samples)
    who = ("--client", canaries["client"], "--participant", canaries["participant"])
    typed(world, words, "consent", "add", *who, lines=["y"])
    with world.store() as store, Spool.begin(store, DICTATION, medium="pcm", client=canaries["client"]) as spool:
        spool.append(samples.tobytes())
        spool.finish()
    evening.search("a recording was sealed")
    typed(world, words, "spool", "draft", spool.spooled.id[:8])
    canaries.heard = phrases(evening)
    typed(world, words, "purge", _draft(world), lines=["y"])
    evening.search("a recording was drafted and purged, its draft deleted")
    _typed_evening(evening)
    evening.search("a note was reviewed and signed")


def _draft(world: World) -> str:
    with world.store() as store:
        (draft,) = store.drafts()
    return draft.digest[:8]


def _typed_evening(evening: Evening) -> None:
    """Draft a typed dictation, whose file's name is a canary too, edit a statement of it and sign it."""
    world, words, canaries = evening.world, evening.world.words, evening.canaries
    text = f"{pages.DICTATION}She said that {canaries['dictated']} frightens her at night.\n"
    source = world.source(f"{canaries['file']}.txt", text)
    typed(world, words, "draft", source, "--client", canaries["client"])
    answers = world.answers().splitlines()
    edited = ["e", f"She feels afraid of {canaries['edited']} at night.", *answers[1:]]
    name = f"Jane {canaries['name']}"
    typed(world, words, "review", "--name", name, "--credentials", "LCSW", lines=edited)


def _handed_on(evening: Evening) -> None:
    world, words, canaries = evening.world, evening.world.words, evening.canaries
    with world.store() as store:
        (note,) = store.notes()
    number, name = note.digest[:8], f"Jane {canaries['name']}"
    for form in ("text", "docx", "pdf", "fhir"):
        typed(world, words, "notes", "export", number, "--to", form, "--out", world.out / f"note.{form}")
    added = ("--text", f"She called about {canaries['added']}.", "--name", name, "--credentials", "LCSW")
    typed(world, words, "notes", "addend", number, *added)
    typed(world, words, "audit", "export", world.folder / "audit.jsonl")
    stick = world.folder / "stick"
    stick.mkdir()
    typed(world, words, "backup", stick / "evenfall.backup")
    typed(world, words, "restore", stick / "evenfall.backup", "--home", world.folder / "restored")
    own = f"drawer {canaries['drawer']} 9"
    thought = [f"I felt like {canaries['thought']} when she spoke.", "."]
    typed(world, own, "process-notes", "add", "--client", canaries["client"], lines=thought)


def at_the_microphone(evening: Evening) -> None:
    """Dictate into a real PortAudio, once to the end and once until a kill; search on the way, too."""
    if not microphone.step():
        raise Missing("PortAudio over ALSA: apt-get install libportaudio2 alsa-utils")
    samples = speech(evening)
    world, words = evening.world, evening.world.words
    aloud = microphone.at_rate(samples, 16_000)
    with closing(microphone.Speaker(world.folder / "user", 4.0, 1)) as speaker:
        for step in ("was ended", "was killed"):
            with Terminal(world, words, "dictate", "--no-draft", "--client", evening.canaries["client"]) as here:
                here.until_said("Speak when you are ready")
                time.sleep(1.0)  # the microphone is opened after the greeting
                speaker.say(aloud)
                here.until(lambda: speaker.silent)
                evening.canaries.sound += _sealed_sound(evening)
                evening.search("half of a dictation")
                if step == "was killed":
                    here.kill(signal.SIGKILL)
                else:
                    here.type("q")
                here.wait()
            evening.search(f"a dictation {step}")
    with world.store() as store:
        spools = store.spools()
    for spool in spools:
        typed(world, words, "spool", "draft", spool.id[:8])
    evening.canaries.heard = phrases(evening)
    evening.search("dictations were drafted")


def _sealed_sound(evening: Evening) -> list[bytes]:
    """Return pieces of the sound that is sealed at this moment, which the recorder holds open."""
    from pipeline.audio.spool.chunks import Sealer

    found: list[bytes] = []
    with evening.world.store() as store:
        for one in store.spools():
            _, key = store.unlock_spool(one.id)
            chunks = Sealer(key, one.id).unseal((store.spool_folder / f"{one.id}.spool").read_bytes()).chunks
            data = b"".join(chunk.plain for chunk in chunks if chunk.part == "sound")
            found += sounds(np.frombuffer(data, "<i2"))
    if not found:
        raise RuntimeError("no sound was sealed, so that a search would show nothing")
    return found


def on_the_page(evening: Evening) -> None:
    """Spend an evening in a real Chromium with a profile of its own."""
    if pages.CHROMIUM is None:
        raise Missing("Chromium: apt-get install chromium")
    from trial.browsing import spend

    with _served(evening) as (here, link):
        spend(evening, link)
        evening.search_process(here.pid, "while the page was used")
        (evening.world.folder / "user" / "page.log").write_text(here.said)
        evening.search("an evening on the page, its log")
        here.kill(signal.SIGKILL)
        here.wait()
    evening.search("the page was killed")


@contextmanager
def _served(evening: Evening, *, cores: bool = False) -> Iterator[tuple[Terminal, str]]:
    """Have the page open; give its terminal and its one-time link."""
    with Terminal(evening.world, evening.world.words, "page", "--no-browser", cores=cores) as here:
        here.until(lambda: LINK.search(here.said))
        yield here, LINK.findall(here.said)[0]


def through_a_crash(evening: Evening) -> None:
    """Have the page, with words in its memory, crash where cores are written."""
    _demand_cores(evening.world.folder / "user")
    from trial.browsing import say_a_little

    with _served(evening, cores=True) as (here, link):
        say_a_little(evening, link)
        here.kill(signal.SIGSEGV)
        here.wait()
    evening.search("a crash of the page")
    with Terminal(evening.world, evening.world.words, "review", cores=True) as here:
        here.until_said("1 of ")
        here.kill(signal.SIGABRT)
        here.wait()
    evening.search("a crash of a review")


def _demand_cores(folder: Path) -> None:
    """See that a crash leaves a core here.

    Raises:
        Missing: it does not.
    """
    crash = "ulimit -c unlimited; exec sleep 60"
    with subprocess.Popen(["bash", "-c", crash], cwd=folder) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGSEGV)
        process.wait()
    cores = list(folder.glob("core*"))
    if not cores:
        raise Missing("cores in the working folder: sysctl kernel.core_pattern=core")
    for core in cores:
        core.unlink()
