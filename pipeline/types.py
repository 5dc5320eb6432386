"""Every value that flows, in the order it flows: Recording, Transcript, Finding, Draft, Review, Note.

All are frozen and strict; a change is a new value. Times are seconds from the start of the recording, character offsets
are half-open within one turn's text, each value names its parent by content digest.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    model_validator,
)

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Offset = Annotated[int, Field(ge=0)]
Probability = Annotated[float, Field(ge=0, le=1)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Words = Annotated[str, Field(min_length=1)]

Progress = Callable[[Seconds, Seconds], None]  # done, total

Kind = Literal["dictation", "session"]
Speaker = Literal["clinician", "client", "client2", "other", "unknown"]
Category = Literal["mood", "behaviour", "intervention", "assessment", "homework", "plan", "medication", "risk"]
Role = Literal["clinician", "supervisor", "front desk"]
Polarity = Literal["affirmed", "denied"]
Subject = Literal["client", "other"]
Temporality = Literal["current", "past"]
Length = Literal["brief", "standard", "full"]
Severity = Literal["must", "should", "consider"]
Scope = Literal["record", "transcribe", "keep quotes"]
Method = Literal["written", "on screen", "spoken"]
Topic = Literal["ai", "purpose", "revocable", "apart"]
SourceClass = Literal[
    "client said", "clinician said", "clinician dictated", "other person said", "carried forward", "typed"
]

CATEGORIES: Final[tuple[Category, ...]] = (
    "mood",
    "behaviour",
    "intervention",
    "assessment",
    "homework",
    "plan",
    "medication",
    "risk",
)
# Evidence read back from the sealed store cannot be compared with a transcript that is gone: pass this as `context`.
STORED: Final[Mapping[str, bool]] = {"stored": True}
SAMPLE_RATE: Final = 16_000  # Hz, of all sound in memory: mono float32 in [-1, 1]
QUOTED: Final = re.compile(r'"([^"]*)"|“([^”]*)”')


class Value(BaseModel):
    """A frozen value with a content digest; unknown fields and wrong types are refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the type's name and the canonical JSON; a later field with a default leaves it unchanged."""
        plain = self.model_dump(mode="json", exclude_defaults=True)
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(f"{type(self).__name__}\n{text}".encode()).hexdigest()

    def replace(self, **changes: Any) -> Self:
        """Return a validated copy with these fields changed."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**fields, **changes})

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """Read a value back from its own JSON, as it comes from the sealed store."""
        return cls.model_validate_json(text, context=STORED)


class Typing(Value):
    """A dictation that somebody in this role is typing: kept until it is drafted, or as long as a draft would be."""

    role: Role
    at: AwareDatetime
    client: str | None = None
    text: str = ""


class Recording(Value):
    """What came in: audio, a typed dictation or a transcript file. It holds no path: file names may hold names."""

    kind: Kind
    medium: Literal["audio", "text"]
    format: Words
    sha256: Digest
    duration: Seconds


class Spooled(Value):
    """A recording that waits on the disk, sealed with a key of its own; none of this stands in clear in its file.

    `medium` says what the sealed bytes are: 16-bit samples of 1 or 2 channels, or a file as a browser or a phone made
    it. `participants` are those of a session besides the clinician.
    """

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    kind: Kind
    medium: Literal["pcm", "file"]
    begun_at: AwareDatetime
    client: Words | None = None
    participants: tuple[Words, ...] = ()
    rate: Annotated[int, Field(ge=8000, le=192_000)] = SAMPLE_RATE  # Hz, of samples
    channels: Annotated[int, Field(ge=1, le=2)] = 1


class Word(Value):
    """One recognised word: its characters in the turn's text, its time, the engine's probability and our doubt.

    `weighty` says that a mistake here would change what the note means: a negation, a dose, a name.
    """

    start: Offset
    end: Offset
    start_time: Seconds
    end_time: Seconds
    probability: Probability
    doubtful: bool = False
    weighty: bool = False


class Turn(Value):
    """What one speaker said without another speaking, or one sentence-sized piece of a dictation."""

    id: Words
    speaker: Speaker
    start: Seconds
    end: Seconds
    text: Words
    words: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError("a turn cannot end before it starts")
        if any(w.end > len(self.text) or w.start >= w.end for w in self.words):
            raise ValueError("a word lies outside its turn's text")
        return self


class Dropped(Value):
    """A stretch of sound that the engine's words were not kept of, and why; never silent."""

    start: Seconds
    end: Seconds
    reason: Words


