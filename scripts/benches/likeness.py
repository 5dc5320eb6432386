"""How soon and how surely like notes are found among ten thousand, in a real sealed store."""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benches.speed import machine
from benches.table import show
from pipeline import workflow
from pipeline.draft.likeness import load_likenesses
from pipeline.store import Store
from pipeline.store.schema import likenesses, notes
from pipeline.types import (
    Category,
    Draft,
    Note,
    Review,
    Section,
    Signature,
    Statement,
    Transcript,
    Turn,
)

BEGAN = datetime(2020, 1, 6, 18, tzinfo=UTC)
STATEMENTS = 12  # in a note
COPIED = 6  # statements of a planted note that stand nearly so in another
GAPS = {
    "who": "her partner, his manager, her mother, a colleague, his brother, her landlord, their neighbour, "
    "her son, his ex-wife, the midwife, her tutor, a cousin, the union rep, a flatmate, her boss",
    "where": "at work, on the bus, at the supermarket, in the kitchen, at church, on the phone, at the school gate, "
    "in the car park, at a family dinner, before bed, at the gym, on the night train, by the canal, at the clinic",
    "felt": "anxious, ashamed, furious, numb, hopeful, guilty, lonely, overwhelmed, irritable, relieved, proud, empty, "
    "jealous, calm, bored, tearful, restless, confident, disgusted, helpless, exhausted, content, bitter, shaken",
    "did": "avoided, argued with, apologised to, wrote to, walked away from, lied to, waited for, shouted at, "
    "sat beside, cooked for, rang, ignored, borrowed money from, cried in front of, defended, forgave",
    "kind": "missed, unpaid, secret, late, broken, sudden, second, old, costly, quiet, public, foreign, lost, "
    "promised, shared, cancelled, noisy, unread, stolen, small, borrowed, difficult, last",
    "thing": "deadline, letter, wedding, biopsy, shift, essay, promise, anniversary, inheritance, exam, journey, "
    "birthday, tenancy, diagnosis, phone call, redundancy, haircut, licence, garden, recital, mortgage, reunion, puppy",
    "tool": "thought record, breathing exercise, fear ladder, activity diary, empty chair, balance sheet, "
    "worry timer, values sort, body scan, imagery script, chain analysis, sleep log, coping list, letter, role play",
    "aim": "evenings alone, the morning routine, saying no, sleep before midnight, driving again, eating with others, "
    "asking for help, leaving the house, answering messages, opening post, joining the choir",
    "often": "twice a week, every evening, on weekdays, before each meal, for ten minutes a day, on three days, "
    "once before Friday, after lunch, each morning, at weekends",
}
TEMPLATES: tuple[tuple[Category, str], ...] = (
    ("mood", "Client reported feeling {felt} {where} after she {did} {who} about the {kind} {thing}."),
    ("mood", "Client described being {felt} and {felt2} whenever the {kind} {thing} comes up {where}."),
    ("behaviour", "Client {did} {who} {where} and then stayed up late thinking about a {kind} {thing}."),
    ("behaviour", "Since the {kind} {thing}, client has {did} {who} {often}, and {did2} {who2}."),
    (
        "intervention",
        "Clinician introduced a {tool} for {aim} and practised it with the {kind} {thing} as the example.",
    ),
    ("intervention", "Worked on {aim} with a {tool}, looking at the time client {did} {who} over the {thing}."),
    ("assessment", "Client linked the {kind} {thing} with how she {did} {who} and left more {felt} than {felt2}."),
    ("homework", "Client will use the {tool} {often} for {aim}, first with {who} and the {kind} {thing}."),
    ("homework", "Client tried the {tool} {often} and found {aim} easier than the {kind} {thing}."),
    ("plan", "Next session: go on with the {tool}, then plan for the {kind} {thing} and {aim} with {who}."),
)
FIXED: tuple[tuple[Category, str], ...] = (
    ("risk", "Client denied suicidal ideation, homicidal ideation and self-harm."),
    ("plan", "Continue weekly sessions."),
)
SWAPS = (
    ("Client", "Patient"),
    ("reported", "described"),
    ("practised", "rehearsed"),
    (" and ", ", and "),
    ("more ", "rather more "),
    ("late", "long"),
    ("Clinician introduced", "Introduced"),
    ("Next session:", "Next time"),
    ("will use", "agreed to use"),
)


@dataclass(frozen=True)
class Planted:
    """A draft with which of its statements stand nearly so in which note."""

    draft: Draft
    source: str
    copied: frozenset[str]


def sentence(template: str, chance: random.Random) -> str:
    """Fill a template's gaps, `felt` and `felt2` with two of a kind."""
    filled = {}
    for name, options in GAPS.items():
        filled[name], filled[f"{name}2"] = chance.sample(options.split(", "), 2)
    return template.format(**filled)


def note_texts(chance: random.Random) -> list[tuple[Category, str]]:
    """Return the categories and words of one note's statements."""
    return [(category, sentence(words, chance)) for category, words in TEMPLATES] + list(FIXED)


def nearly(text: str, chance: random.Random) -> str:
    """Return a statement as someone copies it: as it was, some words otherwise, a fact of it otherwise."""
    for old, new in chance.sample(SWAPS, chance.choice((0, 3, 5))):
        text = text.replace(old, new, 1)
    options = GAPS[chance.choice(("felt", "who", "kind", "often"))].split(", ")
    for old in (option for option in options if chance.random() < 0.5):
        text = text.replace(old, chance.choice(options), 1)
    return text


