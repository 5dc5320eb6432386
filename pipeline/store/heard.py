"""What comes before a draft: what is being typed, transcripts, and what was found in them."""

from pathlib import Path

from sqlalchemy import select, update

from ..errors import Outdated
from ..types import Digest, Found, Kind, Recording, Role, Transcript, Typing
from . import retention, rows, typings
from .record import Record
from .schema import findings, own, transcripts


class Heard(Record):
    """What is being typed, transcripts and findings."""

    def keep_typing(self, typing: Typing, over: Digest) -> None:
        """Keep what is being typed in the place of what the same role typed before, whose digest is `over`.

        Raises:
            Outdated: what is kept is something else; another window went on.
        """
        with self._writing("keep typing", typing.digest) as connection:
            kept = typings.read(connection, typing.role)
            if kept is not None and kept.digest != over:
                raise Outdated("This was typed on in another window.", "Reload the page to see what is kept.")
            typings.keep(connection, typing)
        self._database.truncate_log()

    def typing_of(self, role: Role) -> Typing | None:
        """Return what somebody in this role was typing."""
        with self._database.writing() as connection:
            typing = typings.read(connection, role)
            if typing is not None:
                self._chain.append(connection, "read typing", typing.digest)
            return typing

    def forget_typing(self, role: Role) -> None:
        """Delete what somebody in this role was typing: it was drafted, or has expired."""
        with self._database.writing() as connection:
            typing = typings.read(connection, role)
            if typing is None:
                return
            typings.forget(connection, role)
            self._chain.append(connection, "delete typing", typing.digest)
        self._database.truncate_log()

    def keep_transcript(
        self, recording: Recording, transcript: Transcript, source: Path | None, client: str | None = None
    ) -> None:
        """Keep what a recording said, and where its source lies so that it can be purged; None keeps the source.

        The last word on the source counts, for the recording's earlier transcripts too, and that on the client.
        """
        if transcript.recording != recording.digest:
            raise ValueError("the transcript is of another recording")
        known = {"source": None if source is None else self._database.place + rows.source_text(source)}
        if client is not None:
            known["client"] = client
        with self._writing("keep transcript", transcript.digest) as connection:
            rows.keep(
                connection,
                transcripts,
                transcript,
                self._chain.clock(),
                recording=recording.digest,
                recording_payload=recording.model_dump_json(),
                sha256=recording.sha256,
                kind=recording.kind,
            )
            same = transcripts.c.recording == recording.digest
            connection.execute(update(transcripts).where(same).values(known))

    def transcript_of(self, recording_sha256: str, kind: Kind) -> tuple[Recording, Transcript] | None:
        """Return what these bytes said when they were heard before as this kind of recording; the newest, or None."""
        query = select(transcripts).where(transcripts.c.sha256 == recording_sha256, transcripts.c.kind == kind)
        with self._database.writing() as connection:
            row = connection.execute(query.order_by(transcripts.c.created_at.desc()).limit(1)).first()
            if row is None:
                return None
            self._chain.append(connection, "read transcript", row.digest)
            return (
                rows.read(Recording, row.recording_payload, row.recording),
                rows.read(Transcript, row.payload, row.digest),
            )

    def undrafted(self, kind: Kind, client: str | None) -> tuple[Digest, ...]:
        """Return the recordings of a client, None: of nobody named, that have a transcript and no draft, by digest."""
        whose = transcripts.c.client.is_(None) if client is None else transcripts.c.client == client
        query = select(transcripts.c.recording).where(transcripts.c.kind == kind, whose)
        with self._database.reading() as connection:
            mine = query.where(own(connection, transcripts), retention.undrafted(connection)).distinct()
            return tuple(connection.scalars(mine.order_by(transcripts.c.recording)))

    def transcript(self, digest: str) -> Transcript:
        """Return a transcript by its digest.

        Raises:
            NotFound: there is none; it goes when its draft is signed or deleted.
        """
        with self._database.writing() as connection:
            transcript = rows.by_prefix(connection, transcripts, Transcript, digest)
            self._chain.append(connection, "read transcript", transcript.digest)
            return transcript

    def heard(self, transcript: str) -> tuple[Recording, Transcript]:
        """Return a transcript by its digest, with the recording that it is of.

        Raises:
            NotFound: there is none; it goes when its draft is signed or deleted.
        """
        with self._database.writing() as connection:
            row = connection.execute(select(transcripts).where(transcripts.c.digest == transcript)).first()
            if row is None:
                raise rows.missing("transcript")
            self._chain.append(connection, "read transcript", row.digest)
            return (
                rows.read(Recording, row.recording_payload, row.recording),
                rows.read(Transcript, row.payload, row.digest),
            )

    def keep_found(self, found: Found) -> None:
        """Keep what was found in a transcript, in the place of what was found before; it goes with the draft."""
        with self._writing("keep findings", found.digest) as connection:
            rows.remove_own(connection, findings, "transcript", found.transcript)
            columns = {"recording": found.recording, "transcript": found.transcript}
            rows.keep(connection, findings, found, self._chain.clock(), **columns)

    def found_of(self, transcript: str) -> Found | None:
        """Return what was found in a transcript, by the transcript's digest."""
        query = select(findings).where(findings.c.transcript == transcript)
        with self._database.writing() as connection:
            found = rows.first(connection, Found, query)
            if found is not None:
                self._chain.append(connection, "read findings", found.digest)
            return found