class Command(Value):
    """A spoken cue [start, end) of a dictated turn and what it did; the words themselves stay in the transcript.

    `struck` are the turns and characters that it takes out of the note, `section` is the category or the format's
    section that what follows belongs to, `mark` the sign that a spoken "full stop" stands for. An `unclear` one did
    nothing and is asked about; so is a `grave` one, which struck words of harm or a drug's name. `did` says in a
    sentence for the clinician what happened, without the words.
    """

    kind: Literal["mark", "paragraph", "strike", "correction", "section", "end"]
    turn_id: Words
    start: Offset
    end: Offset
    did: Words
    rule: Words
    struck: tuple[tuple[Words, Offset, Offset], ...] = ()
    section: str | None = None
    mark: str = ""
    unclear: bool = False
    grave: bool = False


class SoundsLike(Value):
    """Words [start, end) of a turn that may have been `phrase`: never a correction, always for a person to decide."""

    turn_id: Words
    start: Offset
    end: Offset
    phrase: Words


class Transcript(Value):
    """The turns of one recording, as one engine (or file) gave them."""

    recording: Digest
    kind: Kind
    engine: Words
    turns: tuple[Turn, ...]
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[Words, ...] = ()  # sentences about the recording as a whole
    commands: tuple[Command, ...] = ()
    sounds_like: tuple[SoundsLike, ...] = ()

    @model_validator(mode="after")
    def _unique_turns(self) -> Self:
        if len({turn.id for turn in self.turns}) != len(self.turns):
            raise ValueError("turn ids are not unique")
        return self

    @model_validator(mode="after")
    def _likenesses_inside(self) -> Self:
        lengths = {turn.id: len(turn.text) for turn in self.turns}
        if any(item.start >= item.end or item.end > lengths.get(item.turn_id, 0) for item in self.sounds_like):
            raise ValueError("what sounds like something lies outside its turn's text")
        return self

    @model_validator(mode="after")
    def _commands_inside(self) -> Self:
        lengths = {turn.id: len(turn.text) for turn in self.turns}
        spans = [span for c in self.commands for span in ((c.turn_id, c.start, c.end), *c.struck)]
        if any(start >= end or end > lengths.get(turn_id, 0) for turn_id, start, end in spans):
            raise ValueError("a command lies outside its turn's text")
        return self

    @property
    def word_count(self) -> int:
        """Number of words separated by white space, over all turns."""
        return sum(len(turn.text.split()) for turn in self.turns)

    @cached_property
    def _by_id(self) -> dict[str, Turn]:
        return {turn.id: turn for turn in self.turns}

    def evidence(self, turn_id: str, start: int, end: int) -> "Evidence":
        """Return the words [start, end) of a turn as evidence: the only way to make any.

        Raises:
            KeyError: there is no such turn.
            ValueError: the span is empty, blank or outside the turn's text.
        """
        turn = self._by_id[turn_id]
        if not 0 <= start < end <= len(turn.text) or not turn.text[start:end].strip():
            raise ValueError(f"no words at {start}:{end} of turn {turn_id}")
        inside = [w for w in turn.words if w.start < end and w.end > start]
        return Evidence.model_validate(
            {
                "transcript": self.digest,
                "turn_id": turn_id,
                "start": start,
                "end": end,
                "start_time": inside[0].start_time if inside else turn.start,
                "end_time": max(inside[-1].end_time, inside[0].start_time) if inside else turn.end,
                "speaker": turn.speaker,
                "quote": turn.text[start:end],
                "doubtful": tuple((max(w.start, start), min(w.end, end)) for w in inside if w.doubtful),
                "weighty": tuple((max(w.start, start), min(w.end, end)) for w in inside if w.doubtful and w.weighty),
            },
            context={"text": turn.text},
        )

    def respoken(self, speakers: Mapping[str, Speaker]) -> "Transcript":
        """Return the same words with other speakers for some turns, by the turns' ids."""
        turns = (turn.replace(speaker=speakers.get(turn.id, turn.speaker)) for turn in self.turns)
        return self.replace(turns=tuple(turns))

    def aside(self, turn_id: str) -> tuple[tuple[int, int], ...]:
        """Return the characters of a turn that are no part of the note, in order: spoken cues and what they struck."""
        clear = [c for c in self.commands if not c.unclear]
        cues = [(c.start, c.end) for c in clear if c.turn_id == turn_id]
        return tuple(sorted([*cues, *((a, b) for c in clear for t, a, b in c.struck if t == turn_id)]))

    def noted_evidence(self, turn_id: str, start: int, end: int) -> "tuple[Evidence, ...]":
        """Return the words [start, end) of a turn as evidence, in pieces without what is no part of the note."""
        turn = self._by_id[turn_id]
        pieces, at = [], start
        for a, b in (*self.aside(turn_id), (end, end)):
            pieces.append((at, min(a, end)))
            at = max(at, b)
        kept = []
        for a, b in pieces:
            words = turn.text[a:b]
            if any(c.isalnum() for c in words):
                first = a + len(words) - len(words.lstrip())
                kept.append(self.evidence(turn_id, first, first + len(words.strip())))
        return tuple(kept)

    def noted(self, *, searched: bool = False) -> "Transcript":
        """Return the transcript as the note takes it, every offset as it was: what is no part of it is blank.

        Spoken signs and line ends stand in their cues' places. `searched` is for finding: a spoken heading stays, on a
        line of its own, and an unclear cue is blank too. Evidence is made from this transcript, never from that.
        """
        if not self.commands:
            return self
        turns = tuple(turn.replace(text=self._noted_text(turn, searched)) for turn in self.turns)
        return self.replace(turns=turns, commands=())

    def _noted_text(self, turn: Turn, searched: bool) -> str:
        text = list(turn.text)
        for start, end in self.aside(turn.id):
            text[start:end] = " " * (end - start)
        for command in self.commands:
            start, end = command.start, command.end
            if command.turn_id != turn.id:
                continue
            if command.mark or command.kind == "paragraph":
                text[start] = command.mark or "\n"
            elif command.unclear and searched:
                text[start:end] = " " * (end - start)
                if command.kind == "correction":
                    text[start] = "\n"  # what is denied before it may be said behind it
            elif command.section and searched:
                text[start:end] = turn.text[start:end]
                if start:
                    text[start - 1] = "\n"
            elif command.section:
                text[start] = "\n"
        return "".join(text)


