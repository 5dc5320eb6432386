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
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from .. import resources
from ..errors import Refused

Computer = Literal["linux", "mac", "windows"]
What = Literal["evening", "watch"]

FOLDER: Final = "evenings"
OWN: Final = "EVENFALL_"  # what the environment's settings begin with: they go along, else nights have other rules
SECRET: Final = ("EVENFALL_PASSPHRASE",)  # settings that never go into a file
PLACES: Final = ("EVENFALL_HOME", "EVENFALL_CLINIC__TLS_CA", "EVENFALL_CLINIC__TLS_CERT", "EVENFALL_CLINIC__TLS_KEY")
MODEL: Final = "EVENFALL_SPEECH__MODEL"  # a folder, or a name
STORE: Final = "EVENFALL_STORE"
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

    `clear` are those that end an earlier one before; they fail where there is none. `settings` are those that the files
    cannot hold: the account must have them in its own environment.
    """

    files: tuple[tuple[Path, bytes], ...]
    start: tuple[tuple[str, ...], ...]
    stop: tuple[tuple[str, ...], ...]
    clear: tuple[tuple[str, ...], ...] = ()
    settings: tuple[tuple[str, str], ...] = ()


def own_command() -> tuple[str, ...]:
    """Return the words that start this Evenfall, by its full path."""
    beside = Path(sys.executable).with_name("evenfall.exe" if sys.platform == "win32" else "evenfall")
    if beside.is_file():
        return (str(beside),)
    return (sys.executable, "-c", "from pipeline.cli import main; main()")


def recipe(job: Job, computer: Computer = HERE, environment: Mapping[str, str] | None = None) -> Recipe:
    """Return the files and commands for a job that goes by these settings.

    Raises:
        Refused: a word of the command holds a line break, which such a file cannot.
    """
    environment = environment or {}
    if any(ord(letter) < 32 for word in (*job.command, *environment.values()) for letter in word):
        raise Refused("A name holds a line break or the like.", "Rename the folder.")
    makers: dict[Computer, Callable[[Job, Mapping[str, str]], Recipe]] = {
        "linux": _systemd,
        "mac": _launchd,
        "windows": _scheduler,
    }
    return makers[computer](job, environment)


def settings_along() -> dict[str, str]:
    """Return the environment's settings that a job of the night goes by, too, with whole paths.

    Raises:
        Refused: the address of the practice's record holds a password.
    """
    found = {name: value for name, value in sorted(os.environ.items()) if name.startswith(OWN) and value}
    for name in SECRET:
        found.pop(name, None)
    for name in PLACES:
        if name in found:
            found[name] = str(Path(found[name]).absolute())
    if MODEL in found and Path(found[MODEL]).expanduser().is_dir():
        found[MODEL] = str(Path(found[MODEL]).expanduser().absolute())
    if urlsplit(found.get(STORE, "")).password:
        raise Refused("EVENFALL_STORE holds a password, which goes into no file.", "Put it into ~/.pgpass instead.")
    return found


def is_said_here(name: str) -> bool:
    """Say whether a setting is one of the environment's."""
    return bool(os.environ.get(name))


def install(made: Recipe) -> None:
    """Write the files and start what they describe, in the place of what an earlier install started.

    Raises:
        Refused: they cannot be written, this computer does not take them, or the account lacks a setting.
    """
    if lacking := [pair for pair in made.settings if _of_account(pair[0]) != pair[1]]:
        raise Refused(
            "This computer starts it with the settings of your account, and some are set in this window alone.",
            "Set them for good: " + "; ".join(f'setx {name} "{value}"' for name, value in lacking),
        )
    for path, content in made.files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise Refused("The file could not be written.", f"Look at the folder {path.parent}.") from error
    _run(made.clear, must=False)
    _run(made.start)


def _of_account(name: str) -> str | None:
    """Return what a name is set to in the environment that every program of this account begins with."""
    if sys.platform != "win32":
        return os.environ.get(name)
    import winreg

    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, "Environment") as key:
        try:
            return str(winreg.QueryValueEx(key, name)[0])
        except FileNotFoundError:
            return None


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
            f"<key>{escape(name)}</key><string>{escape(text)}</string>" for name, text in environment.items()
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
        settings=tuple(environment.items()),
    )


def _clock(job: Job) -> dict[str, str]:
    return {"hour": f"{job.hour:02}", "minute": f"{job.minute:02}"}


def _quoted(word: str) -> str:
    """Return a word as systemd reads it whole: in quotes, without its escapes and specifiers (systemd.syntax(7))."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"'
