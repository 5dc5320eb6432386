"""May this step run? The only answer to that question: every path to session material takes a Permit from here."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from .errors import ConsentMissing
from .types import Consent, Kind

NEEDED: Final = frozenset({"record", "transcribe"})
_issued: Final = object()


class Permit:
    """Proof that consent was checked for one step; only `ask` makes one."""

    __slots__ = ("kind",)

    def __init__(self, kind: Kind, proof: object) -> None:
        if proof is not _issued:
            raise ConsentMissing("A permit is given by consent.ask only.", "Ask for consent first.")
        self.kind: Kind = kind


def ask(
    kind: Kind, client: str | None, participants: Iterable[str], consents: Iterable[Consent], at: datetime
) -> Permit:
    """Give a permit for a recording of this kind, or say whose consent is missing.

    A dictation by the clinician alone needs none (APA 4.03, ACA B.6.c are about recording others). A session needs,
    for every participant, a consent on file for that client, given by `at`, not revoked, to record and transcribe.

    Raises:
        ConsentMissing: the client is not named, there are no participants, or one has not consented.
    """
    if kind == "dictation":
        return Permit(kind, _issued)
    names = tuple(participants)
    if client is None or not names:
        raise ConsentMissing(
            "A session needs the client's reference and who took part.", "Name the client: --client REF."
        )
    covered = {
        consent.participant
        for consent in consents
        if consent.client == client
        and consent.given_at <= at
        and consent.revoked_at is None
        and set(consent.scope) >= NEEDED
    }
    missing = [name for name in names if name not in covered]
    if missing:
        count = "one participant" if len(missing) == 1 else f"{len(missing)} participants"
        raise ConsentMissing(
            f"There is no consent on file for {count} of this session, so it was not opened.",
            "Record it with: evenfall consent add --client REF --participant WHO, for each participant.",
        )
    return Permit(kind, _issued)
