"""A Whisper model with random weights, in the CTranslate2 layout, made without torch; a tiny one takes about a second.

It hears nothing and writes nonsense, but everything else about it is real: faster_whisper.WhisperModel loads it,
walks through windows, falls back to higher temperatures, aligns words. The same seed gives the same files. One that
recites gives the same sure words for any sound: what a model invents, at will.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
import tokenizers
from tokenizers import models, pre_tokenizers
from tokenizers.decoders import ByteLevel

WIDTH: Final = 32
HEADS: Final = 2
LAYERS: Final = 2  # of the encoder, and of the decoder
MELS: Final = 80
SECONDS: Final = 30  # of one window
TIMES: Final = 1501  # timestamp tokens, 0.02 s apart
ENDING: Final = "<|endoftext|>"
SPECIAL: Final = (
    "<|startoftranscript|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
WORDS: Final = ("the", "she", "felt", "not", "slept", "sertraline", "50", "mg", "plan", "mood.", "anxious,", "walk")
KINDS: Final = {  # the end of a variable's name in the specification: its shape
    "self_attention/linear_0/weight": (3 * WIDTH, WIDTH),
    "self_attention/linear_0/bias": (3 * WIDTH,),
    "self_attention/linear_1/bias": (WIDTH,),
    "attention/linear_1/weight": (2 * WIDTH, WIDTH),
    "attention/linear_1/bias": (2 * WIDTH,),
    "ffn/linear_0/weight": (2 * WIDTH, WIDTH),
    "ffn/linear_0/bias": (2 * WIDTH,),
    "ffn/linear_1/weight": (WIDTH, 2 * WIDTH),
    "conv1/weight": (WIDTH, MELS, 3),
    "conv2/weight": (WIDTH, WIDTH, 3),
    "encoder/position_encodings/encodings": (SECONDS * 50, WIDTH),
    "decoder/position_encodings/encodings": (448, WIDTH),
    "weight": (WIDTH, WIDTH),
    "bias": (WIDTH,),
    "gamma": (WIDTH,),
    "beta": (WIDTH,),
}
Weights = np.ndarray[Any, np.dtype[np.float32]]


def tokenizer(languages: Sequence[str] = ("en",)) -> tokenizers.Tokenizer:
    """Return a byte-level BPE of 256 bytes and a few words, in Whisper's order: text, end, specials, timestamps."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate(alphabet)}
    merges: list[tuple[str, str]] = []
    marks = ["-", "'", "♩"]  # faster-whisper suppresses the first token of each: it must not be the lone space
    for text in [" " + text for text in (*WORDS, *marks)]:
        pieces = [_byte_letter(byte) for byte in text.encode()]
        left = pieces[0]
        for right in pieces[1:]:
            if left + right not in vocabulary:
                vocabulary[left + right] = len(vocabulary)
                merges.append((left, right))
            left += right
    if len(languages) > 1:
        vocabulary[""] = len(vocabulary)  # by which CTranslate2 knows a multilingual model
    special = (SPECIAL[0], *(f"<|{language}|>" for language in languages), *SPECIAL[1:])
    tokens = (ENDING, *special, *(f"<|{number * 0.02:.2f}|>" for number in range(TIMES)))
    made = tokenizers.Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = ByteLevel()
    made.add_special_tokens([tokenizers.AddedToken(token, special=True, normalized=False) for token in tokens])
    return made


