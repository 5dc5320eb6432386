"""What the README names is there."""

import re
from pathlib import Path

from typer.main import get_command

from pipeline import resources
from pipeline.cli import app

ROOT = resources.PACKAGE.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_it_names_exists() -> None:
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"evenfall ([a-z][a-z-]*)", TEXT)) - {"stands"}
    assert named <= known
    assert known <= named


def test_every_file_it_names_exists() -> None:
    named = re.findall(r"\b((?:scripts|tests|configs|models|pipeline)/[\w./]+)", TEXT)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_settings_are_documented_one_by_one() -> None:
    """Each key of the defaults has a comment line above it."""
    lines = (resources.configs() / "default.yaml").read_text(encoding="utf-8").splitlines()
    for above, line in zip(lines, lines[1:], strict=False):
        if re.match(r"\s*\w+: \S", line):
            assert above.lstrip().startswith("#"), line


def test_the_tree_is_the_one_of_the_house() -> None:
    top = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert {"pyproject.toml", "pipeline", "models", "configs", "scripts", "tests", "README.md"} <= top
    assert Path(ROOT / "scripts" / "demo").stat().st_mode & 0o111
