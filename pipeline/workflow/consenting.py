"""What is left of a client's sessions once a consent was taken back, and its purge."""

import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from ..audio import spool
from ..errors import after
from ..types import Digest, Draft, Receipt, Spooled
from .standing import REVOKED

if TYPE_CHECKING:
    from ..store import Store


@dataclass(frozen=True)
class Left:
    """What the record still holds of one client's sessions; `busy` recordings are being made or heard just now.

    Of the recordings `undrafted`, by digest, there are transcripts alone; of `unnamed` ones nobody said whose they are.
    """

    drafts: tuple[Draft, ...] = ()
    recordings: tuple[Spooled, ...] = ()
    busy: int = 0
    notes: int = 0
    undrafted: tuple[Digest, ...] = ()
    unnamed: int = 0
    client: str = ""

    @property
    def purgeable(self) -> bool:
        """Whether there is anything that is not signed and at rest."""
        return bool(self.drafts or self.undrafted or self.recordings)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what can be purged: whoever saw another one did not see all of this."""
        seen = [draft.digest for draft in self.drafts], self.undrafted, [spooled.id for spooled in self.recordings]
        return hashlib.sha256("\n".join(sorted(chain.from_iterable(seen))).encode()).hexdigest()

    def lines(self) -> Iterator[str]:
        """Yield what there is and what becomes of it, a sentence each."""
        if self.busy:
            yield f"{self.busy} recording(s) being made or heard now: that stops within seconds, and goes."
            yield "One that is paused on the page, or left open there, goes when the page is next used."
        if self.drafts:
            yield f"{len(self.drafts)} draft(s) of sessions, not signed, each with its transcript, are still there."
        if self.undrafted:
            yield f"What was said in {len(self.undrafted)} session(s) without a draft is still there, in writing."
        if self.recordings:
            yield f"{len(self.recordings)} sealed recording(s) of sessions are still there; without consent none opens."
        if not self.purgeable:
            yield "Nothing that waits, unsigned, is left of this client's sessions."
        if self.notes:
            yield f"{self.notes} signed note(s) of sessions stay: they are the record, which the law makes you keep."
        if self.unnamed:
            yield f"{self.unnamed} session(s) in writing, without a draft or a client's reference, may be theirs, too."
            yield "Those go by `evenfall retention apply`, once they have waited long enough."
        yield "Files of your own with these sessions (a phone's recording, a transcript) are yours to delete."

    def ways(self) -> Iterator[str]:
        """Yield the command that deletes each thing there is."""
        yield from (f"evenfall purge {draft.digest[:8]}" for draft in self.drafts)
        if self.undrafted:
            yield f"evenfall client delete {shlex.quote(self.client)} (with all that is not signed of this client)"
        yield from (f"evenfall spool purge {spooled.id[:8]}" for spooled in self.recordings)


def left_of(store: "Store", client: str, participant: str) -> Left:
    """Return what is left of one client's sessions; of recordings, those that this participant took part in.

    Who took part in a session that is drafted is not kept apart, so every session's draft counts.
    """
    own = [one for one in store.spools() if one.kind == "session" and one.client == client]
    own = [one for one in own if participant in one.participants]
    resting = tuple(one for one in own if not spool.is_busy(store, one.id))
    return Left(
        drafts=tuple(one for one in store.drafts() if one.kind == "session" and one.client == client),
        recordings=resting,
        busy=len(own) - len(resting),
        notes=sum(note.kind == "session" for note in store.notes(client)),
        undrafted=store.undrafted("session", client),
        unnamed=len(store.undrafted("session", None)),
        client=client,
    )


def purge_left(store: "Store", left: Left) -> tuple[Receipt, ...]:
    """Delete drafts with their transcripts, transcripts without, and recordings, key first; what is signed stays.

    Audio files stay, too.

    Raises:
        NotFound: one of them was signed or deleted elsewhere.
        Refused: a recording is being made or heard just now.
        SourceRefused: a recording lies on another computer; nothing is deleted.
    """
    with after("Nothing was deleted; the consent is revoked."):
        store.demand_here(left.recordings)
    with after("The consent is revoked. Some of what was to be deleted may be gone; for the rest, do it again."):
        drafts = [store.delete_draft(one.digest, REVOKED) for one in left.drafts]
        said = [store.forget_undrafted(one, REVOKED) for one in left.undrafted]
        return (*drafts, *filter(None, said), *(spool.discard(store, one.id) for one in left.recordings))
