"""Which statements stand nearly so in signed notes: hashes by which like ones are found, then word by word.

Medicare contractors treat wording like earlier entries, or like another client's note, as lacking necessity (NGS
Medicare). Found by MinHash over the content words, in bands (Broder 1997; Leskovec, Rajaraman, Ullman, Mining of
Massive Datasets, 3.4): two statements whose content words agree to a share J have a band in common with probability
1 - (1 - J^ROWS)^BANDS, as 0.97 for J = 5/7 (one word of six is another) and 0.006 for J = 1/11.
"""

import hashlib
import re
import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from .. import resources
from ..types import Hashes, Likeness, Note, Statement

ROWS: Final = 3  # minima in one band
BANDS: Final = 8  # a statement
MOST_NOTES: Final = 24  # compared word by word in one look-up, for the client's own and for the others
_WORD: Final = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_ROW: Final = struct.Struct(f"<{ROWS * BANDS}Q")
_BAND: Final = struct.Struct(f"<B{ROWS}Q")

Shared = tuple[str, int, int]  # a note's digest, the place of a statement in it, the hash


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    alike: Annotated[float, Field(gt=0, le=1)]
    alike_content: Annotated[float, Field(gt=0, le=1)]
    whole: Annotated[float, Field(gt=0, le=1)]
    least_whole: Annotated[int, Field(ge=1)]
    least_content: Annotated[int, Field(ge=1)]
    same: dict[str, tuple[str, ...]]
    frame: str


class Likenesses:
    """The rules of configs/likeness.yaml, ready to use; `name` stands beside every hash made with them."""

    def __init__(self, shape: _Shape) -> None:
        self._shape = shape
        self.name = f"likeness@{shape.version}"
        self._same = {word: first for first, words in shape.same.items() for word in words}
        self._frame = frozenset(shape.frame.split())

    def words(self, text: str) -> tuple[str, ...]:
        """Return the words of a text in small letters, those that count as the same made one."""
        found = (word.replace("’", "'").casefold() for word in _WORD.findall(text))
        return tuple(self._same.get(word, word) for word in found)

    def content(self, words: Iterable[str]) -> frozenset[str]:
        """Return the words that carry content; numbers do not, a copied statement may have new ones."""
        return frozenset(word for word in words if word not in self._frame and not word[0].isdigit())

    def usual(self, statement: Statement) -> bool:
        """Say whether such a statement is often worded alike: a denial of risk, or a common phrase."""
        denial = statement.category == "risk" and statement.polarity == "denied"
        return denial or len(self.content(self.words(statement.text))) < self._shape.least_content

    def hashes(self, statements: Iterable[Statement]) -> Hashes:
        """Return the hashes of a note's statements; a usual one has none, so that no crowd is looked up."""
        return Hashes(
            name=self.name,
            bands=tuple(() if self.usual(one) else _bands(self.content(self.words(one.text))) for one in statements),
        )

    def compare(
        self, statements: Sequence[Statement], notes: Iterable[Note], client: str | None
    ) -> tuple[Likeness, ...]:
        """Return for each statement the note of the client, and the one of another, that it is most worth seeing in.

        That is the note that has most of the statements, the newest of those.
        """
        texts = {statement.digest: self.words(statement.text) for statement in statements}
        usual = {statement.digest for statement in statements if self.usual(statement)}
        found = [self._in_note(texts, usual, note, client) for note in notes]
        found = [items for items in found if items]
        found.sort(key=lambda items: (len(items), items[0].signed_at), reverse=True)
        first: dict[tuple[str, bool], Likeness] = {}
        for item in (item for items in found for item in items):
            first.setdefault((item.statement, item.client == "same"), item)
        places = {digest: place for place, digest in enumerate(texts)}
        return tuple(sorted(first.values(), key=lambda item: (places[item.statement], item.client != "same")))

    def _in_note(
        self, texts: Mapping[str, tuple[str, ...]], usual: set[str], note: Note, client: str | None
    ) -> tuple[Likeness, ...]:
        """Return each statement's nearest in the note; usual ones only where the note is like it as a whole."""
        theirs = [(other.text, self.words(other.text)) for other in note.statements()]
        whose = _whose(client, note.client)
        found = []
        for digest, words in texts.items():
            share, text = max(((self._share(words, other), text) for text, other in theirs), default=(0.0, ""))
            if share >= self._shape.alike:
                found.append(
                    Likeness(
                        statement=digest,
                        note=note.digest,
                        text=text,
                        client=whose,
                        signed_at=note.signature.at,
                        share=share,
                        usual=digest in usual,
                    )
                )
        if self._is_whole(len(found), len(texts)):
            return tuple(found)
        return tuple(item for item in found if not item.usual)

    def _is_whole(self, alike: int, statements: int) -> bool:
        return alike >= max(self._shape.least_whole, self._shape.whole * statements)

    def _share(self, words: Sequence[str], other: Sequence[str]) -> float:
        """Return the share of words in common, in order, in [0, 1]; 0.0 where there is too little in any order."""
        if _dice(Counter(words), Counter(other)) < self._shape.alike:
            return 0.0
        if _dice(Counter(self.content(words)), Counter(self.content(other))) < self._shape.alike_content:
            return 0.0
        return SequenceMatcher(None, words, other, autojunk=False).ratio()

    def whole(self, found: Sequence[Likeness], statements: int) -> tuple[str, ...]:
        """Return a sentence for each note that one of so many statements is like as a whole."""
        notes: dict[str, list[Likeness]] = defaultdict(list)
        for item in found:
            notes[item.note].append(item)
        return tuple(
            f"{len(items)} of {statements} statements stand nearly so in {_note(items[0])}."
            for items in notes.values()
            if self._is_whole(len(items), statements)
        )


