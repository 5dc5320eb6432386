"""What has a computer draft by itself: the files for each computer are read by its own tools, or parsed as they do."""

import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from pipeline.cli import app, recipes
from pipeline.cli.notify import notify, sentence
from pipeline.errors import NotFound, Refused
from pipeline.store import Store

from .rings import own_keyring  # noqa: F401

TASKS = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
# What each computer does with what runs already: `enable --now` leaves it, a loaded label is not loaded again, a task
# runs once at a time and with the folder that it was started with.
STATEFUL: dict[recipes.Computer, tuple[str, str]] = {
    "linux": (
        "systemctl",
        """case "$*" in
        *"--now evenfall-watch.service") test -e running || cp "$XDG_CONFIG_HOME"/systemd/user/*.service running;;
        *"restart evenfall-watch.service") cp "$XDG_CONFIG_HOME"/systemd/user/*.service running;;
        esac""",
    ),
    "mac": (
        "launchctl",
        """case $1 in
        bootout) test -e running || exit 3; rm running;;
        bootstrap) test -e running && exit 5; cp "$3" running;;
        esac""",
    ),
    "windows": (
        "schtasks",
        """case $1 in
        /End) test -e task || exit 1; rm -f running;;
        /Create) cp "$6" task;;
        /Run) test -e running || cp task running;;
        /Delete) rm task;;
        esac""",
    ),
}
SHELL = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done >> {log}
exit {code}
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for recordings, with an awkward name, of a clinician whose settings lie elsewhere."""
    for name in ("XDG_CONFIG_HOME", "EVENFALL_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("EVENFALL_PASSPHRASE", "marmalade")
    folder = tmp_path / 'Ana\'s 100% "new" & $HOME <rec>'
    folder.mkdir()
    return folder


def made(folder: Path, computer: recipes.Computer, what: recipes.What = "evening") -> recipes.Recipe:
    words = ("batch", "--unattended", "--notify") if what == "evening" else ("watch", "--notify")
    job = recipes.Job((*recipes.own_command(), *words, str(folder)), what, 18, 5)
    return recipes.recipe(job, computer, recipes.settings_along())


def program(folder: Path, name: str, code: int = 0) -> Path:
    """Put a program of this name into the folder that notes what it was called with, and return its notes."""
    log = folder / f"{name}.log"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(SHELL.format(log=log, code=code))
    (folder / name).chmod(0o755)
    return log


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this computer")
@pytest.mark.parametrize("what", ["evening", "watch"])
def test_systemd_takes_the_units_without_a_warning(what: recipes.What, desk: Path, tmp_path: Path) -> None:
    units = tmp_path / "units"
    units.mkdir()
    for path, content in made(desk, "linux", what).files:
        (units / path.name).write_bytes(content)
    names = sorted(str(path) for path in units.iterdir())
    result = subprocess.run(
        ["systemd-analyze", "--user", "verify", *names],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_systemd_units_quote_what_its_manual_says(desk: Path) -> None:
    """Doubled: $ stands for a variable, % for a specifier (systemd.service(5), systemd.unit(5))."""
    service, timer = (content.decode() for _, content in made(desk, "linux").files)
    assert '"batch" "--unattended" "--notify"' in service
    assert 'Ana\'s 100%% \\"new\\" & $$HOME <rec>"' in service
    assert f'Environment="EVENFALL_HOME={os.environ["EVENFALL_HOME"]}"' in service
    assert "OnCalendar=*-*-* 18:05:00" in timer
    assert "Persistent=true" in timer


@pytest.mark.parametrize("what", ["evening", "watch"])
def test_launchd_agents_are_property_lists(what: recipes.What, desk: Path) -> None:
    ((path, content),) = made(desk, "mac", what).files
    agent = plistlib.loads(content)
    assert path.parent.parts[-2:] == ("Library", "LaunchAgents")
    assert path.stem == agent["Label"] == f"evenfall.{what}"
    assert agent["ProgramArguments"][-1] == str(desk)
    assert agent["EnvironmentVariables"] == {"EVENFALL_HOME": os.environ["EVENFALL_HOME"]}
    assert agent["Umask"] == 0o077
    if what == "evening":
        assert agent["StartCalendarInterval"] == {"Hour": 18, "Minute": 5}
    else:
        assert agent["RunAtLoad"] is True


@pytest.mark.parametrize("what", ["evening", "watch"])
def test_tasks_are_xml_of_microsofts_schema(what: recipes.What, desk: Path) -> None:
    ((_, content),) = made(desk, "windows", what).files
    task = ElementTree.fromstring(content)
    assert task.tag == f"{TASKS}Task"
    assert [part.tag.removeprefix(TASKS) for part in task] == ["Triggers", "Principals", "Settings", "Actions"]
    words = task.findtext(f".//{TASKS}Arguments") or ""
    assert words.endswith(subprocess.list2cmdline([str(desk)]))
    assert task.findtext(f".//{TASKS}StartWhenAvailable") == "true"
    if what == "evening":
        assert task.findtext(f".//{TASKS}StartBoundary") == "2026-01-01T18:05:00"


@pytest.mark.parametrize("computer", ["linux", "mac", "windows"])
def test_no_passphrase_goes_into_a_file(computer: recipes.Computer, desk: Path) -> None:
    for what in ("evening", "watch"):
        for _, content in made(desk, computer, what).files:
            assert b"marmalade" not in content.replace(b"\0", b"")
    shown = CliRunner().invoke(app, ["evenings", "show", str(desk), "--for", computer])
    assert shown.exit_code == 0
    assert "keyring must keep the key" in shown.stdout
    assert "marmalade" not in shown.stdout


def test_a_line_break_in_a_folders_name_cannot_add_a_line_to_a_unit(desk: Path) -> None:
    with pytest.raises(Refused):
        made(Path("x\nExecStartPre=/bin/false"), "linux")


@pytest.mark.skipif(sys.platform != "linux", reason="systemd")
def test_install_and_remove(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = program(tmp_path / "bin", "systemctl")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    run = CliRunner().invoke
    with pytest.raises(NotFound, match="no record"):
        run(app, ["evenings", "install", str(desk)], catch_exceptions=False)

    home = Path(os.environ["EVENFALL_HOME"])
    monkeypatch.delenv("EVENFALL_PASSPHRASE")
    Store.open(home, None, actor="ruiz").close()
    done = run(app, ["evenings", "install", str(desk), "--at", "18:05", "--kind", "dictation"], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    units = Path(os.environ["XDG_CONFIG_HOME"]) / "systemd" / "user"
    assert {path.name for path in units.iterdir()} == {"evenfall-evening.service", "evenfall-evening.timer"}
    assert '"--kind" "dictation"' in (units / "evenfall-evening.service").read_text()
    assert log.read_text().split() == [
        *("--user", "daemon-reload"),
        *("--user", "enable", "evenfall-evening.timer"),
        *("--user", "restart", "evenfall-evening.timer"),
    ]

    assert "Nothing runs by itself" in run(app, ["evenings", "remove"]).stdout
    assert list(units.iterdir()) == []
    assert "--user disable --now evenfall-evening.timer" in " ".join(log.read_text().split())
    assert "Nothing was installed" in run(app, ["evenings", "remove"]).stdout


@pytest.mark.skipif(sys.platform != "linux", reason="systemd")
def test_a_computer_that_does_not_start_it_says_what_to_do(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "systemctl", code=1)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    with pytest.raises(Refused, match="did not start") as error:
        recipes.install(made(desk, "linux"))
    assert "systemctl --user daemon-reload" in error.value.next_step


@pytest.mark.skipif(sys.platform == "win32", reason="a shell plays the computer")
@pytest.mark.parametrize("computer", STATEFUL)
def test_what_watches_is_at_work_at_once_and_in_the_folder_named_last(
    computer: recipes.Computer, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, script = STATEFUL[computer]
    program(tmp_path / "bin", name).with_suffix("").write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    for folder in ("first", "second"):
        recipes.install(made(tmp_path / folder, computer, "watch"))
        running = (tmp_path / "running").read_bytes().replace(b"\0", b"")
        assert str(tmp_path / folder).encode() in running


def test_what_is_shown_is_what_is_run(desk: Path) -> None:
    shown = CliRunner().invoke(app, ["evenings", "show", str(desk), "--watch", "--for", "mac"]).stdout
    assert [line.split()[3] for line in shown.splitlines() if line.startswith("# then:")] == ["bootout", "bootstrap"]


def test_a_record_with_a_passphrase_is_not_drafted_into_at_night(desk: Path) -> None:
    Store.open(Path(os.environ["EVENFALL_HOME"]), "marmalade", actor="ruiz").close()
    with pytest.raises(Refused, match="opens with a passphrase") as error:
        CliRunner().invoke(app, ["evenings", "install", str(desk)], catch_exceptions=False)
    assert "evenfall passphrase --keyring" in error.value.next_step


@pytest.mark.parametrize(
    ("drafts", "needs_you", "words"),
    [
        (3, 1, "3 drafts wait, 1 file needs you."),
        (1, 0, "1 draft waits."),
        (0, 2, "No drafts wait, 2 files need you."),
    ],
)
def test_a_notification_says_counts_only(drafts: int, needs_you: int, words: str) -> None:
    assert sentence(drafts, needs_you) == words


@pytest.mark.skipif(sys.platform != "linux", reason="notify-send")
def test_it_goes_to_the_desktop_and_its_failing_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = program(tmp_path / "bin", "notify-send", code=1)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    notify(3, 1)
    assert log.read_text().splitlines()[-2:] == ["Evenfall", "3 drafts wait, 1 file needs you."]
    (tmp_path / "bin" / "notify-send").write_bytes(b"no program")
    notify(3, 1)
    monkeypatch.setenv("PATH", "")
    notify(3, 1)


@pytest.mark.parametrize("computer", ["linux", "mac"])
def test_nights_have_the_settings_of_the_day(
    computer: recipes.Computer, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk)
    monkeypatch.setenv("EVENFALL_HOME", "here")
    monkeypatch.setenv("EVENFALL_LAW", "illinois")
    monkeypatch.setenv("EVENFALL_STORE", "postgresql+psycopg://ruiz@localhost/notes")
    monkeypatch.setenv("EVENFALL_SPEECH__MODEL", "small.en")
    monkeypatch.setenv("EVENFALL_USER", "")
    content = b"".join(content for _, content in made(desk, computer).files)
    for value in ("illinois", "postgresql+psycopg://ruiz@localhost/notes", "small.en", "/here"):
        assert value.encode() in content
    assert b"EVENFALL_USER" not in content
    assert recipes.settings_along()["EVENFALL_HOME"] == str(desk / "here")


def test_the_password_of_a_practices_server_goes_into_no_file(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENFALL_STORE", "postgresql+psycopg://ruiz:marmalade@localhost/notes")
    with pytest.raises(Refused, match="holds a password") as error:
        made(desk, "linux")
    assert "marmalade" not in str(error.value)
    assert "Nothing was installed" in CliRunner().invoke(app, ["evenings", "remove"]).stdout


def test_a_practices_record_is_not_drafted_into_at_night(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENFALL_STORE", "postgresql+psycopg://ruiz@localhost/notes")
    with pytest.raises(Refused, match="opens with your passphrase"):
        CliRunner().invoke(app, ["evenings", "install", str(desk)], catch_exceptions=False)


def test_a_task_takes_the_settings_of_the_account_and_is_not_begun_without(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = CliRunner().invoke(app, ["evenings", "show", str(desk), "--for", "windows"]).stdout
    assert f'setx EVENFALL_HOME "{os.environ["EVENFALL_HOME"]}"' in shown
    monkeypatch.setattr(recipes, "_of_account", lambda name: None)
    with pytest.raises(Refused, match="in this window alone"):
        recipes.install(made(desk, "windows"))
