"""Where formats lie, ours and the user's own, and what is wrong with a file of one: by line, in plain words."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from .. import resources
from ..config import home_folder
from ..errors import SettingsInvalid
from .formats import Format, OwnFormat

OWN: Final = "formats"  # the folder in the user's home that holds formats of their own
_QUOTED: Final = re.compile(r"'([^']*)'")
Where = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """One thing wrong with a format's file; `line` counts from 1."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


class _Wrong(Exception):
    """The file cannot be read as a format."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("the format is wrong")
        self.mistakes = tuple(mistakes)


class _Extends(Exception):
    """What a format extends cannot be had; says why."""


def load_format(name: str, own: Path | None = None) -> Format:
    """Load a format by name: the user's own of that name, else ours; `own` is the folder of the user's.

    Raises:
        SettingsInvalid: there is no such format, or a key of it is wrong.
    """
    places = _places(own)
    if name not in places:
        raise SettingsInvalid("There is no format of that name.", f"Choose one of: {', '.join(places)}.")
    try:
        return _read(places[name], own)
    except _Wrong as wrong:
        raise SettingsInvalid(
            f"{places[name]}, {wrong.mistakes[0]}.", f"To see all that is wrong: evenfall formats check {places[name]}"
        ) from wrong


def load_formats(own: Path | None = None) -> Iterator[tuple[str, Path, Format | None]]:
    """Yield each format's name, file and format, by name; None where the file is wrong."""
    for name, path in _places(own).items():
        try:
            yield name, path, _read(path, own)
        except _Wrong:
            yield name, path, None


def is_own(path: Path) -> bool:
    """Say whether a format's file is the user's own."""
    return path.parent != _ours()


def check(path: Path, own: Path | None = None) -> tuple[Mistake, ...]:
    """Return all that is wrong with a format's file, by line; nothing where it is sound.

    Raises:
        SettingsInvalid: there is no readable file.
    """
    try:
        _read(path, own)
    except _Wrong as wrong:
        return wrong.mistakes
    return ()


def _ours() -> Path:
    return resources.configs() / "formats"


def _places(own: Path | None) -> dict[str, Path]:
    """Return the file of each format by name, the user's own before ours."""
    folders = (_ours(), own or home_folder() / OWN)
    found = {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}
    return dict(sorted(found.items()))


def _read(path: Path, own: Path | None) -> Format:
    """Read a format's file with what it extends.

    Raises:
        SettingsInvalid: there is no readable file.
        _Wrong: with each mistake in it.
    """
    node, content = _content(path)
    try:
        mistakes = [*_twice(node)]
    except RecursionError:
        raise _Wrong([Mistake(1, "it is nested too deeply")]) from None
    if mistakes:
        raise _Wrong(mistakes)
    try:
        whole = _extended(content, path, own)
        form = (OwnFormat if is_own(path) else Format).model_validate(whole)
    except _Extends as error:
        raise _Wrong([Mistake(_line(node, ("extends",)), f"extends: {error}")]) from None
    except ValidationError as error:
        raise _Wrong([_mistake(one, node) for one in error.errors()]) from None
    if form.name != path.stem:
        raise _Wrong([Mistake(_line(node, ("name",)), f"name: write {path.stem}, as the file is named")])
    return form


