"""What the signed notes report over sessions: mood words as they stand, homework, scores; nothing is worked out."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

from ..types import Digest, Note, Statement, Value, Words
from .lists import load_concepts, load_lists
from .mention import Answer, holds, homework_answer
from .said import Earlier, Said, in_order, read, session_day, when
from .scores import Score, Unread, scores
from .words import Phrases

_CLAUSE = re.compile(r"[,.;:!?]|\bbut\b|\balthough\b", re.I)
_CLIENT = ("client", "client2")


class MoodWord(Value):
    """A word for a feeling as the note has it, and how often it stands there."""

    word: Words
    count: int


class Session(Value):
    """What one signed note holds of what is followed; homework is the answer to what earlier notes set.

    `unkept` says that it has mood words of which nothing tells any more that the client said them.
    """

    note: Digest
    day: date
    moods: tuple[MoodWord, ...] = ()
    unkept: bool = False
    homework: Answer = "not addressed"
    homework_set_before: bool = False
    scores: tuple[Score, ...] = ()
    unread: tuple[Unread, ...] = ()


class Trends(Value):
    """One client's sessions in the order they were held; it holds no name."""

    sessions: tuple[Session, ...]

    @property
    def scales(self) -> tuple[str, ...]:
        """The scales that any session has a score of, in the order of configs/continuity.yaml."""
        had = {score.scale for session in self.sessions for score in session.scores}
        return tuple(scale.name for scale in load_lists().scales if scale.name in had)

    @property
    def mood_words(self) -> tuple[str, ...]:
        """The mood words of all sessions, the most frequent first."""
        counts: Counter[str] = Counter()
        for session in self.sessions:
            counts.update({mood.word: mood.count for mood in session.moods})
        return tuple(word for word, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def trends(earlier: Sequence[Earlier]) -> Trends:
    """Return what one client's signed notes report, session by session."""
    ordered, said = in_order(earlier), read(earlier)
    return Trends(sessions=tuple(_session(each.note, said) for each in ordered))


def _session(note: Note, said: Sequence[Said]) -> Session:
    statements = tuple(note.statements())
    read_scores = [one for statement in statements for one in scores(statement)]
    items, own = _set_before(note, said), [one for one in said if one.note == note.digest]
    moods = Counter(word for statement in statements for word in mood_words(statement))
    return Session(
        note=note.digest,
        day=session_day(note),
        moods=tuple(MoodWord(word=word, count=count) for word, count in sorted(moods.items())),
        unkept=any(map(unkept, statements)),
        homework=homework_answer(items, own)[0],
        homework_set_before=bool(items),
        scores=tuple(one for one in read_scores if isinstance(one, Score)),
        unread=tuple(one for one in read_scores if isinstance(one, Unread)),
    )


def _set_before(note: Note, said: Sequence[Said]) -> tuple[Said, ...]:
    """Return the homework of the last session before this one that set any."""
    kind = load_lists().kind("homework")
    earlier = [one for one in said if one.when < when(note) and one.note != note.digest and holds(kind, one)]
    return tuple(one for one in earlier if one.note == earlier[-1].note)


def mood_words(statement: Statement) -> Iterator[str]:
    """Yield the mood words of a statement of mood, as said, in small letters: "less anxious" is one of its own.

    Denied words, another person's, and words that only the clinician said in a session are none of the client's.
    """
    heard = _heard(statement)
    for degree, word in _told(statement):
        if heard is None or word in heard:
            yield f"{degree} {word}".strip()


def unkept(statement: Statement) -> bool:
    """Say whether a statement has mood words that may be the client's or not, as the words of the talk were dropped."""
    heard = _heard(statement)
    dropped = any(item.dropped and item.speaker in _CLIENT for item in statement.spoken)
    return heard is not None and dropped and any(word not in heard for _, word in _told(statement))


def _told(statement: Statement) -> Iterator[tuple[str, str]]:
    """Yield the words for feelings in a statement of the client's mood, each with how much of it, in small letters."""
    if statement.category != "mood" or statement.polarity == "denied" or statement.subject == "other":
        return
    for _, start, end in _moods().find(statement.text):
        clause = list(_CLAUSE.finditer(statement.text, 0, start))
        before = statement.text[clause[-1].end() if clause else 0 : start]
        if before not in _negations():
            degrees = load_lists().degrees
            degree = next((one for one in degrees if f" {before}".casefold().rstrip().endswith(f" {one}")), "")
            yield degree, statement.text[start:end].casefold()


def _heard(statement: Statement) -> str | None:
    """Return what the client said of a session's statement, in small letters; None where every word counts.

    Where the words were dropped at signing, every word of a statement that stands on the client's words alone counts;
    of another only what it quotes of them.
    """
    spoken = statement.spoken
    if statement.source not in ("client said", "clinician said", "other person said") or not spoken:
        return None
    own = [item for item in spoken if item.speaker in _CLIENT]
    if len(own) == len(spoken) and any(item.dropped for item in own):
        return None
    quoted = (words for words in statement.quotations if any(item.dropped and item.holds(words) for item in own))
    return " ".join((*(item.quote for item in own), *quoted)).casefold()


@lru_cache
def _moods() -> Phrases:
    return load_concepts().listed(load_lists().moods)


@lru_cache
def _negations() -> Phrases:
    return load_concepts().listed(load_lists().negations)
