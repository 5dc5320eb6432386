"""Imports run one way: cli, web, batch -> workflow -> the stages -> consent -> config -> types, errors, resources."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline

ROOT = Path(pipeline.__file__).parent
LAYERS = {
    "types": 0,
    "errors": 0,
    "resources": 0,
    "diff": 0,
    "disk": 0,
    "memory": 0,
    "moments": 0,
    "drugs": 0,
    "whose": 0,
    "numberwords": 0,
    "config": 1,
    "law": 1,
    "consent": 2,
    "audio": 3,
    "speech": 3,
    "findings": 3,
    "draft": 3,
    "continuity": 3,
    "review": 3,
    "export": 3,
    "store": 3,
    "intake": 3,
    "workflow": 4,
    "drawer": 4,  # above the stages, beside the workflow: none of them can import it
    "batch": 5,
    "web": 5,
    "cli": 6,
}
# Each heavy library is imported in one place; onnxruntime and cryptography serve two stages.
HOMES = {
    "av": ("audio",),
    "sounddevice": ("audio",),
    "cryptography": ("audio", "store"),
    "faster_whisper": ("speech",),
    "ctranslate2": ("speech",),
    "pocketsphinx": ("speech",),
    "spacy": ("findings",),
    "transformers": ("findings",),
    "onnxruntime": ("findings", "speech"),
    "matplotlib": ("continuity",),
    "httpx": ("draft",),
    "docx": ("export",),
    "typst": ("export",),
    "fhir": ("export",),
    "icalendar": ("intake",),
    "recurring_ical_events": ("intake",),
    "watchfiles": ("intake",),
    "filelock": ("intake",),
    "sqlalchemy": ("store", "drawer"),
    "alembic": ("store",),
    "sqlcipher3": ("store",),
    "keyring": ("store",),
    "argon2": ("store",),
    "psycopg": ("store",),
    "fastapi": ("web",),
    "starlette": ("web",),
    "uvicorn": ("web",),
    "jinja2": ("web",),
    "dask": ("batch",),
    "distributed": ("batch",),
    "psutil": ("batch",),
    "typer": ("cli",),
    "rich": ("cli",),
}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        relative = path.relative_to(ROOT)
        if relative.parts[0] not in ("_data", "__init__.py"):
            yield relative.parts[0].removesuffix(".py"), path


def imported(path: Path) -> Iterator[str]:
    """Yield the top module that each import of a file names: `.types` for one of ours, `av` for another's."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield (node.module or "").split(".")[0]
                continue
            base = package[: len(package) - node.level + 1]
            if base:
                yield f".{base[0]}"
            elif node.module:
                yield f".{node.module.split('.')[0]}"
            else:
                yield from (f".{alias.name}" for alias in node.names)


def test_every_module_has_a_layer() -> None:
    assert {name for name, _ in modules()} <= set(LAYERS)


@pytest.mark.parametrize(("name", "path"), [pytest.param(n, p, id=str(p.relative_to(ROOT))) for n, p in modules()])
def test_imports_run_down_only(name: str, path: Path) -> None:
    for target in imported(path):
        if target.startswith(".") and target[1:] in LAYERS and target[1:] != name:
            assert LAYERS[target[1:]] < LAYERS[name] or LAYERS[name] == 0, f"{path} imports {target}"


@pytest.mark.parametrize(("name", "path"), [pytest.param(n, p, id=str(p.relative_to(ROOT))) for n, p in modules()])
def test_heavy_libraries_have_one_home(name: str, path: Path) -> None:
    for target in imported(path):
        if target in HOMES:
            assert name in HOMES[target], f"{path} imports {target}"
