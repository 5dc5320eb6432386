"""Drafts, each the only one of its recording, and the review begun on each."""

from typing import Any, Final

from sqlalchemy import Connection, Select, select

from ..errors import Refused
from ..types import Digest, Draft, Found, Receipt, Review, Transcript
from . import rows
from .record import Record
from .schema import drafts, findings, own, reviews, transcripts

STEP_LOST: Final = ("Open it again to go on.", "The last step was not kept; what was decided before is.")


class Provisional(Record):
    """Drafts and reviews: nothing here is a note."""

    def keep_draft(self, draft: Draft) -> None:
        """Keep the draft of a recording; the same one again changes nothing.

        Raises:
            Refused: the recording has another draft; `replace_draft` takes its place knowingly.
        """
        with self._writing("keep draft", draft.digest) as connection:
            others = select(drafts.c.digest).where(
                drafts.c.recording == draft.recording, drafts.c.digest != draft.digest, own(connection, drafts)
            )
            if connection.scalar(others.limit(1)) is not None:
                raise Refused("This recording has a draft already.", "Review or delete that one first.")
            self._insert_draft(connection, draft)

    def replace_draft(
        self, old: str, draft: Draft, review: Review | None = None, *, over: Digest | None = None
    ) -> None:
        """Put another draft of the same recording in the place of one, whose review goes; `review` is the new one's.

        `over` is the digest of the review that was read of the old one, None if it had none.

        Raises:
            NotFound: there is no such draft of this recording.
            Outdated: the old draft's review is another by now; nothing is changed.
        """
        with self._writing("keep draft", draft.digest) as connection:
            self._swap_draft(connection, old, draft, review, over)
        self._database.truncate_log()

    def replace_heard(
        self,
        old: Draft,
        transcript: Transcript,
        found: Found,
        draft: Draft,
        review: Review | None = None,
        *,
        over: Digest | None = None,
    ) -> None:
        """Put another transcript of a draft's recording in its transcript's place, with what was made of it, as one.

        `over` is the digest of the review that was read of the old draft, None if it had none.

        Raises:
            NotFound: the draft or its transcript is not there; it was signed or deleted elsewhere.
            Outdated: the old draft's review is another by now; nothing is changed.
        """
        with self._writing("keep draft", draft.digest) as connection:
            self._chain.append(connection, "reassign speakers", old.digest)
            self._swap_draft(connection, old.digest, draft, review, over)
            mine = own(connection, transcripts)
            row = connection.execute(select(transcripts).where(transcripts.c.digest == old.transcript, mine)).first()
            if row is None:
                raise rows.missing("transcript")
            for name, table, column in (("findings", findings, "transcript"), ("transcript", transcripts, "digest")):
                gone = rows.remove_own(connection, table, column, old.transcript)
                self._log_gone(connection, name, gone, "replaced")
            at, same = self._chain.clock(), ("recording", "recording_payload", "sha256", "kind", "source", "client")
            rows.keep(connection, transcripts, transcript, at, **{name: getattr(row, name) for name in same})
            self._chain.append(connection, "keep transcript", transcript.digest)
            rows.keep(connection, findings, found, at, recording=found.recording, transcript=found.transcript)
            self._chain.append(connection, "keep findings", found.digest)
        self._database.truncate_log()

    def draft(self, prefix: str) -> Draft:
        """Return the draft whose digest begins so.

        Raises:
            NotFound: none does, more than one does, or fewer than four characters were given.
        """
        with self._database.writing() as connection:
            draft = rows.by_prefix(connection, drafts, Draft, prefix)
            self._chain.append(connection, "read draft", draft.digest)
            return draft

    def drafts(self) -> tuple[Draft, ...]:
        """Return every draft, the one due first first."""
        query: Select[Any] = select(drafts).order_by(drafts.c.due_at, drafts.c.digest)
        with self._database.writing() as connection:
            found = rows.values(connection, Draft, query)
            if found:
                self._chain.append(connection, "list drafts")
            return found

    def draft_of(self, recording: str) -> Draft | None:
        """Return the user's own draft of a recording, by the recording's digest."""
        query = select(drafts).where(drafts.c.recording == recording)
        with self._database.writing() as connection:
            draft = rows.first(connection, Draft, query.where(own(connection, drafts)))
            if draft is not None:
                self._chain.append(connection, "read draft", draft.digest)
            return draft

    def delete_draft(self, digest: str, why: str) -> Receipt:
        """Delete a draft with its review and its recording's transcripts, not the source audio; `why` names no one.

        Raises:
            NotFound: there is no such draft.
            Refused: it is another clinician's.
        """
        with self._database.writing() as connection:
            recording = self._demand_draft(connection, digest)
            receipt = self._forget_with_receipt(connection, recording, ("transcript", "draft"), why)
        self._database.truncate_log()
        return receipt

    def begin_review(self, begun: Review) -> Review:
        """Return the review kept of a draft; where there is none, keep this one, which was just begun.

        Of another clinician's draft, which a supervisor only reads, nothing is kept.
        """
        query = select(reviews).where(reviews.c.draft == begun.draft)
        with self._database.writing() as connection:
            kept = rows.first(connection, Review, query)
            if kept is not None:
                self._chain.append(connection, "read review", kept.digest)
            elif self._is_own(connection, begun.draft):
                rows.keep(connection, reviews, begun, self._chain.clock(), draft=begun.draft)
                self._chain.append(connection, "keep review", begun.digest)
            return kept or begun

    def keep_review(self, review: Review, over: str | None = None) -> None:
        """Keep the review of a draft in the place of its last one, after each decision.

        `over` is the digest of the review that it goes on from, where another window may have gone on, too.

        Raises:
            NotFound: the draft is no longer there; it was signed or deleted elsewhere.
            Refused: it is another clinician's.
            Outdated: the review kept is not the one that this goes on from.
        """
        with self._writing("keep review", review.digest) as connection:
            self._demand_draft(connection, review.draft)
            if over is not None:
                self._demand_review(connection, review.draft, over, *STEP_LOST)
            rows.remove(connection, reviews, "draft", review.draft)
            rows.keep(connection, reviews, review, self._chain.clock(), draft=review.draft)

    def review_of(self, draft: str) -> Review | None:
        """Return the review begun on a draft, by the draft's digest."""
        with self._database.writing() as connection:
            review = rows.first(connection, Review, select(reviews).where(reviews.c.draft == draft))
            if review is not None:
                self._chain.append(connection, "read review", review.digest)
            return review

    def _insert_draft(self, connection: Connection, draft: Draft) -> None:
        columns = {
            "recording": draft.recording,
            "client": draft.client,
            "due_at": draft.due_at,
            "expires_at": draft.expires_at,
        }
        rows.keep(connection, drafts, draft, self._chain.clock(), **columns)

    def _is_own(self, connection: Connection, draft: str) -> bool:
        mine = select(drafts.c.digest).where(drafts.c.digest == draft, own(connection, drafts))
        return connection.scalar(mine) is not None

    def _swap_draft(
        self, connection: Connection, old: str, draft: Draft, review: Review | None, over: Digest | None
    ) -> None:
        self._demand_draft(connection, old, draft.recording)
        if old != draft.digest:
            self._demand_review(connection, old, over, *STEP_LOST)
            self._log_gone(connection, "review", rows.remove(connection, reviews, "draft", old), "replaced")
            self._log_gone(connection, "draft", rows.remove(connection, drafts, "digest", old), "replaced")
            self._insert_draft(connection, draft)
            if review is not None:
                rows.keep(connection, reviews, review, self._chain.clock(), draft=draft.digest)
                self._chain.append(connection, "keep review", review.digest)