def describe(item: Likeness) -> str:
    """Return in a sentence for the clinician what is alike, without the words."""
    if item.usual:
        return f"Worded as in {_note(item)}, as such statements often are. Is it what was said today?"
    if item.client == "same":
        return f"Stands nearly so in {_note(item)}. Say what is different today, or that it is the same."
    return f"Stands nearly so in {_note(item)}. Wording like another's note is treated as copied."


def candidates(shared: Iterable[Shared], asked: Hashes) -> tuple[str, ...]:
    """Return the notes worth comparing word by word: those with most of the hashes, and for each statement its best."""
    owners: dict[int, list[int]] = defaultdict(list)
    for place, bands in enumerate(asked.bands):
        for band in bands:
            owners[band].append(place)
    notes: Counter[str] = Counter()
    by_place: dict[int, Counter[str]] = defaultdict(Counter)
    for note, _, band in sorted(shared):
        notes[note] += 1
        for place in owners[band]:
            by_place[place][note] += 1
    best = [note for counted in by_place.values() for note, _ in counted.most_common(2)]
    return tuple(dict.fromkeys([*best, *(note for note, _ in notes.most_common(MOST_NOTES))]))[:MOST_NOTES]


@lru_cache
def load_likenesses() -> Likenesses:
    """Load configs/likeness.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return Likenesses(resources.read_yaml(resources.configs() / "likeness.yaml", _Shape))


def _dice(some: Counter[str], others: Counter[str]) -> float:
    """Return the share of words in common, in any order; 1.0 where there are none."""
    words = some.total() + others.total()
    return 2 * (some & others).total() / words if words else 1.0


def _whose(client: str | None, other: str | None) -> Literal["same", "other", "not given"]:
    if client is None or other is None:
        return "not given"
    return "same" if client == other else "other"


def _note(item: Likeness) -> str:
    day = item.signed_at.astimezone()
    whose = {"same": "this client's note", "other": "another client's note", "not given": "a note"}[item.client]
    return f"{whose} of {day.day} {day:%B %Y}"


def _bands(content: frozenset[str]) -> tuple[int, ...]:
    """Return BANDS hashes of a set of words, the same in every process and on every machine."""
    minima = [min(column) for column in zip(*map(_row, content), strict=True)]
    found = []
    for band in range(BANDS):
        packed = _BAND.pack(band, *minima[band * ROWS : (band + 1) * ROWS])
        found.append(int.from_bytes(hashlib.sha256(packed).digest()[:8], "little") >> 1)
    return tuple(found)


@lru_cache(maxsize=4096)
def _row(word: str) -> tuple[int, ...]:
    """Return a number in [0, 2^64) of a word for each minimum."""
    return _ROW.unpack(hashlib.shake_256(word.encode()).digest(_ROW.size))
