"""The store's form through the years: an older one is brought up to date in one transaction, or stays as it was."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from ...errors import StoreFault

FOLDER: Final = Path(__file__).parent
REVISIONS: Final = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
)  # oldest first; alembic is imported only where the last one is not reached


def revision(connection: Connection) -> str | None:
    """Return the store's revision, None where nothing has been made yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def upgrade(connection: Connection, revisions: tuple[str, ...] = REVISIONS, folder: Path = FOLDER) -> None:
    """Bring the store to the last of `revisions`, inside the caller's transaction.

    Raises:
        StoreFault: the store's revision is not one of ours.
    """
    found = revision(connection)
    if found == revisions[-1]:
        return
    if found is not None and found not in revisions:
        raise StoreFault("This store was made by a newer Evenfall.", "Update Evenfall, then open it again.")
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    script = ScriptDirectory(str(folder))
    try:
        with EnvironmentContext(
            Config(), script, fn=lambda current, _: script._upgrade_revs(revisions[-1], current)
        ) as environment:
            environment.configure(connection=connection)
            environment.run_migrations()
    except CommandError as error:
        raise StoreFault("Evenfall's own migrations are incomplete.", "Install Evenfall again.") from error
