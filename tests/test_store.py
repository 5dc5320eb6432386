"""The record: what goes in comes out, what is deleted is gone, and each step is on the audit chain."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from pipeline import workflow
from pipeline.errors import NotFound, Outdated, Refused, StoreFault
from pipeline.store import Store
from pipeline.store.rows import path_text, source_text, text_path, text_source
from pipeline.types import (
    Addendum,
    Consent,
    Decision,
    Draft,
    Evidence,
    Note,
    Receipt,
    Recording,
    Review,
    Section,
    Signature,
    Statement,
    Transcript,
    Turn,
)

from .rings import own_keyring  # noqa: F401

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORDS = "She reported sleeping badly since the funeral."


class Clock:
    """The time, as a test sets it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def recording(seed: str = "a", medium: str = "audio") -> Recording:
    return Recording.model_validate(
        {"kind": "dictation", "medium": medium, "format": "wav", "sha256": seed * 64, "duration": 9.0}
    )


def transcript(of: Recording, words: str = WORDS) -> Transcript:
    turn = Turn(id="1", speaker="clinician", start=0.0, end=9.0, text=words)
    return Transcript(recording=of.digest, kind="dictation", engine="test@1", turns=(turn,))


def sections(evidence: Evidence) -> tuple[Section, ...]:
    statement = Statement(
        text=f"Client: {WORDS}", source="clinician dictated", category="mood", evidence=(evidence,), polarity="affirmed"
    )
    return (Section(key="subjective", title="Subjective", statements=(statement,), not_addressed=("homework",)),)


def draft(of: Recording, said: Transcript, due: datetime = NOON, client: str | None = "K-17") -> Draft:
    return Draft(
        recording=of.digest,
        transcript=said.digest,
        kind="dictation",
        format="soap@1",
        versions=("rules@1",),
        drafted_at=NOON,
        due_at=due,
        expires_at=due + timedelta(days=7),
        sections=sections(said.evidence("1", 0, len(WORDS))),
        client=client,
    )


def review(on: Draft) -> Review:
    target = next(on.statements()).digest
    decision = Decision(action="keep", target=target, at=NOON)
    return Review(draft=on.digest, reviewer="Dr. Abel", started_at=NOON, decisions=(decision,))


def note(on: Draft, decided: Review, at: datetime = NOON) -> Note:
    return Note(
        draft=on.digest,
        review=decided.digest,
        recording=on.recording,
        kind=on.kind,
        format=on.format,
        versions=on.versions,
        sections=on.sections,
        signature=Signature(name="Dr. Abel", credentials="PhD", at=at),
        client=on.client,
    )


def drafted(store: Store, seed: str = "a", source: Path | None = None, due: datetime = NOON) -> Draft:
    heard = recording(seed)
    said = transcript(heard)
    store.keep_transcript(heard, said, source)
    made = draft(heard, said, due)
    store.keep_draft(made)
    return made


def signed(store: Store, seed: str = "a", source: Path | None = None, *, purge: bool = True) -> Note:
    made = drafted(store, seed, source)
    decided = review(made)
    store.keep_review(decided)
    finished = note(made, decided)
    store.sign(finished, purge)
    return finished


def actions(store: Store) -> list[str]:
    return [event.action for event in store.events()]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home", None, actor="Dr. Abel") as opened:
        yield opened


def test_transcript_is_not_made_twice(store: Store) -> None:
    heard = recording()
    said = transcript(heard)
    assert store.transcript_of(heard.sha256, "dictation") is None
    store.keep_transcript(heard, said, Path("a.wav"))
    store.keep_transcript(heard, said, Path("a.wav"))
    assert store.transcript_of(heard.sha256, "dictation") == (heard, said)
    assert store.transcript_of(heard.sha256, "session") is None
    assert store.transcript(said.digest) == said
    assert actions(store).count("read transcript") == 2
    with pytest.raises(NotFound):
        store.transcript("f" * 64)


def test_transcript_of_another_recording_is_not_kept(store: Store) -> None:
    with pytest.raises(ValueError, match="another recording"):
        store.keep_transcript(recording("b"), transcript(recording("a")), None)


def test_drafts_wait_in_the_order_they_are_due(store: Store) -> None:
    late, early = drafted(store, "a", due=NOON + timedelta(days=1)), drafted(store, "b", due=NOON)
    assert store.drafts() == (early, late)
    assert store.draft_of(late.recording) == late
    assert store.draft_of("f" * 64) is None


def test_times_are_compared_across_zones(store: Store) -> None:
    heard = recording()
    there = datetime.fromisoformat("2026-03-02T23:00:00+10:00")  # 13:00 UTC
    made = draft(heard, transcript(heard), due=there)
    store.keep_draft(made)
    assert store.drafts() == (made,)