def sections(texts: Sequence[tuple[Category, str]], number: int) -> tuple[str, tuple[Section, ...]]:
    """Return the transcript's digest and one section with a statement of each text."""
    turns = tuple(
        Turn(id=f"t{place}", speaker="clinician", start=float(place), end=place + 1.0, text=text)
        for place, (_, text) in enumerate(texts)
    )
    said = Transcript(recording=f"{number:064x}", kind="dictation", engine="bench@1", turns=turns)
    statements = tuple(
        Statement(
            text=text,
            source="clinician dictated",
            category=category,
            polarity="denied" if category == "risk" else "affirmed",
            evidence=(said.evidence(f"t{place}", 0, len(text)),),
        )
        for place, (category, text) in enumerate(texts)
    )
    return said.digest, (Section(key="note", title="Note", statements=statements),)


def note(number: int, texts: Sequence[tuple[Category, str]], client: str) -> Note:
    """Return a signed note of these statements."""
    return Note(
        draft=f"{number:064x}", review=f"{number:064x}", recording=f"{number:064x}", kind="dictation",
        format="soap@1", versions=("bench@1",), sections=sections(texts, number)[1], client=client,
        signature=Signature(name="A. Ruiz", credentials="LCSW", at=BEGAN + timedelta(hours=number)),
    )  # fmt: skip


def draft(number: int, texts: Sequence[tuple[Category, str]], client: str) -> Draft:
    """Return a draft of these statements."""
    transcript, parts = sections(texts, number)
    return Draft(
        recording=f"{number:064x}", transcript=transcript, kind="dictation", format="soap@1", versions=("bench@1",),
        drafted_at=BEGAN, due_at=BEGAN, expires_at=BEGAN, sections=parts, client=client,
    )  # fmt: skip


def planted(made: Sequence[Note], how_many: int, chance: random.Random) -> Iterator[Planted]:
    """Yield drafts, every other one of the client whose note is copied from."""
    for number in range(how_many):
        source = chance.choice(made)
        theirs = [(s.category, s.text) for s in source.statements()]
        own = note_texts(chance)
        places = chance.sample(range(len(TEMPLATES)), COPIED)
        texts = [(c, nearly(theirs[i][1], chance)) if i in places else (c, t) for i, (c, t) in enumerate(own)]
        client = source.client if number % 2 else "K-new"
        one = draft(10**6 + number, texts, client or "")
        copied = frozenset(s.digest for i, s in enumerate(one.statements()) if i in places)
        yield Planted(one, source.digest, copied)


def fill(store: Store, made: Sequence[Note], folder: Path) -> tuple[float, int]:
    """Put notes into the store without the work of signing each; return seconds and bytes that their hashes took."""
    from sqlalchemy import insert

    with store._database.writing() as connection:
        for one in made:
            row = {"digest": one.digest, "payload": one.model_dump_json(), "created_at": BEGAN}
            columns = {"recording": one.recording, "client": one.client, "signed_at": one.signature.at}
            connection.execute(insert(notes).values(**row, **columns))
    before = size(store, folder)
    rules, began = load_likenesses(), time.perf_counter()
    store.index(rules.name, lambda one: rules.hashes(one.statements()))
    return time.perf_counter() - began, size(store, folder) - before


def size(store: Store, folder: Path) -> int:
    """Return the bytes of the store's files."""
    store._database.truncate_log()
    return sum(path.stat().st_size for path in folder.iterdir())


def figures(store: Store, drafts: Sequence[Planted]) -> tuple[list[float], float, float, float]:
    """Return the seconds of each look-up, share of copied statements shown, others a draft, share of sources named."""
    taken, right, wanted, shown, named = [], 0, 0, 0, 0
    for one in drafts:
        begun = Review(draft=one.draft.digest, reviewer="bench", started_at=BEGAN)
        began = time.perf_counter()
        found = workflow.likenesses(one.draft, begun, store)
        taken.append(time.perf_counter() - began)
        unusual = {item.statement for item in found if not item.usual}
        right += len(unusual & one.copied)
        shown, wanted = shown + len(unusual), wanted + len(one.copied)
        named += one.source in {item.note for item in found}
    return taken, right / wanted, (shown - right) / len(drafts), named / len(drafts)


def main(arguments: Sequence[str]) -> None:
    """Make the notes, plant the copies, print the table."""
    parser = argparse.ArgumentParser(prog="scripts/bench likeness")
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--drafts", type=int, default=100)
    options = parser.parse_args(arguments)
    chance = random.Random(5)
    made = [note(n, note_texts(chance), f"K-{n % max(options.notes // 40, 1)}") for n in range(options.notes)]
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder), "bench", actor="bench") as store:
        print(machine())
        seconds, grown = fill(store, made, Path(folder))
        taken, recall, chance_alike, named = figures(store, list(planted(made, options.drafts, chance)))
        payload = sum(len(one.model_dump_json()) for one in made)
        rows = _rows(store)
    cuts = statistics.quantiles(taken, n=20)
    show(
        f"Likeness: {options.drafts} drafts with {COPIED} of {STATEMENTS} statements copied, {options.notes} notes",
        ("figure", "value"),
        [
            ("look-up, ms, median", 1000 * statistics.median(taken)),
            ("look-up, ms, 95 of 100", 1000 * cuts[-1]),
            ("look-up, ms, slowest", 1000 * max(taken)),
            ("copied statements shown", recall),
            ("other statements of the same template shown, a draft", chance_alike),
            ("drafts with the note that was copied from", named),
            ("hashes a note, rows", rows / options.notes),
            ("hashes a note, KiB on the disk", grown / options.notes / 1024),
            ("a note itself, KiB", payload / options.notes / 1024),
            ("hashes of all notes of an older store, s", seconds),
        ],
    )


def _rows(store: Store) -> int:
    from sqlalchemy import func, select

    with store._database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(likenesses)) or 0
