"""Rules as data: what a complete, objective, timely note has, asked with its source; never text of the note."""

from functools import lru_cache
from pathlib import Path

from ... import resources
from .overlay import NAME, Overlay, combine, read_overlay, switch
from .pack import Pack, Rule, Rules, by_severity
from .view import View, session_end

__all__ = ["Rule", "Rules", "View", "by_severity", "load_rules", "session_end", "switch_rule"]


def load_rules(home: Path | None = None, *, name: str = "core", own: Path | None = None) -> Rules:
    """Load configs/rules/<name>.yaml with the practice's own rules.yaml of a home folder, or another such file.

    Raises:
        SettingsInvalid: there is no such pack, or a key of either file is wrong; names the file and the key.
    """
    pack, path = _pack(name), own or (home / NAME if home else None)
    if path is None or (own is None and not path.exists()):
        return combine(pack, Overlay(), Path(NAME))
    return combine(pack, read_overlay(path), path)


def switch_rule(home: Path, id_: str, on: bool) -> None:
    """Switch a rule on or off for the practice of a home folder.

    Raises:
        NotFound: there is no such rule.
        SettingsInvalid: the practice's rules.yaml is wrong as it stands.
    """
    switch(home / NAME, load_rules(home).rule(id_).id, on)


@lru_cache
def _pack(name: str) -> Pack:
    return resources.read_yaml(resources.configs() / "rules" / f"{name}.yaml", Pack)
