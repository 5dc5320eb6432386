"""Sound to a Transcript: is there speech at all, what does the engine hear, which sentences and which doubts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..errors import NoSpeech
from ..types import Dropped, Kind, Progress, Recording, Seconds, Speaker, Transcript, Turn, Word
from . import sentences, speakers, voice
from .doubts import doubt, soundalike
from .engine import Engine, Heard, HeardWord, Remark, Sound
from .spoken.commands import read_commands

PAUSE: Final = 0.8  # seconds without a word that end a turn, where no punctuation tells
LONGEST_TURN: Final = 40  # words
SPEAKERS: Final[dict[Kind, Speaker]] = {"dictation": "clinician", "session": "unknown"}


@dataclass(frozen=True)
class _Said:
    """A heard word that is not blank, whether to doubt it, and whether a mistake in it would weigh."""

    word: HeardWord
    doubt: bool
    weighty: bool = False


def hear(
    recording: Recording,
    sound: Sound,
    engine: Engine,
    least_speech: Seconds,
    progress: Progress,
    *,
    lost: Sequence[Dropped] = (),
    warnings: Sequence[str] = (),
    present: speakers.Present | None = None,
) -> Transcript:
    """Transcribe a recording into sentence-sized turns; what the file `lost` and its warnings go into the transcript.

    With `present` the people of a session are told apart, and it is checked that a dictation has one voice.

    Raises:
        NoSpeech: less than `least_speech` seconds of speech, or no words.
    """
    spans = voice.speech(sound)
    spoken = sum(end - start for start, end in spans)
    if spoken < least_speech or not spoken:
        raise NoSpeech(
            "This recording holds silence or noise, or too little speech to make a note of.",
            "Play it to check the microphone; then record again, or type the dictation into a .txt file.",
        )
    events = tuple(engine.listen(sound, progress))
    unheard = [*lost, *(event for event in events if isinstance(event, Dropped))]
    dropped = tuple(sorted(unheard, key=lambda item: item.start))
    turns = to_turns(_said(events), dropped, SPEAKERS[recording.kind])
    if not turns:
        raise NoSpeech(
            "Speech was detected, but no words were recognised.",
            "Play the recording to check it; a larger speech model may help: evenfall setup.",
        )
    if present is not None:
        turns, said = speakers.tell(recording.kind, turns, sound, spans, present)
        warnings = (*warnings, *said)
    return Transcript(
        recording=recording.digest,
        kind=recording.kind,
        engine=engine.name,
        turns=turns,
        dropped=dropped,
        warnings=(*warnings, *(event.text for event in events if isinstance(event, Remark))),
        commands=read_commands(turns) if recording.kind == "dictation" else (),
        sounds_like=soundalike.load().find(turns),
    )


def _said(events: Iterable[Heard | Dropped | Remark]) -> list[_Said]:
    """Return the words of all utterances in order, white space and control characters cleaned, with their doubts."""
    words, given_up = [], []
    for heard in events:
        if not isinstance(heard, Heard):
            continue
        for word in heard.words:
            text = " ".join("".join(c if c.isprintable() else " " for c in word.text).split())
            if text:
                words.append(HeardWord(text, word.start, word.end, word.probability))
                given_up.append(heard.all_doubtful)
    texts = [word.text for word in words]
    drugs = doubt.nearly_drugs(texts)
    weighty = [a or b for a, b in zip(doubt.weighty(texts), drugs, strict=True)]
    doubts = doubt.doubtful([word.probability for word in words], weighty)
    return [
        _Said(word, low or drug or all_, heavy)
        for word, low, drug, all_, heavy in zip(words, doubts, drugs, given_up, weighty, strict=True)
    ]


def to_turns(said: Sequence[_Said], dropped: Sequence[Dropped], speaker: Speaker) -> tuple[Turn, ...]:
    """Cut words into turns "t1", "t2" ...: at the end of a sentence and where something was dropped.

    A sentence that ends by punctuation within 40 words stays whole, whatever pauses it has: "he denies ... wanting to
    die" cut in two would say the opposite. All else is cut at pauses, and what is still too long at its longest pause.
    """
    pieces: list[Sequence[_Said]] = []
    parted = _sentences(said, dropped)
    for sentence in _with_returns(parted, dropped) if speaker == SPEAKERS["dictation"] else parted:
        whole = len(sentence) <= LONGEST_TURN and _ends(sentence, len(sentence) - 1)
        pieces += [sentence] if whole else [part for piece in _at_pauses(sentence) for part in _shorter(piece)]
    return tuple(_turn(f"t{number}", speaker, piece) for number, piece in enumerate(pieces, 1))


def _sentences(said: Sequence[_Said], dropped: Sequence[Dropped]) -> list[Sequence[_Said]]:
    """Cut behind the end of each sentence, and where a gap (in order of time) begins between two words."""
    pieces, first, gap = [], 0, 0
    for place in range(1, len(said) + 1):
        while gap < len(dropped) and dropped[gap].start < said[place - 1].word.start:
            gap += 1
        last = place == len(said)
        if last or _ends(said, place - 1) or (gap < len(dropped) and dropped[gap].start <= said[place].word.start):
            pieces.append(said[first:place])
            first = place
    return pieces


def _ends(said: Sequence[_Said], place: int) -> bool:
    """Say whether the word at `place` ends a sentence."""
    following = said[place + 1].word.text if place + 1 < len(said) else None
    return sentences.ends(said[place].word.text, following)


def _with_returns(parted: Sequence[Sequence[_Said]], dropped: Sequence[Dropped]) -> list[Sequence[_Said]]:
    """Join each dictated "Sorry, ..." with the sentence that it may take back, where both are one turn's length."""
    joined: list[Sequence[_Said]] = []
    for said in parted:
        before = joined[-1] if joined else ()
        whole = before and len(before) + len(said) <= LONGEST_TURN and _ends(before, len(before) - 1)
        if whole and sentences.returns(before[-1].word.text, said[0].word.text):
            gap = any(before[-1].word.start <= item.start <= said[0].word.start for item in dropped)
            if not gap and _ends(said, len(said) - 1):
                joined[-1] = [*before, *said]
                continue
        joined.append(said)
    return joined


