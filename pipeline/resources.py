"""Where configs/ and models/ lie, in a checkout and in an install."""

from pathlib import Path

PACKAGE = Path(__file__).parent
ROOT = PACKAGE / "_data" if (PACKAGE / "_data").is_dir() else PACKAGE.parent


def configs() -> Path:
    """Return the folder of lexicons, formats, rules and defaults."""
    return ROOT / "configs"


def models() -> Path:
    """Return the folder of the small models that are bundled."""
    return ROOT / "models"
