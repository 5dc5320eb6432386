"""Consents on file: a revocation is a value of its own, what was given before stays."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, literal_column, not_, select

from ..consent import as_they_stand, ended
from ..types import Consent
from . import rows
from .schema import consents, own


def insert(connection: Connection, consent: Consent, at: datetime) -> bool:
    """Keep a consent; false, and nothing changed, where the same one is there."""
    return rows.keep(connection, consents, consent, at, client=consent.client, participant=consent.participant)


def current(connection: Connection, client: str | None) -> tuple[Consent, ...]:
    """Return each consent as it stands now, in the order they came; once revoked it stays so."""
    return as_they_stand(_latest(connection, *(() if client is None else (consents.c.client == client,))))


def _latest(connection: Connection, *which: ColumnElement[bool]) -> tuple[Consent, ...]:
    query = select(consents).where(*which).order_by(consents.c.created_at, consents.c.digest)
    standing: dict[str, Consent] = {}
    for consent in rows.values(connection, Consent, query):
        given = consent.replace(revoked_at=None).digest
        kept = standing.get(given)
        if kept is None or (consent.revoked_at and not (kept.revoked_at and kept.revoked_at <= consent.revoked_at)):
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
    """Keep a consent that is given now in the place of what stands of that participant, and return what ended so.

    A revocation of a time to come was put down by a wrong clock: it does not end what is given now.
    """
    found = _of(connection, consent.client, consent.participant)
    standing = tuple(one for one in found if one.revoked_at is None)
    gone = _end(connection, standing, consent.given_at, kept_at)
    _end(connection, (one for one in found if one.revoked_at and one.revoked_at > kept_at), consent.given_at, kept_at)
    insert(connection, consent, kept_at)
    return gone


def add(connection: Connection, consent: Consent, kept_at: datetime) -> tuple[Consent, ...] | None:
    """Keep a consent that was given on a day before: it ends what was given before it, and return what ended so.

    It is among that itself where consent was taken back, or given anew, since that day. None, and nothing changed,
    where it is on file.
    """
    found = _of(connection, consent.client, consent.participant)
    if consent.digest in {one.replace(revoked_at=None).digest for one in found}:
        return None
    insert(connection, consent, kept_at)
    standing = [one for one in found if one.revoked_at is None]
    gone = _end(connection, (one for one in standing if one.given_at <= consent.given_at), consent.given_at, kept_at)
    later = [ended(consent, found), *(one.given_at for one in standing if one.given_at > consent.given_at)]
    over = min((moment for moment in later if moment), default=None)
    return (*gone, *(_end(connection, (consent,), over, kept_at) if over else ()))


def carry(connection: Connection, others: Iterable[Consent], kept_at: datetime) -> tuple[Consent, ...]:
    """Keep the revocations of another record that end what stands in this one, and return them."""
    standing = [one for one in current(connection, None) if one.revoked_at is None]
    ending = (
        one
        for one in others
        if one.revoked_at and any(each == one.replace(revoked_at=None) or ended(each, (one,)) for each in standing)
    )
    return tuple(one for one in ending if insert(connection, one, kept_at))


def _standing(
    connection: Connection, client: str, participant: str, *which: ColumnElement[bool]
) -> tuple[Consent, ...]:
    return tuple(one for one in _of(connection, client, participant, *which) if one.revoked_at is None)


def _of(connection: Connection, client: str, participant: str, *which: ColumnElement[bool]) -> tuple[Consent, ...]:
    """Return what one participant gave, each as it stands by its own rows."""
    found = _latest(connection, consents.c.client == client, *which)
    return tuple(one for one in found if one.participant == participant)


def _end(connection: Connection, standing: Iterable[Consent], at: datetime, kept_at: datetime) -> tuple[Consent, ...]:
    gone = tuple(consent.replace(revoked_at=at) for consent in standing)
    for consent in gone:
        insert(connection, consent, kept_at)
    return gone
