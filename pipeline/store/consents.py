"""Consents on file: a revocation is a value of its own, what was given before stays."""

from datetime import datetime

from sqlalchemy import Connection, select

from ..types import Consent
from . import rows
from .schema import consents


def insert(connection: Connection, consent: Consent, at: datetime) -> None:
    """Keep a consent; the same one again changes nothing."""
    rows.keep(connection, consents, consent, at, client=consent.client, participant=consent.participant)


def current(connection: Connection, client: str | None) -> tuple[Consent, ...]:
    """Return each consent as it stands now, in the order they came; once revoked it stays so."""
    query = select(consents).order_by(consents.c.created_at, consents.c.digest)
    if client is not None:
        query = query.where(consents.c.client == client)
    standing: dict[str, Consent] = {}
    for consent in rows.values(connection, Consent, query):
        given = consent.replace(revoked_at=None).digest
        if given not in standing or (consent.revoked_at and not standing[given].revoked_at):
            standing[given] = consent
    return tuple(standing.values())


def revoke(
    connection: Connection, client: str, participant: str, at: datetime, kept_at: datetime
) -> tuple[Consent, ...]:
    """Revoke every standing consent of a participant and return the revoked ones.

    Raises:
        NotFound: there is none that stands.
    """
    revoked = _end(connection, client, participant, at, kept_at)
    if not revoked:
        raise rows.missing("consent")
    return revoked


def renew(connection: Connection, consent: Consent, kept_at: datetime) -> tuple[Consent, ...]:
    """Keep a consent in the place of what stands of that participant, and return what ended so."""
    ended = _end(connection, consent.client, consent.participant, consent.given_at, kept_at)
    insert(connection, consent, kept_at)
    return ended


def _end(connection: Connection, client: str, participant: str, at: datetime, kept_at: datetime) -> tuple[Consent, ...]:
    ended = tuple(
        consent.replace(revoked_at=at)
        for consent in current(connection, client)
        if consent.participant == participant and consent.revoked_at is None
    )
    for consent in ended:
        insert(connection, consent, kept_at)
    return ended
