"""The settings that the record was last used with, by which a change of them is seen; never the passphrase."""

import json
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from ..config import Settings
from .schema import meta

KEY: Final = "settings"
UNKEPT: Final = {"passphrase", "home", "store"}


def changed(connection: Connection, settings: Settings) -> bool:
    """Say whether the settings are others than those kept."""
    return connection.scalar(select(meta.c.value).where(meta.c.key == KEY)) != _text(settings)


def keep(connection: Connection, settings: Settings) -> tuple[str, ...]:
    """Keep these settings; return the names of those that are others than before, none the first time."""
    before = connection.scalar(select(meta.c.value).where(meta.c.key == KEY))
    if before is None:
        connection.execute(insert(meta).values(key=KEY, value=_text(settings)))
        return ()
    connection.execute(update(meta).where(meta.c.key == KEY).values(value=_text(settings)))
    old, new = (dict(_flat("", json.loads(text))) for text in (before, _text(settings)))
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def _text(settings: Settings) -> str:
    return json.dumps(settings.model_dump(mode="json", exclude=UNKEPT), sort_keys=True)


def _flat(prefix: str, values: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value
