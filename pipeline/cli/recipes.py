"""What has a computer run a command every evening, or always: files of configs/evenings, filled in for this one."""

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final, Literal
from xml.sax.saxutils import escape

from .. import resources
from ..errors import Refused

Computer = Literal["linux", "mac", "windows"]
What = Literal["evening", "watch"]

FOLDER: Final = "evenings"
NAMED: Final = ("EVENFALL_HOME", "EVENFALL_USER")  # settings that go along; a passphrase never does
HERE: Final[Computer] = "mac" if sys.platform == "darwin" else "windows" if sys.platform == "win32" else "linux"


@dataclass(frozen=True)
class Job:
    """What is to be run: the command's words, and at which time of day."""

    command: tuple[str, ...]
    what: What
    hour: int = 18
    minute: int = 0


@dataclass(frozen=True)
class Recipe:
    """The files for one computer, each with its content, and the commands that start and stop what they describe.

    `clear` are those that end an earlier one before; they fail where there is none.
    """

    files: tuple[tuple[Path, bytes], ...]
    start: tuple[tuple[str, ...], ...]
    stop: tuple[tuple[str, ...], ...]
    clear: tuple[tuple[str, ...], ...] = ()


def own_command() -> tuple[str, ...]:
    """Return the words that start this Evenfall, by its full path."""
    beside = Path(sys.executable).with_name("evenfall.exe" if sys.platform == "win32" else "evenfall")
    if beside.is_file():
        return (str(beside),)
    return (sys.executable, "-c", "from pipeline.cli import main; main()")


def recipe(job: Job, computer: Computer = HERE) -> Recipe:
    """Return the files and commands for a job.

    Raises:
        Refused: a word of the command holds a line break, which such a file cannot.
    """
    environment = {name: os.environ[name] for name in NAMED if os.environ.get(name)}
    if any(ord(letter) < 32 for word in (*job.command, *environment.values()) for letter in word):
        raise Refused("A name holds a line break or the like.", "Rename the folder.")
    makers: dict[Computer, Callable[[Job, Mapping[str, str]], Recipe]] = {
        "linux": _systemd,
        "mac": _launchd,
        "windows": _scheduler,
    }
    return makers[computer](job, environment)


def install(made: Recipe) -> None:
    """Write the files and start what they describe, in the place of what an earlier install started.

    Raises:
        Refused: they cannot be written, or this computer does not take them.
    """
    for path, content in made.files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise Refused("The file could not be written.", f"Look at the folder {path.parent}.") from error
    _run(made.clear, must=False)
    _run(made.start)


def remove(made: Recipe) -> bool:
    """Stop what the files describe and delete them; say whether there were any."""
    there = [path for path, _ in made.files if path.is_file()]
    if there:
        _run(made.stop[:1], must=False)
        for path in there:
            path.unlink()
        _run(made.stop[1:], must=False)
    return bool(there)


def _run(commands: Sequence[tuple[str, ...]], *, must: bool = True) -> None:
    for command in commands:
        program = shutil.which(command[0])
        done = program and subprocess.run([program, *command[1:]], capture_output=True, check=False).returncode == 0
        if must and not done:
            raise Refused(
                "The files are written, but this computer did not start them.",
                f"Log in as on any day and run: {' '.join(command)}",
                safe="The record was not touched.",
            )


def _filled(name: str, **values: str) -> str:
    return Template((resources.configs() / FOLDER / name).read_text(encoding="utf-8")).substitute(values)


def _systemd(job: Job, environment: Mapping[str, str]) -> Recipe:
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    units = (
        ("evenfall-watch.service",) if job.what == "watch" else ("evenfall-evening.service", "evenfall-evening.timer")
    )
    values = {
        "command": " ".join(_quoted(word).replace("$", "$$") for word in job.command),
        "environment": "\n".join(f"Environment={_quoted(f'{name}={value}')}" for name, value in environment.items()),
        **_clock(job),
    }
    return Recipe(
        files=tuple((folder / unit, _filled(unit, **values).encode()) for unit in units),
        start=tuple(  # `enable --now` would leave one that runs as it is, with the folder of before
            ("systemctl", "--user", *words)
            for words in (("daemon-reload",), ("enable", units[-1]), ("restart", units[-1]))
        ),
        stop=(("systemctl", "--user", "disable", "--now", units[-1]), ("systemctl", "--user", "daemon-reload")),
    )


def _launchd(job: Job, environment: Mapping[str, str]) -> Recipe:
    label = f"evenfall.{job.what}"
    path = Path.home() / "Library" / "LaunchAgents" / f"{label}.plist"
    values = {
        "command": "".join(f"<string>{escape(word)}</string>" for word in job.command),
        "environment": "".join(
            f"<key>{name}</key><string>{escape(text)}</string>" for name, text in environment.items()
        ),
        "hour": str(job.hour),
        "minute": str(job.minute),
    }
    domain = f"gui/{os.getuid() if hasattr(os, 'getuid') else 0}"
    ended = (("launchctl", "bootout", f"{domain}/{label}"),)  # what is loaded is not loaded anew
    return Recipe(
        files=((path, _filled(f"{job.what}.plist", **values).encode()),),
        start=(("launchctl", "bootstrap", domain, str(path)),),
        stop=ended,
        clear=ended,
    )


def _scheduler(job: Job, environment: Mapping[str, str]) -> Recipe:
    """Return what the Task Scheduler takes; a task has the environment of the user who is logged in."""
    folder = Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "evenfall"
    path, name = folder / f"{job.what}.xml", f"Evenfall {job.what}"
    # What watches runs on, whatever becomes of its task, and starts by itself at the next log-on only.
    ended = (("schtasks", "/End", "/TN", name),) if job.what == "watch" else ()
    begun = (("schtasks", "/Run", "/TN", name),) if job.what == "watch" else ()
    values = {
        "program": escape(job.command[0]),
        "arguments": escape(subprocess.list2cmdline(job.command[1:])),
        "user": escape(getpass.getuser()),
        **_clock(job),
    }
    return Recipe(
        files=((path, _filled(f"{job.what}.xml", **values).encode("utf-16")),),
        start=(("schtasks", "/Create", "/F", "/TN", name, "/XML", str(path)), *begun),
        stop=(*ended, ("schtasks", "/Delete", "/F", "/TN", name)),
        clear=ended,
    )


def _clock(job: Job) -> dict[str, str]:
    return {"hour": f"{job.hour:02}", "minute": f"{job.minute:02}"}


def _quoted(word: str) -> str:
    """Return a word as systemd reads it whole: in quotes, without its escapes and specifiers (systemd.syntax(7))."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"'
