"""Who sees and changes which rows: PostgreSQL's row-level security, said anew whenever the owner brings a record up.

A row is its author's; the server fills `author` with the login. A supervisor reads what those whom he or she supervises
made, and nobody changes what another made. An administrator has no rows of notes. The chain is everybody's to read and
to add to, nobody's to change. The owner of the database sees no row until it says that it wants the whole.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Table

from ..audit import HEAD
from ..schema import METADATA
from .server import SCHEMA

CLINICAL: Final = "(SELECT my_role()) IN ('clinician', 'supervisor')"
MINE: Final = "author = current_user"
SUPERVISED: Final = f"{CLINICAL} AND ({MINE} OR author = ANY ((SELECT my_supervisees())::text[]))"
OF_A_NOTE: Final = "EXISTS (SELECT FROM notes WHERE notes.digest = {table}.note)"  # by the notes' own policies
OF_MY_NOTE: Final = f"EXISTS (SELECT FROM notes WHERE notes.digest = {{table}}.note AND notes.{MINE})"
ON_MY_DRAFT: Final = f"EXISTS (SELECT FROM drafts WHERE drafts.digest = {{table}}.draft AND drafts.{MINE})"
IS_HEAD: Final = f"key = '{HEAD}'"


@dataclass(frozen=True)
class Guard:
    """Who reads, adds, changes and deletes a table's rows: conditions, None for nobody; `key` is its primary key."""

    reads: str = f"{CLINICAL} AND {MINE}"
    adds: str = f"{CLINICAL} AND {MINE}"
    changes: str | None = None
    deletes: str | None = MINE
    key: str | None = None


OWN: Final = Guard(changes=MINE)
SHARED: Final = Guard(reads=SUPERVISED)
SHARED_KEYED: Final = Guard(reads=SUPERVISED, changes=MINE, key="author, digest")  # two may make the same of one file
CHAIN: Final = Guard(reads="(SELECT my_role()) IS NOT NULL", adds=MINE, deletes=None)
GUARDS: Final = {
    "transcripts": SHARED_KEYED,
    "findings": SHARED_KEYED,
    "consents": SHARED_KEYED,
    "plans": SHARED_KEYED,
    "styles": SHARED_KEYED,
    "drafts": SHARED,
    "reviews": Guard(reads=SUPERVISED, adds=f"{CLINICAL} AND {MINE} AND {ON_MY_DRAFT}"),
    "notes": SHARED,
    "addenda": Guard(
        reads=f"{CLINICAL} AND {OF_A_NOTE}",
        adds=f"{CLINICAL} AND {MINE} AND {OF_A_NOTE}",
        deletes=f"{MINE} OR {OF_MY_NOTE}",
    ),
    "likenesses": Guard(reads=OF_A_NOTE, adds=OF_A_NOTE, deletes=OF_A_NOTE),
    "typings": Guard(changes=MINE, key="author, role"),
    "meta": Guard(
        reads=f"{MINE} OR ({IS_HEAD} AND (SELECT my_role()) IS NOT NULL)",
        adds=f"{MINE} AND NOT {IS_HEAD}",
        changes=f"{MINE} OR ({IS_HEAD} AND (SELECT my_role()) IS NOT NULL)",
        deletes=f"{MINE} AND NOT {IS_HEAD}",
        key="author, key",
    ),
    "audit": CHAIN,
    "anchors": CHAIN,
}