def test_draft_is_found_by_the_beginning_of_its_digest(store: Store) -> None:
    made = drafted(store)
    assert store.draft(made.digest[:4].upper()) == made
    assert store.draft(made.digest) == made
    for wrong in ("", made.digest[:3], "zzzz", "%%%%", "____", "0" * 64):
        with pytest.raises(NotFound):
            store.draft(wrong)


def test_an_ambiguous_beginning_is_refused(store: Store) -> None:
    made, other = drafted(store, "a"), drafted(store, "b")
    with store._database.writing() as connection:
        connection.execute(
            text("UPDATE drafts SET digest = :new WHERE digest = :old"),
            {"new": made.digest[:8] + other.digest[8:], "old": other.digest},
        )
    with pytest.raises(NotFound, match="More than one"):
        store.draft(made.digest[:8])


def test_a_recording_has_one_draft(store: Store) -> None:
    made = drafted(store)
    store.keep_draft(made)
    store.keep_review(review(made))
    better = made.replace(format="dap@1")
    with pytest.raises(Refused):
        store.keep_draft(better)
    with pytest.raises(NotFound):
        store.replace_draft("f" * 64, better)
    store.replace_draft(made.digest, better, over=review(made).digest)
    store.replace_draft(better.digest, better)
    assert store.drafts() == (better,)
    assert store.review_of(made.digest) is None


def test_review_is_kept_after_each_decision(store: Store) -> None:
    made = drafted(store)
    assert store.review_of(made.digest) is None
    begun = review(made)
    store.keep_review(begun)
    further = begun.replace(decisions=begun.decisions * 2)
    store.keep_review(further)
    assert store.review_of(made.digest) == further
    with pytest.raises(NotFound):
        store.keep_review(begun.replace(draft="f" * 64))


def test_a_review_is_begun_once_and_another_windows_decision_stays(store: Store) -> None:
    made = drafted(store)
    begun = review(made).replace(decisions=())
    assert store.begin_review(begun) == begun
    further = review(made)
    store.keep_review(further, over=begun.digest)
    assert store.begin_review(begun.replace(reviewer="Another window")) == further
    with pytest.raises(Outdated, match="changed in another window"):
        store.keep_review(further.replace(recalled="Late."), over=begun.digest)
    assert store.review_of(made.digest) == further


@pytest.mark.parametrize("read", [review, lambda made: None], ids=["a review was read", "none was there yet"])
def test_a_draft_is_not_replaced_over_a_decision_made_meanwhile(
    store: Store, read: Callable[[Draft], Review | None]
) -> None:
    made = drafted(store)
    before = read(made)
    if before:
        store.keep_review(before)
    later = review(made).replace(recalled="Decided meanwhile.")
    store.keep_review(later)
    events = len(store.events())
    with pytest.raises(Outdated):
        store.replace_draft(made.digest, made.replace(format="dap@1"), over=before.digest if before else None)
    assert (store.drafts(), store.review_of(made.digest)) == ((made,), later)
    assert len(store.events()) == events + 2  # the two readings here


def test_deleting_a_draft_leaves_nothing_of_it(store: Store) -> None:
    made = drafted(store, "a", Path("a.wav"))
    store.keep_review(review(made))
    other = drafted(store, "b")
    receipt = store.delete_draft(made.digest, "expired")
    assert (receipt.recording, receipt.what, receipt.outcome) == (made.recording, ("transcript", "draft"), "purged")
    assert store.receipts() == (receipt,)
    assert store.drafts() == (other,)
    assert store.review_of(made.digest) is None
    assert store.transcript_of("a" * 64, "dictation") is None
    assert store.pending_purges() == ()
    assert {"delete draft: expired", "delete review: expired", "delete transcript: expired"} <= set(actions(store))
    with pytest.raises(NotFound):
        store.delete_draft(made.digest, "expired")


def test_signing_makes_a_note_of_a_draft(store: Store) -> None:
    finished = signed(store)
    assert store.note(finished.digest[:10]) == finished
    assert store.note_of(finished.recording) == finished
    assert store.notes() == store.notes("K-17") == (finished,)
    assert store.notes("another") == ()
    assert store.drafts() == ()
    assert store.review_of(finished.draft) is None
    assert store.transcript_of("a" * 64, "dictation") is None
    with pytest.raises(NotFound):
        store.sign(finished, True)
    with pytest.raises(NotFound):
        store.note("f" * 64)
    assert store.note_of("f" * 64) is None


def test_what_was_decided_in_another_window_is_not_signed_over(store: Store) -> None:
    made = drafted(store)
    read = review(made)
    with pytest.raises(Outdated):
        store.sign(note(made, read))
    store.keep_review(read)
    later = read.replace(decisions=read.decisions * 2)
    store.keep_review(later, over=read.digest)
    with pytest.raises(Outdated, match="changed in another window") as refused:
        store.sign(note(made, read))
    assert "nothing was signed" in str(refused.value)
    assert (store.notes(), store.drafts(), store.review_of(made.digest)) == ((), (made,), later)
    store.sign(note(made, later))
    assert store.drafts() == ()