class Evidence(Value):
    """Words of a turn [start, end), letter by letter, with their time and speaker; it outlives the transcript.

    A signed note may keep it without its words: `dropped` are their digest then, and those of each quotation of them
    that the statement holds, so that what stands in quotation marks stays proven.
    `doubtful` are the words of it that were not heard well, `weighty` those of them that a mistake would turn around.
    Made by `Transcript.evidence`. A quote that is not the turn's own words cannot be built.
    """

    transcript: Digest
    turn_id: Words
    start: Offset
    end: Offset
    start_time: Seconds
    end_time: Seconds
    speaker: Speaker
    quote: str
    doubtful: tuple[tuple[int, int], ...] = ()
    weighty: tuple[tuple[int, int], ...] = ()
    dropped: tuple[Digest, ...] = ()

    _proven: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _own_words(self, info: ValidationInfo) -> Self:
        if self._proven:  # pydantic runs this again on an instance that becomes part of another value
            return self
        context = info.context or {}
        if "text" not in context and not context.get("stored"):
            raise ValueError("evidence is made from a transcript: use Transcript.evidence")
        text = context.get("text")
        if text is not None and text[self.start : self.end] != self.quote:
            raise ValueError("the quote is not what was said")
        if self.dropped:
            if self.quote or text is not None:
                raise ValueError("words that were dropped cannot be there")
        elif not self.quote or len(self.quote) != self.end - self.start:
            raise ValueError("the quote does not have the length of its span")
        self._proven = True
        return self

    def replace(self, **changes: Any) -> Self:
        """Refuse: evidence is never altered."""
        raise TypeError("evidence cannot be changed")

    def holds(self, words: str) -> bool:
        """Say whether these words are among those said."""
        return not words or (_words_digest(words) in self.dropped if self.dropped else words in self.quote)

    def without_words(self, quotations: tuple[str, ...]) -> Self:
        """Return it as it is kept without its words, with what proves those of these quotations that it holds."""
        said = (self.quote, *(words for words in quotations if words in self.quote))
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        dropped = self.dropped or tuple(dict.fromkeys(_words_digest(words) for words in said))
        return type(self).model_validate({**fields, "quote": "", "dropped": dropped}, context=STORED)


