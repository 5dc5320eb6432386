"""Training examples: windows of up to 10 s, put together from clips and disturbed anew each time."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from .clips import Clip, read
from .network import MELS, PHONES, WINDOW
from .sound import centres, scaled
from .splices import Words
from .tokens import Tokens
from .voices import parts_of

FRAMES = 2 * WINDOW  # mel frames of 10 ms
SILENCE = -10.0  # log10 of no power at all
IGNORED = -100  # target that counts for nothing
OTHERS = 0.4  # of the pieces are followed by another voice's
FULL = 0.25  # of the batches are padded to 10 s
POOL = 64  # windows that are sorted by length and parted into batches
THROATS = 0.5  # of the pieces are said as by a larger or smaller speaker
TINTED = 0.6  # of the pieces have another colour
PACED = 0.4  # of the pieces are said faster or slower
SPLICED = 0.5  # of the pieces hold words of other sentences
UNEVEN = 1.06  # a throat's low and high frequencies are that much higher or lower at most than the middle ones
HERTZ = centres()  # of the mel bands
UNKNOWN = (np.nan, np.nan)

Frames = tuple[float, float]  # encoder frames of 20 ms


@dataclass(frozen=True)
class Window:
    """Scaled mel [80, frames], tokens in and out, the frames of each token out, and the phone of each encoder frame."""

    mel: np.ndarray
    tokens: list[int]
    targets: list[int]
    spans: list[Frames]
    phones: np.ndarray


@dataclass(frozen=True)
class Batch:
    """Windows of about equal length, padded: mel [windows, 80, frames] with zeros, as faster-whisper pads."""

    mel: Tensor
    tokens: Tensor
    targets: Tensor
    spans: Tensor  # [windows, tokens, 2]
    phones: Tensor  # [windows, frames / 2]

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device."""
        parts = (self.mel, self.tokens, self.targets, self.spans, self.phones)
        return Batch(*(part.to(device, non_blocking=True) for part in parts))


def token_spans(clip: Clip, tokens: Tokens) -> tuple[list[int], list[Frames]]:
    """Return the clip's tokens and the encoder frames of each: its share of the letters of its word."""
    text = " " + clip.text
    coded = tokens.tokenizer.encode(text)
    begins = np.cumsum([0] + [len(word) + 1 for word in clip.words])
    spans = []
    for start, end in coded.offsets:
        word = min(int(np.searchsorted(begins, end, "left")) - 1, len(clip.words) - 1)
        length = max(1, len(clip.words[word].rstrip(".,?!")))
        parts = np.clip((np.array([start, end]) - begins[word] - 1) / length, 0, 1)
        a, b = clip.spans[word] * 50
        spans.append((float(a + (b - a) * parts[0]), float(a + (b - a) * parts[1])))
    return coded.ids, spans


def phone_frames(clip: Clip) -> np.ndarray:
    """Return the number of the phone at every mel frame, or `IGNORED`."""
    labels = np.full(clip.powers.shape[1], IGNORED)
    start = 0
    for name, end in clip.phones:
        stop = min(len(labels), round(end * 100))
        labels[start:stop] = PHONES.index(name) if name in PHONES else IGNORED
        start = stop
    return labels


def stretched(powers: np.ndarray, ratio: float) -> np.ndarray:
    """Return the frames spread over `ratio` times their number."""
    frames = powers.shape[1]
    places = np.linspace(0, frames - 1, max(2, round(frames * ratio)))
    left = places.astype(int)
    part = (places - left).astype(np.float32)
    return powers[:, left] * (1 - part) + powers[:, np.minimum(left + 1, frames - 1)] * part


