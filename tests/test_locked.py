"""What is installed is locked: each dependency in one version, by the SHA-256 of its files; scripts/lock writes it."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENTRY = re.compile(r"^([\w.-]+)==([\w.+!-]+)[^\n]*?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


def locked(name: str) -> dict[str, list[str]]:
    """Return the versions that a lock names of each package: several where platforms differ."""
    found: dict[str, list[str]] = {}
    for package, version, _ in ENTRY.findall((ROOT / "scripts" / "locked" / f"{name}.txt").read_text()):
        found.setdefault(canonicalize_name(package), []).append(version)
    return found


def wanted(*extras: str) -> list[Requirement]:
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    return [found for found in map(Requirement, lines) if canonicalize_name(found.name) != PROJECT["name"]]


@pytest.mark.parametrize(("name", "extras"), [("run", ()), ("dev", ("dev",))])
def test_every_dependency_is_locked_in_a_version_that_is_wanted(name: str, extras: tuple[str, ...]) -> None:
    versions = locked(name)
    lacking = [
        str(need)
        for need in wanted(*extras)
        if not any(need.specifier.contains(one) for one in versions.get(canonicalize_name(need.name), ()))
    ]
    assert not lacking, "run: scripts/lock"


@pytest.mark.parametrize("name", ["run", "dev"])
def test_no_line_of_a_lock_is_without_a_digest(name: str) -> None:
    text = (ROOT / "scripts" / "locked" / f"{name}.txt").read_text()
    assert len(ENTRY.findall(text)) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)) > 50


def test_what_runs_is_what_is_tested() -> None:
    run, dev = locked("run"), locked("dev")
    assert {name: dev.get(name) for name in run} == run