class Typed(Value):
    """Words that a person typed: the evidence of what was not spoken."""

    by: Words
    at: AwareDatetime
    quote: Words

    def holds(self, words: str) -> bool:
        """Say whether these words are among those typed."""
        return words in self.quote


def _words_digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def source_of(kind: Kind, speaker: Speaker) -> SourceClass:
    """Return the source class of words that this speaker said in a recording of this kind."""
    if kind == "dictation":
        return "clinician dictated"
    if speaker == "clinician":
        return "clinician said"
    return "client said" if speaker in ("client", "client2") else "other person said"


class Finding(Value):
    """One thing said that a progress note would carry, as gold/GUIDELINES.md defines it, and why it was found.

    `rule` is the versioned name of the rule or model; `score` says how sure it is, 1.0 for a rule alone.
    """

    category: Category
    label: Words
    evidence: Annotated[tuple[Evidence, ...], Field(min_length=1)]
    rule: Words
    polarity: Polarity = "affirmed"
    subject: Subject = "client"
    temporality: Temporality = "current"
    score: Probability = 1.0


class Manner(Value):
    """How a draft is written; nothing of it changes what the draft says.

    `call` is how the client is spoken of: by the word, by `initials`, or by `pronoun`; where a rule is not sure that
    a word means the client, the word stays as it was said.
    """

    format: Words = "soap"
    length: Length = "standard"
    call: Literal["client", "patient", "initials", "pronoun"] = "client"
    initials: Annotated[str, Field(pattern=r"^[A-Z]\.?(?:[A-Z]\.?){0,3}$")] | None = None
    pronoun: Literal["she", "he", "they"] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.call == "initials" and not self.initials) or (self.call == "pronoun" and not self.pronoun):
            raise ValueError(f"to call the client by {self.call} takes them")
        return self


class Statement(Value):
    """One sentence of a note with where it comes from; without evidence it cannot be built.

    Quotation marks may hold only words of the evidence, letter by letter. `offer` is the same statement with a name
    for what was done that nobody said (a technique shown in talk): it stands only once the clinician has taken it.
    """

    text: Words
    source: SourceClass
    category: Category
    evidence: Annotated[tuple[Evidence | Typed, ...], Field(min_length=1)]
    polarity: Polarity = "affirmed"
    subject: Subject = "client"
    findings: tuple[Digest, ...] = ()
    offer: Words | None = None

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        typed = any(isinstance(item, Typed) for item in self.evidence)
        if typed != (self.source == "typed"):
            raise ValueError("typed words are the source of typed statements, and of no others")
        if not all(any(item.holds(words) for item in self.evidence) for words in self.quotations):
            raise ValueError("quotation marks hold words that were not said")
        return self

    @property
    def quotations(self) -> tuple[str, ...]:
        """What stands in quotation marks, in the text and in the offer."""
        return tuple(straight or curly for straight, curly in QUOTED.findall(f"{self.text}\n{self.offer or ''}"))

    @property
    def spoken(self) -> tuple[Evidence, ...]:
        """The evidence that was spoken, without what was typed."""
        return tuple(item for item in self.evidence if isinstance(item, Evidence))