def throat(powers: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the frames with the lowest frequencies `low` times as high, the highest `high` times, others in between.

    Another speaker's size (Jaitly and Hinton 2013); mouth and throat differ in it by themselves (Fant 1975).
    """
    places = np.interp(HERTZ / np.geomspace(low, high, MELS), HERTZ, np.arange(MELS))
    left = np.minimum(places.astype(int), MELS - 2)
    part = (places - left).astype(np.float32)[:, None]
    return powers[left] * (1 - part) + powers[left + 1] * part


def tint(chance: random.Random) -> np.ndarray:
    """Return what a voice's or a microphone's colour adds to every band [80, 1]: smooth, some 5 dB either way."""
    bands = np.linspace(0, np.pi, MELS, dtype=np.float32)[:, None]
    waves = [chance.gauss(0, 0.4) / k**0.5 * np.cos(k * bands + chance.uniform(0, 6.3)) for k in range(1, 5)]
    return np.sum(waves, 0)


@dataclass(frozen=True)
class Piece:
    """A clip ready to be put into windows."""

    powers: np.ndarray
    ids: list[int]
    spans: np.ndarray
    phones: np.ndarray

    @classmethod
    def of(cls, clip: Clip, tokens: Tokens) -> "Piece":
        """Prepare a clip."""
        ids, spans = token_spans(clip, tokens)
        return cls(clip.powers, ids, np.array(spans, np.float32), phone_frames(clip))

    def changed(self, chance: random.Random, share: float) -> "Piece":
        """Return the piece a little faster or slower, as from a longer or shorter throat, tinted, or as it is.

        `share`, at most 1, is how often it is changed of what is usual.
        """
        powers = self.powers.astype(np.float32)
        if chance.random() < THROATS * share:
            size, shape = chance.uniform(0.82, 1.22), UNEVEN ** chance.uniform(-1, 1)
            powers = throat(powers, size / shape, size * shape)
        if chance.random() < TINTED * share:
            powers = powers + tint(chance)
        if chance.random() >= PACED * share:
            return Piece(powers, self.ids, self.spans, self.phones)
        powers = stretched(powers, chance.uniform(0.9, 1.12))
        ratio = powers.shape[1] / self.powers.shape[1]
        phones = self.phones[np.linspace(0, len(self.phones) - 1, powers.shape[1]).astype(int)]
        return Piece(powers, self.ids, self.spans * ratio, phones)


class Maker:
    """Makes windows from pieces, `changed` by a share of what is usual; the `hard`er, the longer and the noisier."""

    def __init__(self, tokens: Tokens, clips: list[Clip], seed: int) -> None:
        self.tokens = tokens
        self.pieces: dict[str, list[tuple[Clip, Piece]]] = {}
        self.words: defaultdict[str, Words] = defaultdict(Words)
        self.chance, self.noise = random.Random(seed), np.random.default_rng(seed)
        self.changed = 1.0
        self.add(clips)

    def add(self, clips: list[Clip]) -> None:
        """Take in more clips."""
        for clip in clips:
            piece = Piece.of(clip, self.tokens)
            self.pieces.setdefault(clip.voice, []).append((clip, piece))
            self.words[clip.voice].add(clip, piece.phones)
        for words in self.words.values():
            words.weigh()
        self.parts = [parts_of(voice) for voice in self.pieces]

    def pick(self, voice: str) -> Piece:
        """Return a piece of the voice: something that it said, or words of it that were never said together."""
        clip, piece = self.chance.choice(self.pieces[voice])
        if self.chance.random() >= SPLICED * self.changed:
            return piece
        made, phones = self.words[voice].spliced(clip, piece.phones, self.chance)
        return replace(Piece.of(made, self.tokens), phones=phones)

    def voice(self) -> str:
        """Return a voice: each is heard as often as voices.yaml says, however much it said."""
        return self.chance.choices(list(self.pieces), self.parts)[0]

    def window(self, hard: float) -> Window:
        """Return a window of one or more pieces, with or without timestamps; a few are of noise only."""
        chance = self.chance
        if chance.random() < 0.01:
            return self.empty()
        lead = chance.choice((0, chance.randint(0, 30), chance.randint(0, 120)))
        most = chance.randint(2, 5) if chance.random() < min(0.7, hard * 1.4) else 1
        said, place, voice = [], lead, self.voice()
        for _ in range(most):
            piece = self.pick(voice).changed(chance, self.changed)
            voice = self.voice() if chance.random() < OTHERS else voice
            if place + piece.powers.shape[1] > FRAMES:
                break
            said.append((place, piece))
            place += piece.powers.shape[1] + int(chance.choice((10, 30, 60, 100)) * chance.uniform(0.5, 1.2))
        if not said:
            return self.window(hard)
        rest = self.pick(self.voice())
        over = (place, rest) if most > 1 and FRAMES - place > 60 and chance.random() < 0.4 else None
        return self.put(said, over, hard, stamped=over is not None or chance.random() < 0.55)

    def empty(self) -> Window:
        """Return a window in which nobody speaks."""
        powers = self.noisy(np.full((MELS, self.chance.randint(100, 500)), SILENCE, np.float32), -1.0, certain=True)
        start = self.tokens.number("startoftranscript")
        phones = np.full(powers.shape[1], IGNORED)
        return Window(
            scaled(powers, max(0.0, powers.max())), [start], [self.tokens.number("nospeech")], [UNKNOWN], phones[::2]
        )

    def put(
        self, said: list[tuple[int, Piece]], over: tuple[int, Piece] | None, hard: float, *, stamped: bool
    ) -> Window:
        """Put pieces at their frames; `over` runs beyond the window, and only its beginning is written, as a time."""
        chance, tokens = self.chance, self.tokens
        last = said[-1]
        frames = FRAMES if over else min(FRAMES, last[0] + last[1].powers.shape[1] + chance.randint(0, 60))
        powers = np.full((MELS, frames), SILENCE, np.float32)
        phones = np.full(frames, IGNORED)
        for place, piece in [*said, *([over] if over else [])]:
            part = piece.powers[:, : frames - place]
            powers[:, place : place + part.shape[1]] = part
            phones[place : place + part.shape[1]] = piece.phones[: part.shape[1]]
        text: list[int] = []
        spans: list[Frames] = []
        for place, piece in said:
            half, end = place / 2, place + piece.powers.shape[1]
            if stamped:
                text.append(tokens.time(place))
                spans.append((half, half + 4))
            text += piece.ids
            spans += [(float(a) + half, float(b) + half) for a, b in piece.spans]
            if stamped:
                text.append(tokens.time(end))
                spans.append((end / 2 - 4, end / 2))
        if over:
            text.append(tokens.time(over[0]))
            spans.append((over[0] / 2, over[0] / 2 + 4))
        begin = [tokens.number("startoftranscript")] + ([] if stamped else [tokens.number("notimestamps")])
        before = self.prompt() if chance.random() < 0.06 * (hard > 0.3) else []
        whole = [*before, *begin, *text, tokens.end]
        unseen = len(before) + len(begin) - 1
        targets = [IGNORED] * unseen + whole[unseen + 1 :]
        where = [UNKNOWN] * unseen + spans + [UNKNOWN]
        powers = self.noisy(powers, hard) + chance.uniform(-1.5, 0.4)
        loudest = powers.max() + (chance.uniform(0, 0.8) if chance.random() < 0.3 else 0)
        mel = scaled(powers, loudest)
        if chance.random() < 0.15:
            place = chance.randint(0, frames - 10)
            mel[:, place : place + chance.randint(2, 8)] = mel.mean()
        if chance.random() < 0.3:
            band = chance.randint(0, MELS - 10)
            mel[band : band + chance.randint(2, 9)] = mel.mean()
        return Window(mel, whole[:-1], targets, where, phones[::2])

    def prompt(self) -> list[int]:
        """Return a text that came before, which the model has to leave alone."""
        pieces = [self.pick(self.voice()).ids for _ in range(self.chance.randint(1, 3))]
        return [self.tokens.number("startofprev"), *sum(pieces, [])][:100]

    def noisy(self, powers: np.ndarray, hard: float, *, certain: bool = False) -> np.ndarray:
        """Add noise: a quiet room, a loud one, or a car's, whose power falls with the frequency."""
        if not certain and self.chance.random() < 0.5:
            return powers
        loud = self.chance.random() < min(0.4, hard)
        below, fall = self.chance.uniform(3.5, 7.0), self.chance.uniform(-1.0, 1.5)
        if loud:
            fall = self.chance.uniform(0.0, 4.0)
            below = self.chance.uniform(2.5, 4.0) - fall / 2
        level = max(powers.max(), 0.0) - below - np.linspace(0, fall, MELS)[:, None]
        return np.log10(10**powers + 10 ** (level + self.noise.normal(0, 0.25, powers.shape))).astype(np.float32)

    def batches(self, hard: float, budget: int, full: float) -> Iterator[Batch]:
        """Yield the batches of a pool of windows, each of at most `budget` frames; a share `full` is padded to 10 s."""
        pool = sorted((self.window(hard) for _ in range(POOL)), key=lambda window: window.mel.shape[1])
        groups: list[list[Window]] = [[]]
        for window in pool:
            if groups[-1] and (len(groups[-1]) + 1) * window.mel.shape[1] > budget:
                groups.append([])
            groups[-1].append(window)
        self.chance.shuffle(groups)
        for group in groups:
            yield padded(group, FRAMES if self.chance.random() < full else self.chance.choice((0, 10, 40, 100)))


def padded(windows: list[Window], extra: int) -> Batch:
    """Return the windows as one batch, `extra` frames longer than the longest but at most 10 s."""
    frames = min(FRAMES, max(window.mel.shape[1] for window in windows) + extra + 1) // 2 * 2
    length = max(len(window.tokens) for window in windows)
    count = len(windows)
    mel = np.zeros((count, MELS, frames), np.float32)
    tokens = np.zeros((count, length), np.int64)
    targets, phones = np.full((count, length), IGNORED), np.full((count, frames // 2), IGNORED)
    spans = np.full((count, length, 2), np.nan, np.float32)
    for row, window in enumerate(windows):
        used = min(frames, window.mel.shape[1])
        mel[row, :, :used] = window.mel[:, :used]
        tokens[row, : len(window.tokens)] = window.tokens
        targets[row, : len(window.targets)] = window.targets
        spans[row, : len(window.spans)] = window.spans
        phones[row, : len(window.phones[: frames // 2])] = window.phones[: frames // 2]
    return Batch(*map(torch.from_numpy, (mel, tokens, targets, spans, phones)))


class Examples(IterableDataset[Batch]):
    """Batches without end from a folder of shards; shards that are added later are taken in.

    `manner` [2] is how hard the windows are and how much the voices are changed, now.
    """

    def __init__(self, folder: Path, tokens: Path, manner: Tensor, budget: int, seed: int) -> None:
        self.folder, self.tokens, self.manner = folder, tokens, manner
        self.budget, self.seed = budget, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        number = worker.id if worker else 0
        maker = Maker(Tokens.read(self.tokens), [], self.seed * 100 + number)
        seen: set[Path] = set()
        while True:
            for path in sorted(set(self.folder.glob("*.npz")) - seen):
                seen.add(path)
                maker.add(read(path))
            hard, maker.changed = (float(number) for number in self.manner)
            for _ in range(20):
                yield from maker.batches(hard, int(self.budget * (1 + hard)), FULL)
