"""Consents on file: a revocation is a value of its own, what was given before stays."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, literal_column, not_, select

from ..types import Consent
from . import rows
from .schema import consents, own


def insert(connection: Connection, consent: Consent, at: datetime) -> None:
    """Keep a consent; the same one again changes nothing."""
    rows.keep(connection, consents, consent, at, client=consent.client, participant=consent.participant)


def current(connection: Connection, client: str | None) -> tuple[Consent, ...]:
    """Return each consent as it stands now, in the order they came; once revoked it stays so."""
    return _latest(connection, *(() if client is None else (consents.c.client == client,)))


def _latest(connection: Connection, *which: ColumnElement[bool]) -> tuple[Consent, ...]:
    query = select(consents).where(*which).order_by(consents.c.created_at, consents.c.digest)
    standing: dict[str, Consent] = {}
    for consent in rows.values(connection, Consent, query):
        given = consent.replace(revoked_at=None).digest
        if given not in standing or (consent.revoked_at and not standing[given].revoked_at):
            standing[given] = consent
    return tuple(standing.values())


def revoke(
    connection: Connection, client: str, participant: str, at: datetime, kept_at: datetime
) -> tuple[Consent, ...]:
    """Revoke every standing consent of a participant that the user keeps, and return the revoked ones.

    Raises:
        NotFound: there is none that stands, of other clinicians neither.
    """
    mine = _standing(connection, client, participant, own(connection, consents))
    if not mine and whose(connection, client, participant) is None:
        raise rows.missing("consent")
    return _end(connection, mine, at, kept_at)


def whose(connection: Connection, client: str, participant: str) -> str | None:
    """Return the login of another clinician whose consent of this participant stands, None where there is none."""
    theirs = _standing(connection, client, participant, not_(own(connection, consents)))
    if not theirs:
        return None
    author: Select[str] = select(literal_column("consents.author")).where(consents.c.digest == theirs[0].digest)
    return str(connection.scalar(author.where(not_(own(connection, consents)))))


def renew(connection: Connection, consent: Consent, kept_at: datetime) -> tuple[Consent, ...]:
    """Keep a consent in the place of what stands of that participant, and return what ended so."""
    standing = _standing(connection, consent.client, consent.participant)
    ended = _end(connection, standing, consent.given_at, kept_at)
    insert(connection, consent, kept_at)
    return ended


def _standing(
    connection: Connection, client: str, participant: str, *which: ColumnElement[bool]
) -> tuple[Consent, ...]:
    found = _latest(connection, consents.c.client == client, *which)
    return tuple(one for one in found if one.participant == participant and one.revoked_at is None)


def _end(connection: Connection, standing: tuple[Consent, ...], at: datetime, kept_at: datetime) -> tuple[Consent, ...]:
    ended = tuple(consent.replace(revoked_at=at) for consent in standing)
    for consent in ended:
        insert(connection, consent, kept_at)
    return ended
