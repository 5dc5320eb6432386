"""Where configs/ and models/ lie, in a checkout and in an install, and how a YAML file of ours is read."""

import math
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from .errors import SettingsInvalid

try:  # the C reader is ten times as fast; it is missing only where libyaml was not at hand at build time
    from yaml import CSafeLoader as Loader
except ImportError:  # pragma: no cover
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

PACKAGE = Path(__file__).parent
ROOT = PACKAGE / "_data" if (PACKAGE / "_data").is_dir() else PACKAGE.parent
MOST_PARTS: Final = 1_000_000  # of a YAML file: entries of lists and mappings
Shape = TypeVar("Shape", bound=BaseModel)


def configs() -> Path:
    """Return the folder of lexicons, formats, rules and defaults."""
    return ROOT / "configs"


def models() -> Path:
    """Return the folder of the small models that are bundled."""
    return ROOT / "models"


def yaml_reader(text: str) -> yaml.SafeLoader:
    """Return a safe reader of YAML that gives nodes with their lines as well as the content."""
    return Loader(text)  # type: ignore[return-value]


def load_yaml(text: str) -> Any:
    """Return what YAML holds.

    Raises:
        yaml.YAMLError: it is none, holds a day or number that there is not, or grows without end when it is unfolded.
    """
    try:
        content = yaml.load(text, Loader=Loader)  # noqa: S506 (a safe loader)
        if not is_bounded(content):
            raise yaml.YAMLError("it holds too much")
    except (ValueError, RecursionError) as error:
        raise yaml.YAMLError("it cannot be read") from error
    return content


def is_bounded(content: Any) -> bool:
    """Say whether what YAML holds has at most MOST_PARTS parts, each one counted wherever an alias repeats it.

    Raises:
        RecursionError: it is nested too deeply.
    """
    counted: dict[int, float] = {}

    def parts(value: Any) -> float:
        if not isinstance(value, (list, dict)):
            return 1
        if id(value) not in counted:
            counted[id(value)] = math.inf  # what holds itself has no end
            counted[id(value)] = 1 + sum(map(parts, value.values() if isinstance(value, dict) else value))
        return counted[id(value)]

    return parts(content) <= MOST_PARTS


def read_yaml(path: Path, shape: type[Shape]) -> Shape:
    """Read a YAML file as `shape`.

    Raises:
        SettingsInvalid: no such file, not YAML, or an unknown or wrong key; names the file and the key.
    """
    try:
        return shape.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"There is no readable file {path.name} in {path.parent}.", "Check the name.") from error
    except yaml.YAMLError as error:
        raise SettingsInvalid(f"{path} is not YAML.", "Mend the file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsInvalid(f"{path}: {key}: {first['msg']}.", "Mend that key.") from error
