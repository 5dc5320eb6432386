"""What the signed notes report over sessions: mood words as they stand, homework, scores; nothing is worked out."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

from ..types import Digest, Note, Statement, Value, Words
from .lists import load_concepts, load_lists
from .mention import Answer, holds, homework_answer
from .said import Earlier, Said, in_order, last, read, sentences, session_day, when
from .scores import Score, Unread, scores
from .words import Phrases

_CLAUSE = re.compile(r"[,.;:!?]|\bbut\b|\balthough\b", re.I)
_CLIENT = ("client", "client2")
_OF_TOTAL = re.compile(r"\d|\bout of\b", re.I)


class MoodWord(Value):
    """A word for a feeling as the note has it, and how often it stands there."""

    word: Words
    count: int


class Session(Value):
    """What one signed note holds of what is followed; homework is the answer to what earlier notes set.

    A score that an addendum may correct is not among `scores` but `unread`. `unkept` says that it has mood words of
    which nothing tells any more that the client said them.
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
    return Trends(sessions=tuple(_session(each, said) for each in ordered))


def _session(each: Earlier, said: Sequence[Said]) -> Session:
    note, statements = each.note, tuple(each.note.statements())
    read_scores = [*_as_added(each, [one for statement in statements for one in scores(statement)])]
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
    return tuple(last(earlier))


def _as_added(each: Earlier, found: Sequence[Score | Unread]) -> Iterator[Score | Unread]:
    """Yield a note's scores; of one that an addendum or a co-signature may correct only that it stands in the note.

    A score that was added later is read by nobody: it is only said that there is one.
    """
    added = [(one.digest, sentence) for one in each.addenda for sentence in sentences(one.text)]
    for one in found:
        if isinstance(one, Score) and any(_may_correct(one, sentence) for _, sentence in added):
            why = f"the note says {one.value:g}, see what was added to it"
            yield Unread(scale=one.scale, why=why, statement=one.statement)
        else:
            yield one
    late = {scale: digest for digest, sentence in reversed(added) for scale in _scales_of(sentence)}
    for scale in sorted(late.keys() - {one.scale for one in found}):
        yield Unread(scale=scale, why="it is spoken of in what was added", statement=late[scale])


def _may_correct(score: Score, added: str) -> bool:
    """Say whether an added sentence names the score's scale, or any score, or corrects its number."""
    number = re.search(rf"(?<![\d.]){re.escape(f'{score.value:g}')}(?!\d|\.\d)", added)
    lists = load_lists()
    named = score.scale in _scales_of(added) or added in load_concepts().listed(lists.rescored)
    return named or (number is not None and added in load_concepts().listed(lists.corrected))


def _scales_of(added: str) -> frozenset[str]:
    """Return the scales that an added sentence names; one of a plain word, as mood, only beside a number."""
    plain = {scale.name for scale in load_lists().scales if scale.of}
    found = frozenset(name for name, *_ in _scale_names().find(added))
    return found if _OF_TOTAL.search(added) else found - plain


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
def _scale_names() -> Phrases:
    """Return the scales by their names, also without a sign: PHQ9; those of a plain word by that word."""
    called = ((scale.name, word) for scale in load_lists().scales for word in scale.called)
    written = ((name, form) for name, word in called for form in (word, word.replace("-", "")))
    return Phrases(written, load_concepts().irregular)


@lru_cache
def _moods() -> Phrases:
    return load_concepts().listed(load_lists().moods)


@lru_cache
def _negations() -> Phrases:
    return load_concepts().listed(load_lists().negations)