def _at_pauses(said: Sequence[_Said]) -> list[Sequence[_Said]]:
    pieces, first = [], 0
    for place in range(1, len(said) + 1):
        if place == len(said) or _pause(said, place) > PAUSE:
            pieces.append(said[first:place])
            first = place
    return pieces


def _shorter(said: Sequence[_Said]) -> list[Sequence[_Said]]:
    """Cut into pieces of at most LONGEST_TURN words, each time at the longest pause of the next words."""
    pieces = []
    while len(said) > LONGEST_TURN:
        cut = max(range(LONGEST_TURN // 2, LONGEST_TURN + 1), key=lambda place: _pause(said, place))
        pieces.append(said[:cut])
        said = said[cut:]
    return [*pieces, said]


def _pause(said: Sequence[_Said], place: int) -> Seconds:
    """Return the seconds before the word at `place`."""
    return said[place].word.start - said[place - 1].word.end


def _turn(turn_id: str, speaker: Speaker, said: Sequence[_Said]) -> Turn:
    words, at = [], 0
    for item in said:
        word = item.word
        words.append(
            Word(
                start=at,
                end=at + len(word.text),
                start_time=word.start,
                end_time=max(word.start, word.end),
                probability=word.probability,
                doubtful=item.doubt,
                weighty=item.weighty,
            )
        )
        at += len(word.text) + 1
    return Turn(
        id=turn_id,
        speaker=speaker,
        start=words[0].start_time,
        end=max(word.end_time for word in words),
        text=" ".join(item.word.text for item in said),
        words=tuple(words),
    )
