"""May this step run? The only answer to that question: every path to session material takes a Permit from here."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, NoReturn

from pydantic import BaseModel, ConfigDict, Field

from . import resources
from .errors import ConsentMissing
from .law import Law, Rule
from .types import Consent, Kind, Scope, Topic, Words

NEEDED: Final = frozenset({"record", "transcribe"})
WORDING: Final = "consent.yaml"
NOT_KEPT: Final = (
    "Not everybody agreed that their words are kept, "
    "so the words that each statement rests on go when the note is signed."
)
_issued: Final = object()


class Permit:
    """Proof that consent was checked for one step; only `ask` makes one."""

    __slots__ = ("kind",)

    def __init__(self, kind: Kind, proof: object) -> None:
        if proof is not _issued:
            raise ConsentMissing("A permit is given by consent.ask only.", "Ask for consent first.")
        self.kind: Kind = kind

    def __reduce__(self) -> NoReturn:
        raise TypeError("a permit stays in the process that it was given in")


def ask(
    kind: Kind,
    client: str | None,
    participants: Iterable[str],
    consents: Iterable[Consent],
    at: datetime,
    law: Law | None = None,
) -> Permit:
    """Give a permit for a recording of this kind, or say whose consent is missing or what it lacks, and who asks so.

    A dictation by the clinician alone needs none (APA 4.03, ACA B.6.c are about recording others). A session needs,
    for every participant, a consent on file for that client that stands at that moment (see `standing`) and meets every
    rule of the `law`.

    Raises:
        ConsentMissing: the client is not named, there are no participants, or one has not consented as is demanded.
    """
    if kind == "dictation":
        return Permit(kind, _issued)
    names = tuple(participants)
    if client is None or not names:
        raise ConsentMissing(
            "A session needs the client's reference and who took part.", "Name the client: --client REF."
        )
    consents = tuple(consents)
    given = standing(client, consents, at)
    missing = [name for name in names if name not in {one.participant for one in given}]
    if missing:
        ahead = {one.participant for one in consents if one.client == client and one.given_at > at and allows(one)}
        raise _to_come() if ahead >= set(missing) else _none_on_file(len(missing))
    for name in names:
        if lacking := _lacking([one for one in given if one.participant == name], law or Law(), at):
            raise _not_enough(*lacking[0])
    return Permit(kind, _issued)


def standing(client: str, consents: Iterable[Consent], at: datetime) -> tuple[Consent, ...]:
    """Return the consents for a client's sessions that stand at a moment.

    Of each participant that is the one given last, and none that was given before consent was taken back, whenever it
    came on file.
    """
    own = [one for one in as_they_stand(consents) if one.client == client]
    given = [one for one in own if one.given_at <= at]
    last = {one.participant: one.given_at for one in sorted(given, key=lambda one: one.given_at)}
    return tuple(one for one in given if one.given_at == last[one.participant] and allows(one))


def as_they_stand(consents: Iterable[Consent]) -> tuple[Consent, ...]:
    """Return consents with a revocation for all that the same participant had given before it, on file then or later.

    A form on paper may come on file after its participant took consent back.
    """
    consents = tuple(consents)
    return tuple(one if one.revoked_at else one.replace(revoked_at=ended(one, consents)) for one in consents)


def ended(consent: Consent, others: Iterable[Consent]) -> datetime | None:
    """Return when its participant took back what was given so, as the first of the later revocations among `others`."""
    same = (one for one in others if (one.client, one.participant) == (consent.client, consent.participant))
    return min((one.revoked_at for one in same if one.revoked_at and one.revoked_at > consent.given_at), default=None)


def _lacking(given: Iterable[Consent], law: Law, at: datetime) -> tuple[tuple[Rule, str], ...]:
    """Return what the best of one participant's consents lacks."""
    return min((law.lacking(one, at) for one in given), key=len)


def _none_on_file(count: int) -> ConsentMissing:
    people = "one participant" if count == 1 else f"{count} participants"
    return ConsentMissing(
        f"There is no consent on file for {people} of this session, so it was not opened.",
        "Record it with: evenfall consent add --client REF --participant WHO, for each participant.",
    )


def _to_come() -> ConsentMissing:
    return ConsentMissing(
        "By this computer's clock a participant's consent is given in time to come, so the session was not opened.",
        "Set the computer's clock, then try again. What is on file: evenfall consent list",
    )


def _not_enough(rule: Rule, lack: str) -> ConsentMissing:
    return ConsentMissing(
        f"A participant's consent is on file but not enough, so the session was not opened. {lack} "
        f"Rule {rule.name}: {rule.says} ({rule.source})",
        "Have it given anew, on the page or on paper: evenfall consent add. What is asked: evenfall law show",
    )


class Wording(BaseModel):
    """What a participant reads, and the sentence for each thing that can be agreed to; see configs/consent.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=1)]
    title: Words
    paragraphs: Annotated[tuple[Words, ...], Field(min_length=1)]
    elsewhere: Annotated[str, Field(pattern=r"\{host\}")]
    scopes: Annotated[dict[Scope, Words], Field(min_length=1)]
    told: tuple[Topic, ...] = ()

    @property
    def name(self) -> str:
        """The versioned name that a consent is recorded with; the digest tells which words these were."""
        digest = hashlib.sha256(self.model_dump_json(exclude={"told"}).encode()).hexdigest()
        return f"consent@{self.version} {digest[:8]}"


def load_wording(home: Path, host: str | None = None) -> Wording:
    """Load the practice's own consent.yaml of a home folder, else configs/consent.yaml.

    `host` is another computer that sentences of drafts are sent to: the paragraphs say so.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    own = home / WORDING
    wording = resources.read_yaml(own if own.exists() else resources.configs() / WORDING, Wording)
    more = (wording.elsewhere.replace("{host}", host),) if host else ()
    return wording.model_copy(update={"paragraphs": (*wording.paragraphs, *more)})


def keeps_quotes(kind: Kind, consents: Iterable[Consent], drafted_at: datetime) -> bool:
    """Say whether words of a recording may stay, letter by letter, with its signed note.

    Of a session only where everybody agreed to that and nobody took it back; who had taken all consent back before it
    was drafted was not in it. A dictation holds the clinician's own words.
    """
    then = (one for one in as_they_stand(consents) if one.revoked_at is None or one.revoked_at > drafted_at)
    last = {one.participant: one for one in sorted(then, key=lambda one: one.given_at)}
    agreed = [one.revoked_at is None and "keep quotes" in one.scope for one in last.values()]
    return kind == "dictation" or (bool(agreed) and all(agreed))


def allows(consent: Consent) -> bool:
    """Say whether a consent stands and lets a session be recorded and transcribed."""
    return consent.revoked_at is None and set(consent.scope) >= NEEDED