def _content(path: Path) -> tuple[yaml.Node | None, Any]:
    try:
        loader = resources.yaml_reader(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"There is no readable file {path.name} in {path.parent}.", "Check the name.") from error
    try:
        node = loader.get_single_node()
        content = loader.construct_document(node) if node else None
        if not resources.is_bounded(content):
            raise _Wrong([Mistake(1, "it holds too much")])
        return node, content
    except (ValueError, RecursionError):
        raise _Wrong([Mistake(1, "it holds a number or a day that there is not, or is nested too deeply")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise _Wrong([Mistake(mark.line + 1 if mark else 1, f"this is not YAML: {problem}")]) from None
    finally:
        loader.dispose()


def _extended(content: Any, path: Path, own: Path | None, above: tuple[Path, ...] = ()) -> Any:
    """Return a file's content upon that of the format it extends: its own keys stand, sections keep what they lack.

    Raises:
        _Extends: there is no such format to extend.
    """
    if not isinstance(content, dict) or not isinstance(named := content.get("extends"), str):
        return content
    places = _places(own)
    below = _ours() / f"{named}.yaml" if named == path.stem else places.get(named)  # one's own `soap` may extend ours
    if below is None or not below.is_file():
        raise _Extends(_unknown(named, list(places)))
    if below in (path, *above):
        raise _Extends("these formats extend each other in a circle")
    base = _extended(_content(below)[1], below, own, (path, *above))
    return _upon(content, base) if isinstance(base, dict) else content


def _upon(content: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**{key: value for key, value in base.items() if key not in ("name", "version")}, **content}
    sections = base.get("sections") if isinstance(base.get("sections"), list) else ()
    known = {str(one.get("key")): one for one in sections or () if isinstance(one, dict)}
    if isinstance(content.get("sections"), list):
        merged["sections"] = [
            {**known.get(str(one.get("key")), {}), **one} if isinstance(one, dict) else one
            for one in content["sections"]
        ]
    return merged


def _mistake(error: Mapping[str, Any], node: yaml.Node | None) -> Mistake:
    """Say in plain words what pydantic found wrong, with the nearest name where one was likely meant."""
    where = tuple(error["loc"])
    key = next((part for part in reversed(where) if isinstance(part, str)), "the file")
    shape = _shape(Format, where[:-1])
    line = _line(node, where)
    match error["type"]:
        case "extra_forbidden":
            return Mistake(line, f"there is no key {_unknown(key, list(shape.model_fields) if shape else [])}")
        case "missing":
            return Mistake(line, f"the key {key} is missing{_inside(where)}")
        case "literal_error":
            return Mistake(line, f"{key}: {_unknown(str(error['input']), _QUOTED.findall(error['ctx']['expected']))}")
        case "string_pattern_mismatch":
            return Mistake(line, f"{key}: write it in small letters and underscores, without spaces")
        case "too_short":
            return Mistake(line, f"{key}: it may not be empty")
        case "value_error":
            return Mistake(line, str(error["ctx"]["error"]))
        case _:
            return Mistake(line, f"{key}: {error['msg'][:1].lower()}{error['msg'][1:]}")


def _unknown(name: str, known: Sequence[str]) -> str:
    if near := difflib.get_close_matches(name, known, n=1):
        return f"{name}: did you mean {near[0]}?"
    return f"{name}; there are: {', '.join(known)}" if known else name


def _inside(where: Where) -> str:
    numbered = [f"{part} {where[i + 1] + 1}" for i, part in enumerate(where[:-1]) if isinstance(where[i + 1], int)]  # type: ignore[operator]
    return f" in {', '.join(numbered)}" if numbered else ""


def _shape(shape: type[BaseModel], where: Where) -> type[BaseModel] | None:
    """Return the model that lies at this place of another one."""
    here: Any = shape
    for part in where:
        if isinstance(part, int):
            continue
        field = here.model_fields.get(part) if here else None
        here = next(_models(field.annotation), None) if field else None
    return here if here is None or isinstance(here, type) else None


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models within a type such as `tuple[Take, ...]` or `Budget | None`."""
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (tuple, Union, UnionType):
        for inner in get_args(annotation):
            yield from _models(inner)


def _line(node: yaml.Node | None, where: Where) -> int:
    """Return the line, from 1, of the key or item at this place, or of what would hold it."""
    line = 1 if node is None else node.start_mark.line + 1
    for part in where:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == part), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _twice(node: yaml.Node | None) -> Iterator[Mistake]:
    """Yield each key that stands twice in one place: YAML keeps the last without a word."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield Mistake(key.start_mark.line + 1, f"{name} stands here twice")
            seen.add(name)
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item)