def test_a_note_of_another_recording_is_not_signed(store: Store) -> None:
    made = drafted(store)
    with pytest.raises(NotFound):
        store.sign(note(made, review(made)).replace(recording="f" * 64), True)
    assert store.notes() == ()


def test_addenda_leave_the_note_as_it_was(store: Store) -> None:
    finished = signed(store)
    later = Addendum(note=finished.digest, label="Addendum", text="Dose corrected.", signature=finished.signature)
    store.addend(later)
    store.addend(later)
    assert store.addenda(finished.digest) == (later,)
    assert store.note(finished.digest) == finished
    with pytest.raises(NotFound):
        store.addend(later.replace(note="f" * 64))


def due(store: Store) -> list[Path]:
    """Return where the audio lies that is still to be deleted."""
    assert {heard for heard, _, _ in store.pending_purges()} <= {recording("a")}
    return [path for _, path, _ in store.pending_purges()]


def test_audio_is_put_down_to_be_purged_and_its_receipt_kept(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "Müller, first session.wav"
    finished = signed(store, "a", source)
    assert due(store) == [source]
    failed = Receipt(recording=finished.recording, what=("audio",), at=NOON, outcome="could not be deleted")
    store.purged(failed)
    assert store.receipts() == (failed,)
    assert due(store) == [source]
    receipt = failed.replace(outcome="purged")
    store.purged(receipt)
    store.purged(receipt)
    assert store.receipts() == (receipt,)
    assert store.pending_purges() == ()
    assert "purge: purged" in actions(store)


def test_what_cannot_be_deleted_is_said_once_and_found_again_where_it_lies_now(store: Store, tmp_path: Path) -> None:
    old, new = tmp_path / "drive" / "a.wav", tmp_path / "a.wav"
    finished = signed(store, "a", old)
    for _ in range(3):
        workflow.finish_purges(store)
    assert actions(store).count("purge: could not be deleted") == 1
    workflow.leaving.follow_source(finished.recording, new, store)
    assert due(store) == [old]
    new.write_bytes(b"sound")
    workflow.leaving.follow_source(finished.recording, new, store)
    assert due(store) == [new]


def test_audio_on_a_drive_that_is_away_stays_to_be_deleted_where_its_folder_is_there(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fixed mount point: without the drive it is an empty folder of another one."""
    mounted = {os.path.realpath(tmp_path), os.path.abspath(os.sep)}
    monkeypatch.setattr(os.path, "ismount", lambda path: os.fspath(path) in mounted)
    made = drafted(store, "a", tmp_path / "a.wav")
    assert store.purge_source(made.recording, tmp_path / "a.wav")
    mounted.remove(os.path.realpath(tmp_path))
    assert [receipt.outcome for receipt in workflow.finish_purges(store)] == ["could not be deleted"]
    assert due(store) == [tmp_path / "a.wav"]
    mounted.add(os.path.realpath(tmp_path))
    assert [receipt.outcome for receipt in workflow.finish_purges(store)] == ["already gone"]
    assert due(store) == []


@pytest.mark.parametrize(("there", "kept"), [(False, False), (True, False), (False, True)])
def test_the_source_of_a_known_draft_is_followed_if_it_was_moved(
    store: Store, tmp_path: Path, there: bool, kept: bool
) -> None:
    old, new = tmp_path / "old.wav", tmp_path / "new.wav"
    new.write_bytes(b"sound")
    if there:
        old.write_bytes(b"sound")
    made = drafted(store, "a", None if kept else old)
    assert store.sources_of(made.recording) == (() if kept else (old,))
    assert workflow.drafted_before(workflow.Order(source=new), recording("a"), store) == made
    assert store.sources_of(made.recording) == (() if kept else (old,) if there else (new,))
    store.keep_review(review(made))
    store.sign(note(made, review(made)))
    assert due(store) == list(() if kept else (old,) if there else (new,))


def test_audio_kept_as_asked_has_a_receipt_too(store: Store, tmp_path: Path) -> None:
    finished = signed(store, "a", tmp_path / "a.wav", purge=False)
    assert store.pending_purges() == ()
    receipt = Receipt(recording=finished.recording, what=("audio",), at=NOON, outcome="kept as asked")
    store.purged(receipt)
    assert store.receipts() == (receipt,)


@pytest.mark.parametrize(("medium", "source"), [("text", Path("a.vtt")), ("audio", None)])
def test_what_is_no_known_audio_is_not_purged(store: Store, medium: str, source: Path | None) -> None:
    heard = recording("a", medium)
    said = transcript(heard)
    store.keep_transcript(heard, said, source)
    made = draft(heard, said)
    store.keep_draft(made)
    store.keep_review(review(made))
    store.sign(note(made, review(made)), True)
    assert store.pending_purges() == ()


@pytest.mark.parametrize("engine", ["test@1", "test@2"])
@pytest.mark.parametrize("last", ["new.wav", None])
def test_the_last_word_on_the_source_counts(store: Store, tmp_path: Path, last: str | None, engine: str) -> None:
    made = drafted(store, "a", tmp_path / "old.wav")
    source = tmp_path / last if last else None
    store.keep_transcript(recording("a"), transcript(recording("a")).replace(engine=engine), source)
    store.keep_review(review(made))
    store.sign(note(made, review(made)))
    assert due(store) == ([source] if source else [])


def consent(participant: str = "client", client: str = "K-17") -> Consent:
    return Consent(
        client=client,
        participant=participant,
        scope=("record", "transcribe"),
        method="written",
        wording="consent@1",
        given_at=NOON,
    )


def test_a_revocation_is_a_new_value(store: Store) -> None:
    given = [consent(), consent("partner"), consent(client="K-18")]
    for one in given:
        store.add_consent(one)
        store.add_consent(one)
    later = NOON + timedelta(days=1)
    revoked = store.revoke_consent("K-17", "client", later)
    assert revoked == (given[0].replace(revoked_at=later),)
    assert set(store.consents()) == {*revoked, *given[1:]}
    assert set(store.consents("K-17")) == {revoked[0], given[1]}
    with pytest.raises(NotFound):
        store.revoke_consent("K-17", "client", later)
    again = consent().replace(given_at=later)
    store.add_consent(again)
    assert set(store.consents("K-17")) == {revoked[0], given[1], again}
    assert "revoke consent" in actions(store)


def test_every_write_and_every_reading_is_on_the_chain(store: Store) -> None:
    finished = signed(store)
    store.note(finished.digest)
    store.notes()
    store.record("export note as docx", finished.digest)
    store.record("refuse silence")
    assert actions(store) == [
        "create store",
        "keep transcript",
        "keep draft",
        "keep review",
        "sign note",
        "delete review: signed",
        "delete draft: signed",
        "delete transcript: signed",
        "read note",
        "list notes",
        "export note as docx",
        "refuse silence",
    ]
    assert {event.actor for event in store.events()} == {"Dr. Abel"}
    assert all(len(event.subject) in (0, 64) for event in store.events())
    assert store.verify_audit() == 12


def test_a_name_is_no_audit_subject(store: Store) -> None:
    with pytest.raises(ValueError, match="digest"):
        store.record("refuse", "Mrs. Kay")
    assert actions(store) == ["create store"]


def test_a_payload_changed_from_outside_is_not_believed(store: Store) -> None:
    made = drafted(store)
    for change in ("replace(payload, 'badly', 'wells')", "'{}'", "'no json'"):
        with store._database.writing() as connection:
            connection.execute(text(f"UPDATE drafts SET payload = {change}"))
        for reading in (store.drafts, lambda: store.draft(made.digest), lambda: store.draft_of(made.recording)):
            with pytest.raises(StoreFault) as caught:
                reading()
            assert "sleep" not in repr(caught.value) + str(caught.value) + repr(caught.value.__cause__)


def test_an_error_shows_no_words(store: Store) -> None:
    with pytest.raises(StoreFault) as caught, store._database.writing() as connection:
        connection.execute(text("INSERT INTO notes (digest, payload) VALUES ('x', :payload)"), {"payload": WORDS})
    assert "sleeping" not in str(caught.value) + str(caught.value.__cause__)


@given(st.binary(min_size=1).filter(lambda name: b"\0" not in name and b"/" not in name))
@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_any_file_name_comes_back(name: bytes) -> None:
    path = Path("/home") / os.fsdecode(name)
    assert text_path(path_text(path)) == path
    assert path_text(path).isascii()
    assert text_source(source_text(path)) == (path, "/")
    assert text_source(path_text(path)) == (path, None), "as records of before hold it"


def test_a_store_says_whether_it_is_there_and_who_uses_it(store: Store, tmp_path: Path) -> None:
    assert Store.exists(tmp_path / "home")
    assert not Store.exists(tmp_path)
    assert store.actor == "Dr. Abel"


def test_a_keyrings_key_proves_nobody_before_there_is_a_pin(tmp_path: Path) -> None:
    with Store.open(tmp_path / "of a keyring", None, actor="Dr. Abel") as opened:
        assert not opened.can_be_proved()
        opened.set_pin("4711")
        assert opened.can_be_proved()
        assert opened.proves("4711")
    with Store.open(tmp_path / "of a passphrase", "correct horse", actor="Dr. Abel") as opened:
        assert opened.can_be_proved()
