"""How long a session takes on this computer: worked out before a model is there, timed when it is.

Before: a model of the shape of the smallest choice, with random weights, runs for real in CTranslate2; the other
shapes follow from their multiplications per window. Random weights cost what trained ones do.
"""

import tempfile
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..resources import configs
from ..types import SAMPLE_RATE, Seconds
from .engine import Engine, Sound

SESSION: Final = 50 * 60.0  # seconds
WINDOW: Final = 30.0  # seconds that Whisper hears at once
FRAMES: Final = 1500  # of the encoder, for one window
TOKENS: Final = 100  # written for a window of talk at 150 words a minute
BEAMS: Final = 5
VOCABULARY: Final = 51865  # tokens, of which the last 1608 are special
SPECIAL: Final = (  # in Whisper's order, the languages after the first named by number
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    *(f"<|{number}|>" for number in range(1, 99)),
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
    *(f"<|{number / 50:.2f}|>" for number in range(1501)),
)
TEXT: Final = VOCABULARY - len(SPECIAL)  # tokens that are words and pieces of words; the special ones follow
ROUNDS: Final = 2  # of the rehearsal; the quicker counts, as another program may have been busy in one


@dataclass(frozen=True)
class Shape:
    """The dimensions of a Whisper model, as openai/whisper's `ModelDimensions` gives them."""

    encoder: int  # layers
    decoder: int  # layers
    width: int
    mels: int

    @property
    def heads(self) -> int:
        """Heads of attention, 64 wide each."""
        return self.width // 64

    @property
    def hearing(self) -> int:
        """Multiplications of the encoder for one window."""
        layer = 12 * FRAMES * self.width**2 + 2 * FRAMES**2 * self.width
        return self.encoder * layer + 3 * FRAMES * self.width * (2 * self.mels + self.width)

    @property
    def writing(self) -> int:
        """Multiplications of the decoder for one window: keys and values of the frames once, then token by token."""
        once = 2 * FRAMES * self.width**2
        token = 14 * self.width**2 + 2 * FRAMES * self.width
        return self.decoder * (once + TOKENS * BEAMS * token) + TOKENS * BEAMS * VOCABULARY * self.width


SHAPES: Final = {
    "base": Shape(6, 6, 512, 80),
    "small": Shape(12, 12, 768, 80),
    "large-v3-turbo": Shape(32, 4, 1280, 128),
}


def expected(threads: int) -> dict[str, Seconds]:
    """Return about how long a session of 50 minutes takes with each of SHAPES here; takes some seconds itself."""
    with tempfile.TemporaryDirectory() as folder:
        hearing, writing = _rehearse(build(SHAPES["base"], Path(folder)), SHAPES["base"], threads)
    base, windows = SHAPES["base"], SESSION / WINDOW
    return {
        name: windows * (hearing * shape.hearing / base.hearing + writing * shape.writing / base.writing)
        for name, shape in SHAPES.items()
    }


def timed(engine: Engine) -> Seconds:
    """Return about how long a session of 50 minutes takes with an engine, from listening to the sample dictation."""
    sound = _sample()
    start = time.perf_counter()
    for _ in engine.listen(sound, lambda done, total: None):
        pass
    return (time.perf_counter() - start) * SESSION / (len(sound) / SAMPLE_RATE)


def build(shape: Shape, folder: Path) -> Path:
    """Write a model with random weights in the CTranslate2 layout (model.bin, config.json, vocabulary.json)."""
    import ctranslate2

    spec = ctranslate2.specs.WhisperSpec(shape.encoder, shape.heads, shape.decoder, shape.heads)
    rng = np.random.default_rng(0)
    for owner, name, dimensions in open_weights(spec, shape):
        setattr(owner, name, random_weight(name, dimensions, rng))
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    spec.register_vocabulary([*(f"word{number}" for number in range(TEXT)), *SPECIAL])
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    return folder


def open_weights(spec: Any, shape: Shape, path: str = "") -> Iterator[tuple[Any, str, tuple[int, ...]]]:
    """Yield each weight that a specification of CTranslate2 leaves open: its owner, its name there, its dimensions."""
    from ctranslate2.specs.model_spec import LayerSpec

    for name, value in list(vars(spec).items()):
        here = f"{path}/{name}"
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from open_weights(item, shape, f"{here}_{number}")
        elif isinstance(value, LayerSpec):
            yield from open_weights(value, shape, here)
        elif value is None or (name in ("bias", "encodings") and isinstance(value, str)):
            dimensions = _dimensions(here, shape)
            if dimensions:
                yield spec, name, dimensions


def random_weight(name: str, dimensions: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return small values about zero, about one for the scale of a layer norm."""
    values = rng.random(dimensions, dtype=np.float32)
    values -= np.float32(0.5)
    values *= np.float32(dimensions[-1] ** -0.5)
    if name == "gamma":
        values += np.float32(1)
    return values


def _dimensions(path: str, shape: Shape) -> tuple[int, ...]:
    """Return a weight's dimensions by the end of its path; none for what Whisper's projection goes without."""
    width = shape.width
    rows = {
        "self_attention/linear_0": 3 * width,
        "/attention/linear_1": 2 * width,
        "ffn/linear_0": 4 * width,
        "embeddings": VOCABULARY,
        "projection": VOCABULARY,
    }
    owner, _, name = path.rpartition("/")
    height = next((size for ending, size in rows.items() if owner.endswith(ending)), width)
    if owner.endswith("self_attention/linear_1"):
        height = width
    if name == "encodings":
        return (FRAMES if "encoder" in path else 448, width)
    if "conv" in owner and name == "weight":
        return (width, shape.mels if owner.endswith("conv1") else width, 3)
    if name == "weight":
        return (height, 4 * width if owner.endswith("ffn/linear_1") else width)
    return () if owner.endswith("projection") else (height,)


def _rehearse(folder: Path, shape: Shape, threads: int) -> tuple[Seconds, Seconds]:
    """Return the seconds that hearing and writing one window take."""
    import ctranslate2

    model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="int8", intra_threads=threads)
    features = np.random.default_rng(0).random((1, shape.mels, 2 * FRAMES), dtype=np.float32)
    # CTranslate2 writes at most half of max_length; the end is suppressed, so that it writes as many.
    prompt = [TEXT + SPECIAL.index(name) for name in ("<|startoftranscript|>", "<|en|>", "<|transcribe|>")]
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        heard = model.encode(ctranslate2.StorageView.from_array(features))
        between = time.perf_counter()
        model.generate(heard, [prompt], beam_size=BEAMS, max_length=2 * TOKENS, suppress_tokens=[TEXT])
        rounds.append((between - start, time.perf_counter() - between))
    return min(hearing for hearing, _ in rounds), min(writing for _, writing in rounds)


def _sample() -> Sound:
    with wave.open(str(configs() / "sample" / "dictation.wav")) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / np.float32(32768)