class Detail(Value):
    """One session detail (date ISO 8601, times HH:MM, minutes a whole number) with where it comes from."""

    key: Literal["date", "start_time", "end_time", "minutes", "modality", "participants"]
    value: Words
    source: SourceClass
    evidence: Annotated[tuple[Evidence | Typed, ...], Field(min_length=1)]


class Found(Value):
    """All that a draft is built from: what was found in one transcript, and the details that it or a person gave."""

    recording: Digest
    transcript: Digest
    findings: tuple[Finding, ...]
    details: tuple[Detail, ...] = ()
    versions: tuple[str, ...] = ()  # of what found it


class Section(Value):
    """One section of a note; `not_addressed` names what the format expects here and no words were found for."""

    key: Words
    title: Words
    statements: tuple[Statement, ...] = ()
    not_addressed: tuple[str, ...] = ()


class Carried(Value):
    """Words of an earlier signed note of the same client: the source of a question, never of a statement."""

    note: Digest
    statement: Digest
    signed_at: AwareDatetime
    quote: Words


class Question(Value):
    """What a complete note still lacks, what a rule asks, or what an earlier note left open; never text of the note.

    `target` is the statement, section or detail that it is about, "" for the note as a whole. `category` or `detail`
    says what an answer becomes: a typed statement or a typed detail; without both it can only be set aside or the
    note mended. A `must` question is answered or set aside with a reason before signing.
    """

    key: Words
    text: Words
    citation: Words
    severity: Severity = "should"
    rule: str = ""  # versioned, as core@2:interventions
    target: str = ""
    category: Category | None = None
    detail: str | None = None
    carried: tuple[Carried, ...] = ()


class Goal(Value):
    """One goal of a treatment plan with its objectives, in the clinician's words; `key` is short and stays."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9]{1,8}$")]
    text: Words
    objectives: tuple[Words, ...] = ()
    met_at: AwareDatetime | None = None


class TreatmentPlan(Value):
    """One client's goals as they stand since `at`; a change is a new plan, the newest counts."""

    client: Words
    goals: tuple[Goal, ...]
    by: Words
    at: AwareDatetime

    @model_validator(mode="after")
    def _unique_goals(self) -> Self:
        if len({goal.key for goal in self.goals}) != len(self.goals):
            raise ValueError("two goals have one key")
        return self


class GoalLink(Value):
    """A statement that bears on a goal of the plan, and why it was thought so, in words for the clinician."""

    goal: Words  # its key
    text: Words  # as it stood in the plan
    statement: Digest
    reason: Words


class MustTouch(Value):
    """Something the clinician must look at before signing: a statement by its digest, or a key of its own."""

    target: Words
    reason: Literal[
        "risk",
        "medication",
        "may be about harm",
        "doubtful words",
        "conflict",
        "not addressed",
        "speaker unknown",
        "spoken cue",
        "label from talk",
    ]
    message: Words


