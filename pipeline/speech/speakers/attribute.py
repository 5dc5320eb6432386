"""The speakers of a session's turns, and whether a dictation has only one; neither can fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...types import Kind, Probability, Speaker, Turn
from ..engine import Sound
from ..voice import Span
from . import who
from .channels import Levels, tell_channels
from .turns import Piece, cut
from .voices import Stretch, tell_voices, two_voices

SURE: Final[Probability] = 0.8  # that somebody is the clinician; see `who` in models/manifest.yaml for how often right
LEAST_WORDS: Final = 30  # of all speakers together, to judge by
UNKNOWN: Final = "who spoke is `unknown`. Set it in review."
FAILED: Final = f"The voices could not be told apart on this computer, so {UNKNOWN}"
ONE_VOICE: Final = f"Only one voice was made out, so {UNKNOWN}"
NO_CLINICIAN: Final = f"It is not clear which voice is the clinician's, so {UNKNOWN}"
NOT_ALONE: Final = (
    "More than one voice seems to speak in this dictation. If it is a session, every participant's consent is needed: "
    "run it again with --kind session --client REF."
)


@dataclass(frozen=True)
class Present:
    """What is known of who is in the room besides the sound.

    Args:
        count: how many people speak, the clinician too; None to judge by the voices.
        others: the roles of those who are not the clinician; who says most gets the first. Further ones are `other`.
        levels: of the two channels, if the recording has two.
    """

    count: int | None = 2
    others: tuple[Speaker, ...] = ("client", "client2")
    levels: Levels | None = None


def tell(
    kind: Kind, turns: Sequence[Turn], sound: Sound, spans: Sequence[Span], present: Present
) -> tuple[tuple[Turn, ...], tuple[str, ...]]:
    """Return a session's turns with their speakers, a dictation's as they are, and what there is to say about it.

    Every word is kept, in order. Where it is uncertain who speaks, the turn stays `unknown`. `spans` are where the
    sound holds speech, in order.
    """
    try:
        if kind == "dictation":
            return tuple(turns), (NOT_ALONE,) if two_voices(sound, spans) else ()
        pieces = cut(turns, _stretches(sound, spans, present))
        roles = _roles(pieces, present.others)
    except Exception:  # a transcript without speakers is worth more than none, whatever a library raises
        return tuple(turns), (FAILED,) if kind == "session" else ()
    if len({piece.voice for piece in pieces} - {None}) < 2:
        return tuple(turns), (ONE_VOICE,)
    if not roles:
        return tuple(turns), (NO_CLINICIAN,)
    return tuple(p.turn.replace(speaker="unknown" if p.voice is None else roles[p.voice]) for p in pieces), ()


def _stretches(sound: Sound, spans: Sequence[Span], present: Present) -> list[Stretch]:
    if present.levels is not None and (stretches := tell_channels(present.levels, spans)):
        return stretches
    return tell_voices(sound, spans, present.count)


def _roles(pieces: Sequence[Piece], given: Sequence[Speaker]) -> dict[int, Speaker]:
    """Return each voice's role by all that it said; none if it is not sure which one is the clinician."""
    said: dict[int, list[str]] = {}
    for piece in pieces:
        if piece.voice is not None:
            said.setdefault(piece.voice, []).append(piece.turn.text)
    texts = {voice: "\n".join(lines) for voice, lines in said.items()}
    words = {voice: len(text.split()) for voice, text in texts.items()}
    likely = who.clinician(list(texts.values()), who.load_weights().weights)
    surest, clinician = max(zip(likely, texts, strict=True), default=(0.0, 0))
    if surest < SURE or sum(words.values()) < LEAST_WORDS:
        return {}
    others = sorted((voice for voice in texts if voice != clinician), key=lambda voice: -words[voice])
    roles: dict[int, Speaker] = {voice: given[n] if n < len(given) else "other" for n, voice in enumerate(others)}
    return {**roles, clinician: "clinician"}
