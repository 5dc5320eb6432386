"""Held-out checks during training: does the decoder listen, and what does it write by itself."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from rough.scoring import Score, plain
from torch import Tensor

from .clips import read
from .examples import FRAMES, Batch, Maker, padded
from .loss import losses
from .network import MELS, Whisper
from .sound import scaled
from .tokens import Tokens

WINDOWS, SENTENCES = 40, 20
MOMENT = (250, 700)  # mel frames of a checked clip, fewest and most


@dataclass(frozen=True)
class Check:
    """Held-out windows, and for every voice held-out sounds [sentences, 80, frames of 10 s] with their texts."""

    windows: Batch
    sounds: dict[str, Tensor]
    texts: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, shards: list[Path], tokens: Tokens) -> "Check":
        """Take windows and sentences from shards that are never trained on."""
        every = [clip for shard in shards for clip in read(shard)]
        every = [clip for clip in every if MOMENT[0] <= clip.powers.shape[1] <= MOMENT[1]]
        maker = Maker(tokens, every, seed=5)
        sounds, texts = {}, {}
        for voice in sorted({clip.voice for clip in every}):
            clips = [clip for clip in every if clip.voice == voice][:SENTENCES]
            sounds[voice] = torch.zeros(len(clips), MELS, FRAMES)
            for row, clip in enumerate(clips):
                mel = scaled(clip.powers.astype("float32"), float(clip.powers.max()))
                sounds[voice][row, :, : mel.shape[1]] = torch.from_numpy(mel)
            texts[voice] = tuple(clip.text for clip in clips)
        return cls(padded([maker.window(0.0) for _ in range(WINDOWS)], 0), sounds, texts)

    @torch.no_grad()
    def listening(self, network: Whisper) -> tuple[float, float]:
        """Return the share of right tokens after the true text so far, with the right sound and with another's."""
        batch = self.windows.to(network.device)
        other = replace(batch, mel=batch.mel.roll(1, 0))
        right, wrong = (losses(network, heard, batch.tokens, 0.0)[1].float().mean() for heard in (batch, other))
        return float(right), float(wrong)

    def errors(self, network: Whisper, tokens: Tokens) -> dict[str, tuple[Score, list[str]]]:
        """Return for every voice the word errors of free writing, and what was written."""
        begin = [tokens.number("startoftranscript"), tokens.number("notimestamps")]
        barred = [*tokens.barred, *range(tokens.number("0.00"), len(tokens))]
        found = {}
        for voice, sounds in self.sounds.items():
            with torch.autocast(network.device.type, torch.bfloat16):
                rows = network.write(sounds.to(network.device), begin, tokens.end, barred)
            wrote = [tokens.tokenizer.decode(row) for row in rows]
            score = Score()
            for text, mine in zip(self.texts[voice], wrote, strict=True):
                score.add(plain(text), plain(mine))
            found[voice] = score, wrote
        return found