class Draft(Value):
    """A provisional note: sealed, expiring, nobody's statement until a clinician signs it.

    `left_out` are statements that the chosen length has no room for; they can be put back.
    """

    recording: Digest
    transcript: Digest
    kind: Kind
    format: Words
    versions: tuple[str, ...]
    drafted_at: AwareDatetime
    due_at: AwareDatetime
    expires_at: AwareDatetime
    sections: tuple[Section, ...]
    client: str | None = None
    details: tuple[Detail, ...] = ()
    details_not_addressed: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    must_touch: tuple[MustTouch, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[Words, ...] = ()
    commands: tuple[Command, ...] = ()
    manner: Manner = Manner()
    left_out: tuple[Statement, ...] = ()
    goals: tuple[GoalLink, ...] = ()

    @model_validator(mode="after")
    def _of_one_transcript(self) -> Self:
        for statement in (*self.statements(), *self.left_out):
            if any(item.transcript != self.transcript for item in statement.spoken):
                raise ValueError("a statement's evidence is of another transcript")
        known = {statement.digest for statement in self.statements()}
        for item in self.must_touch:
            if re.fullmatch("[0-9a-f]{64}", item.target) and item.target not in known:
                raise ValueError("a must-touch item points to no statement")
        if self.expires_at - self.drafted_at < timedelta(0):
            raise ValueError("a draft cannot expire before it was drafted")
        return self

    def statements(self) -> Iterator[Statement]:
        """Yield the statements in the order of the note."""
        for section in self.sections:
            yield from section.statements


class Decision(Value):
    """What the clinician did with one statement, question or must-touch item; the last one on a target counts.

    `take` keeps a statement in the words of its offer, `restore` puts one back that was left out for length, into
    `section`; `answer` and `set aside` are for questions, the second with the reason as its text. An answer becomes a
    statement of `category` in `section`, or the session detail `detail`. `move` puts a statement into `section`, before
    the statement `before` (a digest) or at its end; it decides nothing else. `quote` makes the words of its evidence a
    statement of `category` in the section that is its target, letter by letter.
    """

    action: Literal[
        "keep", "edit", "drop", "add", "quote", "acknowledge", "take", "restore", "move", "answer", "set aside"
    ]
    target: Words
    at: AwareDatetime
    text: str | None = None
    category: Category | None = None
    section: str | None = None
    detail: str | None = None
    before: str | None = None
    evidence: Evidence | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.action in ("edit", "add", "answer", "set aside") and not (self.text or "").strip():
            raise ValueError(f"to {self.action} takes words")
        if self.adds and self.category is None:
            raise ValueError("an added statement takes a category")
        if (self.action == "quote") != (self.evidence is not None):
            raise ValueError("spoken words are the evidence of a quote, and of nothing else that is decided")
        if self.action in ("restore", "move") and not self.section:
            raise ValueError(f"to {self.action} takes a section")
        if self.action == "answer" and (self.detail is None) == (self.category is None or self.section is None):
            raise ValueError("an answer takes a category with its section, or a detail")
        return self

    @property
    def adds(self) -> bool:
        """Whether it puts a statement of its own into the section that is its target."""
        return self.action in ("add", "quote")


class Review(Value):
    """One clinician's decisions on one draft, in the order they were made.

    `undone` are those taken back and not yet made anew, the last one first to come back; the next decision ends them.
    `recalled` is what the clinician remembered of the session before the draft was opened.
    """

    draft: Digest
    reviewer: Words
    started_at: AwareDatetime
    decisions: tuple[Decision, ...] = ()
    undone: tuple[Decision, ...] = ()
    recalled: str = ""

    @property
    def standing(self) -> dict[str, Decision]:
        """The decision that counts for each target: the last; additions and moves apart."""
        return {d.target: d for d in self.decisions if not d.adds and d.action != "move"}


class SetAside(Value):
    """A question that the clinician set aside, with the reason."""

    question: Words  # its key
    rule: str
    reason: Words


class Signature(Value):
    """Who signed, with which credentials, when."""

    name: Words
    credentials: Words
    at: AwareDatetime


class Change(Value):
    """What the clinician did with one statement of the draft, or added; no word that was not signed.

    `place` is the statement's in the note, from 0, None where it was dropped. `written` are the characters of it that
    were not drafted so, `removed` counts the words that were drafted and do not stand.
    """

    how: Literal["edited", "taken", "dropped", "added", "quoted"]
    category: Category
    place: Annotated[int, Field(ge=0)] | None = None
    written: tuple[tuple[Offset, Offset], ...] = ()
    removed: Annotated[int, Field(ge=0)] = 0


class Note(Value):
    """A signed progress note: never changed, only added to."""

    draft: Digest
    review: Digest
    recording: Digest
    kind: Kind
    format: Words
    versions: tuple[str, ...]
    sections: tuple[Section, ...]
    signature: Signature
    client: str | None = None
    details: tuple[Detail, ...] = ()
    details_not_addressed: tuple[str, ...] = ()
    manner: Manner = Manner()
    goals: tuple[GoalLink, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    changes: tuple[Change, ...] = ()

    def statements(self) -> Iterator[Statement]:
        """Yield the statements in the order of the note."""
        for section in self.sections:
            yield from section.statements


class Hashes(Value):
    """Hashes of a note's statements, by their place in it: like statements share some of them.

    `name` is the versioned way they were made; hashes of two names are never compared. Each is in [0, 2^63).
    """

    name: Words
    bands: tuple[tuple[int, ...], ...]


class Likeness(Value):
    """A statement that stands nearly so in a signed note; nobody's mistake by itself, for the clinician to weigh.

    `share` is how much of the words is the same. `usual` says that such a statement is often worded alike (a denial of
    risk, a short phrase): it is named only where much of the note is like the other.
    """

    statement: Digest  # as it would be signed now
    note: Digest
    text: Words  # how it stands there
    client: Literal["same", "other", "not given"]
    signed_at: AwareDatetime
    share: Probability
    usual: bool = False


class Preference(Value):
    """One habit of wording, seen in `seen` edits with none to the contrary since.

    `term`: `new` for `old`. `tense`: `new` is "present" or "past". `pattern`: words that go together are others.
    `left out`: statements of the category that begin with these words are dropped.
    """

    kind: Literal["term", "tense", "pattern", "left out"]
    old: Words
    new: str = ""
    category: Category | None = None
    seen: Annotated[int, Field(ge=1)] = 1


class Style(Value):
    """How one clinician words notes, as their edits show; no word of any statement but those of configs/style.yaml."""

    clinician: Words
    preferences: tuple[Preference, ...] = ()


class Addendum(Value):
    """Words added to a signed note later, labelled, dated and signed (CMS Program Integrity Manual 3.3.2.5).

    A co-signature holds the supervisor's comment.
    """

    note: Digest
    label: Literal["Addendum", "Late entry", "Co-signature"]
    text: Words
    signature: Signature

    @property
    def cosigns(self) -> bool:
        """Whether it is a supervisor's signature."""
        return self.label == "Co-signature"


class Consent(Value):
    """One participant's permission for one client's sessions; a revocation is a new value with `revoked_at`.

    `told` is what the wording says, as far as that is on file; `law` names profiles that count for this client beside
    the practice's own, as where the client is in another state. For a `minor` somebody else consents: `by`.
    """

    client: Words
    participant: Words
    scope: Annotated[tuple[Scope, ...], Field(min_length=1)]
    method: Method
    wording: Words
    given_at: AwareDatetime
    revoked_at: AwareDatetime | None = None
    told: tuple[Topic, ...] = ()
    law: tuple[Words, ...] = ()
    minor: bool = False
    by: Words | None = None


class ClientRecord(Value):
    """What the record holds of one client; `due_at` is that of the draft due first, `signed_at` of the last note."""

    client: Words
    recordings: int = 0
    drafts: int = 0
    due_at: AwareDatetime | None = None
    notes: int = 0
    signed_at: AwareDatetime | None = None


class Receipt(Value):
    """What was purged, when, and what remained to be done by hand; holds digests, no words and no names."""

    recording: Digest
    what: tuple[Literal["audio", "transcript", "draft", "note"], ...]
    at: AwareDatetime
    outcome: Literal["purged", "already gone", "changed, left in place", "could not be deleted", "kept as asked"]


class AuditEvent(Value):
    """One link of the audit chain: who did what to which digest, and the digest of the event before."""

    sequence: Annotated[int, Field(ge=1)]
    at: AwareDatetime
    actor: Words
    action: Words
    subject: str
    previous: Digest