def build(folder: Path, seed: int = 0, recited: str = "", told: int = 0, languages: Sequence[str] = ("en",)) -> Path:
    """Write a model folder (model.bin, config.json, tokenizer.json, vocabulary.json, preprocessor_config.json).

    With `recited` (of WORDS) the model says these words, each with a probability near 1, whatever it is given, where it
    is asked for text without times after `told` tokens of a prompt. With several languages it hears one of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = tokenizer(languages)
    size = made.get_vocab_size()
    spec = ctranslate2.specs.WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    rng = np.random.default_rng(seed)
    spec.decoder.projection.bias = _leaning(made)
    _fill(spec, "", rng, size)
    if recited:
        _teach(spec, made, recited, told, rng)
    spec.register_vocabulary([made.id_to_token(number) for number in range(size)])
    number_of = made.token_to_id
    spec.config.suppress_ids = list(range(size - TIMES - len(SPECIAL) - len(languages), size - TIMES))
    spec.config.suppress_ids_begin = [number_of(ENDING)]
    spec.config.alignment_heads = [(1, 0), (1, 1)]
    spec.config.lang_ids = [number_of(f"<|{language}|>") for language in languages]
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    made.save(str(folder / "tokenizer.json"))
    preprocessor = {"chunk_length": SECONDS, "feature_size": MELS, "hop_length": 160, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor), encoding="utf-8")
    return folder


def hub_layout(model: Path, root: Path, repository: str = "Systran/faster-whisper-tiny.en") -> Path:
    """Lay a model folder out as the Hugging Face cache does: blobs, and snapshots of links to them."""
    top = root / ("models--" + repository.replace("/", "--"))
    revision = "0123456789abcdef0123456789abcdef01234567"
    snapshot, blobs = top / "snapshots" / revision, top / "blobs"
    for folder in (snapshot, blobs, top / "refs"):
        folder.mkdir(parents=True)
    for number, file in enumerate(sorted(model.iterdir())):
        shutil.copyfile(file, blobs / f"blob{number}")
        (snapshot / file.name).symlink_to(Path("../..") / "blobs" / f"blob{number}")
    (top / "refs" / "main").write_text(revision, encoding="ascii")
    return top


def _byte_letter(byte: int) -> str:
    """Return the letter that byte-level BPE writes for a byte (the table of GPT-2)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return chr(byte) if byte in plain else chr(256 + [b for b in range(256) if b not in plain].index(byte))


def _leaning(made: tokenizers.Tokenizer) -> Weights:
    """Return a bias towards whole words and the times of the first seconds, away from loose letters."""
    size = made.get_vocab_size()
    bias = np.full(size, -30, np.float32)
    for token in (ENDING, *("Ġ" + word for word in WORDS)):
        bias[made.token_to_id(token)] = 0
    bias[size - TIMES : size - TIMES + 300] = 0
    return bias


def _teach(spec: Any, made: tokenizers.Tokenizer, recited: str, told: int, rng: np.random.Generator) -> None:
    """Let the place of a token decide what it is: places outweigh all else, and each points to its word."""
    encodings = spec.decoder.position_encodings.encodings
    encodings[:] = rng.standard_normal(encodings.shape) * 100
    weights = spec.decoder.projection.weight
    weights[:] = 0
    spec.decoder.layer_norm.gamma[:], spec.decoder.layer_norm.beta[:] = 1, 0
    first = told + (3 if made.token_to_id("") is not None else 1)  # tokens before the last one that is given
    words = [made.token_to_id("Ġ" + word) for word in recited.split()]
    for place, token in enumerate([*words, made.token_to_id(ENDING)], first):
        weights[token] += _normal(encodings[place]) * 30 / encodings.shape[1]


def _normal(values: Weights) -> Weights:
    scaled: Weights = (values - values.mean()) / values.std()
    return scaled


def _fill(spec: Any, name: str, rng: np.random.Generator, size: int) -> None:
    """Give every weight that the specification leaves open a random value of the right shape."""
    for key, value in list(vars(spec).items()):
        path = f"{name}/{key}".lstrip("/")
        if isinstance(value, list):
            for number, item in enumerate(value):
                _fill(item, f"{path}_{number}", rng, size)
        elif isinstance(value, ctranslate2.specs.model_spec.LayerSpec):
            _fill(value, path, rng, size)
        elif value is None or (key in ("bias", "encodings") and isinstance(value, str)):
            setattr(spec, key, _weight(path, rng, size))


def _weight(path: str, rng: np.random.Generator, size: int) -> Weights:
    values = rng.standard_normal(_dimensions(path, size)).astype(np.float32) * 0.3
    return values + 1 if path.endswith("gamma") else values


def _dimensions(path: str, size: int) -> tuple[int, ...]:
    """Return the shape of a variable of the specification by the end of its name."""
    if path in ("decoder/embeddings/weight", "decoder/projection/weight"):
        return (size, WIDTH)
    if path.endswith("self_attention/linear_1/weight"):
        return (WIDTH, WIDTH)
    return next(shape for ending, shape in KINDS.items() if path.endswith(ending))
