"""Short windows of sound to voice embeddings by Resemblyzer's GE2E encoder (Wan et al. 2018), run by ONNX Runtime.

The weights are those of resemblyzer 0.1.4 in half precision (scripts/build_speaker_model). Its input is a mel
spectrogram of power, not of decibels, so that loudness matters: each window is brought to the same level first.
"""

from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelMissing
from ...resources import models
from ...types import SAMPLE_RATE, Seconds
from ..engine import Sound

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Floats = NDArray[np.float32]

FILE: Final = models() / "speakers" / "encoder.onnx"
FRAME, STEP, MELS = 400, 160, 40  # samples, samples, bands: as the encoder was trained
WINDOW: Final = 1.6  # seconds that an embedding is made of, as the encoder was trained
HOP: Final = 0.5  # seconds between two windows
LEVEL: Final = 10 ** (-30 / 20)  # root mean square that every window is brought to, as Resemblyzer does
FAINTEST: Final = 1e-5  # root mean square below which a window is left as it is
SIZE: Final = 256  # of an embedding
BATCH: Final = 32  # windows at once: some 20 MB
THREADS: Final = 2


class Encoder:
    """The voice encoder; made once, used for any number of recordings.

    Raises:
        ModelMissing: its file is not there.
    """

    def __init__(self, path: Path = FILE) -> None:
        if not path.is_file():
            raise ModelMissing("The voice encoder is missing from this installation.", "Install Evenfall again.")
        self._path = path

    @cached_property
    def _session(self) -> "InferenceSession":
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = THREADS
        options.log_severity_level = 3
        return InferenceSession(self._path, options, providers=["CPUExecutionProvider"])

    def embed(self, sound: Sound, centres: Sequence[Seconds]) -> Iterator[Floats]:
        """Yield embeddings of length 1 for the windows around these times, in batches: [at most BATCH, SIZE]."""
        for first in range(0, len(centres), BATCH):
            mels = np.stack([_mel(_window(sound, centre)) for centre in centres[first : first + BATCH]])
            (made,) = self._session.run(None, {"mel": mels})
            yield made


def _window(sound: Sound, centre: Seconds) -> Sound:
    """Return WINDOW seconds around a time at the encoder's level, the sound's ends filled up with silence."""
    length = int(WINDOW * SAMPLE_RATE)
    first = int(centre * SAMPLE_RATE) - length // 2
    window = np.zeros(length, np.float32)
    inside = sound[max(0, first) : max(0, first + length)]
    window[max(0, -first) : max(0, -first) + len(inside)] = inside
    level = float(np.sqrt(np.mean(np.square(window, dtype=np.float64))))
    return window * np.float32(LEVEL / level) if level > FAINTEST else window


def _mel(window: Sound) -> Floats:
    """Return the mel spectrogram [steps, MELS] as librosa 0.11 makes it: centred frames, Hann, Slaney's bands."""
    padded = np.pad(window, FRAME // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[: len(window) : STEP]
    power = np.abs(np.fft.rfft(frames * _hann(), axis=1)) ** 2
    made: Floats = (power @ _bands().T).astype(np.float32)
    return made


@cache
def _hann() -> Floats:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)


@cache
def _bands() -> Floats:
    """Return Slaney's triangular filters of equal area: [MELS, FRAME // 2 + 1]."""
    edges = _to_hertz(np.linspace(0.0, _to_mel(SAMPLE_RATE / 2), MELS + 2))
    bins = np.linspace(0, SAMPLE_RATE / 2, FRAME // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


# Slaney's mel scale: linear to 1 kHz (15 mel), then 27 mel for each factor of 6.4 (Auditory Toolbox, 1998)
def _to_mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * float(np.log(hertz / 1000) / np.log(6.4))


def _to_hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27))