FUNCTIONS: Final = (
    """CREATE OR REPLACE FUNCTION my_role_of(login name) RETURNS text
       LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp
       AS $$ SELECT role FROM members WHERE members.login = my_role_of.login $$""",
    """CREATE OR REPLACE FUNCTION my_supervisees_of(login name) RETURNS text[]
       LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp
       AS $$ SELECT CASE role WHEN 'supervisor' THEN supervises ELSE '{{}}' END
             FROM members WHERE members.login = my_supervisees_of.login $$""",
    "CREATE OR REPLACE FUNCTION my_role() RETURNS text LANGUAGE sql STABLE SET search_path = {schema}, pg_temp "
    "AS $$ SELECT my_role_of(current_user) $$",
    "CREATE OR REPLACE FUNCTION my_supervisees() RETURNS text[] LANGUAGE sql STABLE "
    "SET search_path = {schema}, pg_temp AS $$ SELECT my_supervisees_of(current_user) $$",
    # that a note is there, not what it says: who may not read it can still follow the chain to its end
    """CREATE OR REPLACE FUNCTION note_digests() RETURNS SETOF varchar
       LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp
       AS $$ SELECT digest FROM notes $$""",
)
NAMES: Final = ("my_role_of(name)", "my_supervisees_of(name)", "my_role()", "my_supervisees()", "note_digests()")


def secure(connection: Connection, group: str) -> None:
    """Say for every table who may do what; run by the owner, as often as one likes. `group` is the members' role."""
    run = connection.exec_driver_sql
    run(f'GRANT USAGE ON SCHEMA {SCHEMA} TO "{group}"')
    run(f'GRANT SELECT ON alembic_version, practice TO "{group}"')
    run(f'GRANT SELECT, UPDATE (sidecar) ON members TO "{group}"')
    run(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO "{group}"')
    for function in FUNCTIONS:
        run(function.format(schema=SCHEMA))
    for name in NAMES:
        run(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        run(f'GRANT EXECUTE ON FUNCTION {name} TO "{group}"')
    for table in METADATA.sorted_tables:
        _guard(connection, table, GUARDS.get(table.name, OWN), group)
    _guard_members(connection, group)


def _guard(connection: Connection, table: Table, guard: Guard, group: str) -> None:
    run, name = connection.exec_driver_sql, table.name
    run(f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS author text NOT NULL DEFAULT current_user")
    run(f"CREATE INDEX IF NOT EXISTS ix_{name}_author ON {name} (author)")
    if guard.key:
        run(f"ALTER TABLE {name} DROP CONSTRAINT pk_{name}, ADD CONSTRAINT pk_{name} PRIMARY KEY ({guard.key})")
    _close(connection, name)
    policies = (
        ("SELECT", "USING", guard.reads),
        ("INSERT", "WITH CHECK", guard.adds),
        ("UPDATE", "USING", guard.changes),
        ("DELETE", "USING", guard.deletes),
    )
    for verb, clause, condition in policies:
        run(f"DROP POLICY IF EXISTS members_{verb.lower()} ON {name}")
        run(f'REVOKE {verb} ON {name} FROM "{group}"')
        if condition is not None:
            run(f'GRANT {verb} ON {name} TO "{group}"')
            who = f'CREATE POLICY members_{verb.lower()} ON {name} FOR {verb} TO "{group}"'
            run(f"{who} {clause} ({condition.format(table=name)})")


def _guard_members(connection: Connection, group: str) -> None:
    run = connection.exec_driver_sql
    _close(connection, "members")
    for verb in ("select", "update"):
        run(f"DROP POLICY IF EXISTS members_{verb} ON members")
    sees = "login = current_user OR (SELECT my_role()) = 'administrator'"
    run(f'CREATE POLICY members_select ON members FOR SELECT TO "{group}" USING ({sees})')
    run(f'CREATE POLICY members_update ON members FOR UPDATE TO "{group}" USING (login = current_user)')


def _close(connection: Connection, name: str) -> None:
    """Let nobody at any row, the owner neither unless it says that it wants the whole."""
    run = connection.exec_driver_sql
    whole = "current_setting('evenfall.whole', true) = 'on' OR session_user <> current_user"  # in our own functions
    run(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    run(f"DROP POLICY IF EXISTS owner_whole ON {name}")
    run(f"CREATE POLICY owner_whole ON {name} TO CURRENT_USER USING ({whole}) WITH CHECK ({whole})")
