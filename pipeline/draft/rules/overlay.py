"""A practice's own word on the rules: <home>/rules.yaml switches them on and off, changes severities, adds its own."""

import hashlib
import os
import re
from pathlib import Path
from typing import Any, Final

from pydantic import Field, model_validator

from ... import resources
from ...errors import SettingsInvalid
from ...types import Severity
from .entry import Entry
from .lexicon import OfLexicon, Wording
from .pack import OWN, Pack, Rule, Rules

NAME: Final = "rules.yaml"
SHOWN: Final = 8  # hex characters of the digest of what is the practice's own
# The whole of an `off` or `on` at the left edge, also over several lines, up to the next key.
_SWITCHES: Final = re.compile(r"^(['\"]?)(off|on)\1:.*\n?(?:(?:[ \t-].*|[ \t]*)\n?)*?(?=^[^\s-]|\Z)", re.M)


class Overlay(Entry):
    """What a practice changes: rules off and on by id, severities by id, words of its own by id, rules of its own."""

    off: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    severity: dict[str, Severity] = Field(default_factory=dict)
    words: dict[str, tuple[Wording, ...]] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _switches(cls, value: Any) -> Any:
        """Read `off` and `on` as they are meant: YAML 1.1 reads the bare words as false and true."""
        names = {False: "off", True: "on"}
        if value is None:
            return {}
        return {names.get(key, key): item for key, item in value.items()} if isinstance(value, dict) else value


def read_overlay(path: Path) -> Overlay:
    """Read a practice's rules.yaml.

    Raises:
        SettingsInvalid: it is not YAML, or a key of it is unknown or wrong.
    """
    return resources.read_yaml(path, Overlay)


def combine(pack: Pack, overlay: Overlay, path: Path) -> Rules:
    """Return the rules of a practice.

    Raises:
        SettingsInvalid: the overlay names a rule that there is not, gives one twice, or words to one that takes none.
    """
    known = {rule.id: rule for rule in (*pack.rules, *overlay.rules)}
    if len(known) < len(pack.rules) + len(overlay.rules):
        raise _wrong(path, "rules: an id stands twice, or is one of the pack's")
    named = {"off": overlay.off, "on": overlay.on, "severity": overlay.severity, "words": overlay.words}
    for key, ids in named.items():
        if unknown := [id_ for id_ in ids if id_ not in known]:
            raise _wrong(path, f"{key}: there is no rule {unknown[0]}")
    for id_ in overlay.words:
        if not isinstance(known[id_].check, OfLexicon):
            raise _wrong(path, f"words: the rule {id_} takes no words")
    off = {rule.id for rule in known.values() if rule.optional} - set(overlay.on) | set(overlay.off)
    own = overlay.model_copy(update={"off": (), "on": ()})
    return Rules(
        pack=pack.model_copy(update={"rules": tuple(_changed(rule, overlay) for rule in pack.rules)}),
        own=tuple(_changed(rule, overlay) for rule in overlay.rules),
        off=tuple(id_ for id_ in known if id_ in off),
        practice=f"{OWN}@{_digest(own)}" if own != Overlay() else "",
    )


def switch(path: Path, id_: str, on: bool) -> None:
    """Write into a practice's rules.yaml that a rule is on or off; the rest of the file stays as it is."""
    overlay = read_overlay(path) if path.exists() else Overlay()
    off = [one for one in overlay.off if one != id_] + ([] if on else [id_])
    wanted = [one for one in overlay.on if one != id_] + ([id_] if on else [])
    lines = [f"{name}: [{', '.join(ids)}]\n" for name, ids in (("off", off), ("on", wanted)) if ids]
    rest = _SWITCHES.sub("", path.read_text(encoding="utf-8")) if path.exists() else ""
    part = path.with_suffix(".part")
    part.write_text("".join(lines) + rest, encoding="utf-8")
    os.replace(part, path)


def _changed(rule: Rule, overlay: Overlay) -> Rule:
    changes: dict[str, object] = {}
    if rule.id in overlay.severity:
        changes["severity"] = overlay.severity[rule.id]
    if rule.id in overlay.words and isinstance(rule.check, OfLexicon):
        # Built anew: a copy would take over what the check has compiled of its words.
        changes["check"] = type(rule.check)(**{**dict(rule.check), "own": overlay.words[rule.id]})
    return rule.model_copy(update=changes)


def _digest(overlay: Overlay) -> str:
    return hashlib.sha256(overlay.model_dump_json().encode()).hexdigest()[:SHOWN]


def _wrong(path: Path, what: str) -> SettingsInvalid:
    return SettingsInvalid(f"{path}: {what}.", "List the rules with: evenfall rules list")
