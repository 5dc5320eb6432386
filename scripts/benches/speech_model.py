"""A Whisper of real size that says one script whatever it hears, so that every engine does the same work on it.

Each token names the next: a token's embedding holds two unit vectors, `own` and `before`; the last layer's feed-forward
adds the first to the second, which makes the token nearest whose `before` it is. A window gives TOKENS words between
the times 0.00 and 30.00, with certainty, so that no engine falls back to sampling. A third part of each vector is a
clock: by it the last layer's attention goes through the window evenly, so that every engine finds the words spread over
the speech and none hears a window twice. All other weights are random and small; they cost what trained ones do. The
same numbers are written for CTranslate2 and for openai-whisper.
"""

import json
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
import tokenizers
from numpy.typing import NDArray
from tokenizers import models, pre_tokenizers
from tokenizers.decoders import ByteLevel

from pipeline.speech import pace

TOKENS: Final = pace.TOKENS
FIRST: Final = 1000  # token of the script's first word; the others follow
SMALL: Final = 0.01  # what all but the script is scaled by
CLOCK: Final = 64  # dimensions of the clock: cosine and sine of 32 frequencies, as wide as a head of attention
OPENAI: Final = "openai.npz"

Array = NDArray[np.float32]


def write(folder: Path, shape: pace.Shape) -> Path:
    """Write the model: model.bin and its companions for CTranslate2, int8; OPENAI for openai-whisper, float32."""
    spec = ctranslate2.specs.WhisperSpec(shape.encoder, shape.heads, shape.decoder, shape.heads)
    rng = np.random.default_rng(1)
    for owner, name, dimensions in pace.open_weights(spec, shape):
        weight = pace.random_weight(name, dimensions, rng)
        setattr(owner, name, weight if name == "gamma" else weight * np.float32(SMALL))
    for attention in [layer.self_attention for layer in (*spec.encoder.layer, *spec.decoder.layer)]:
        attention.linear[0].bias[shape.width : 2 * shape.width] = 0  # openai's keys have no bias
    for layer in spec.decoder.layer:
        layer.attention.linear[1].bias[: shape.width] = 0
    _script(spec, shape.width, rng)
    np.savez(folder / OPENAI, **openai_weights(spec), **_dimensions(shape))
    _describe(spec, shape)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    _tokenizer().save(str(folder / "tokenizer.json"))
    preprocessor = {"chunk_length": 30, "feature_size": shape.mels, "hop_length": 160, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor), encoding="utf-8")
    return folder


def token(name: str) -> int:
    """Return the number of a special token."""
    return pace.TEXT + pace.SPECIAL.index(name)


def _script(spec: Any, width: int, rng: np.random.Generator) -> None:
    half = (width - CLOCK) // 2
    pairs = rng.standard_normal((2, pace.VOCABULARY, half), dtype=np.float32)
    own, before = pairs / np.linalg.norm(pairs, axis=2, keepdims=True)
    named = ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|0.00|>")
    words = range(FIRST, FIRST + TOKENS)
    chain = [*map(token, named), *words, token("<|30.00|>"), token("<|endoftext|>")]
    before[chain[1:]] = own[chain[:-1]]
    own[token("<|notimestamps|>")] = own[token("<|0.00|>")]  # both are followed by the first word
    nothing = np.zeros((pace.VOCABULARY, CLOCK), np.float32)
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = np.concatenate([own, before, nothing], axis=1)
    first, second = spec.decoder.layer[-1].ffn.linear_0, spec.decoder.layer[-1].ffn.linear_1
    rows = np.arange(half)
    first.weight[: 2 * half] = 0
    first.weight[rows, rows], first.weight[half + rows, rows] = 1, -1
    second.weight[:, : 2 * half] = 0
    second.weight[half + rows, rows], second.weight[half + rows, half + rows] = 1, -1  # gelu(x) - gelu(-x) = x
    _clock(spec, width)


def _clock(spec: Any, width: int) -> None:
    """Let each head of the last layer look where in the window a word is by its number."""
    frames = _times(np.arange(pace.FRAMES) / 50)
    places = _times((np.arange(448) - 4) * pace.WINDOW / TOKENS)
    for encodings, times in ((spec.encoder.position_encodings, frames), (spec.decoder.position_encodings, places)):
        encodings.encodings[:] = 0
        encodings.encodings[:, -CLOCK:] = times
    attention = spec.decoder.layer[-1].attention
    head = np.arange(width)
    for weight in (attention.linear[0].weight, attention.linear[1].weight[:width]):
        weight[:] = 0
        weight[head, width - CLOCK + head % CLOCK] = 1


def _times(seconds: Array) -> Array:
    """Return a clock's face for each moment; two are the more alike the nearer they are, to about a second."""
    angles = np.outer(seconds, np.arange(1, CLOCK // 2 + 1)) * np.pi / pace.WINDOW
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32) / np.float32(CLOCK**0.5)


def openai_weights(spec: Any) -> dict[str, Array]:
    """Return the weights by the names of openai-whisper's state."""
    state = {
        "encoder.positional_embedding": spec.encoder.position_encodings.encodings,
        "decoder.positional_embedding": spec.decoder.position_encodings.encodings,
        "decoder.token_embedding.weight": spec.decoder.embeddings.weight,
        **_linear("encoder.conv1", spec.encoder.conv1),
        **_linear("encoder.conv2", spec.encoder.conv2),
        **_norm("encoder.ln_post", spec.encoder.layer_norm),
        **_norm("decoder.ln", spec.decoder.layer_norm),
    }
    for side, layers in (("encoder", spec.encoder.layer), ("decoder", spec.decoder.layer)):
        for number, layer in enumerate(layers):
            state |= _layer(f"{side}.blocks.{number}", layer)
    return state


def _layer(name: str, layer: Any) -> dict[str, Array]:
    own = layer.self_attention
    state = {
        **_norm(f"{name}.attn_ln", own.layer_norm),
        **_parts(own.linear[0], [f"{name}.attn.{part}" for part in ("query", "key", "value")]),
        **_linear(f"{name}.attn.out", own.linear[1]),
        **_norm(f"{name}.mlp_ln", layer.ffn.layer_norm),
        **_linear(f"{name}.mlp.0", layer.ffn.linear_0),
        **_linear(f"{name}.mlp.2", layer.ffn.linear_1),
    }
    if hasattr(layer, "attention"):
        cross = layer.attention
        state |= _norm(f"{name}.cross_attn_ln", cross.layer_norm) | _linear(f"{name}.cross_attn.query", cross.linear[0])
        state |= _parts(cross.linear[1], [f"{name}.cross_attn.{part}" for part in ("key", "value")])
        state |= _linear(f"{name}.cross_attn.out", cross.linear[2])
    return state


def _linear(name: str, linear: Any) -> dict[str, Array]:
    return {f"{name}.weight": linear.weight, f"{name}.bias": linear.bias}


def _norm(name: str, norm: Any) -> dict[str, Array]:
    return {f"{name}.weight": norm.gamma, f"{name}.bias": norm.beta}


def _parts(linear: Any, names: list[str]) -> dict[str, Array]:
    """Return the linear maps that CTranslate2 keeps as one."""
    weights, biases = np.split(linear.weight, len(names)), np.split(linear.bias, len(names))
    state = {f"{name}.weight": weight for name, weight in zip(names, weights, strict=True)}
    biased = {f"{name}.bias": bias for name, bias in zip(names, biases, strict=True) if not name.endswith("key")}
    return state | biased


def _dimensions(shape: pace.Shape) -> dict[str, Any]:
    """Return openai-whisper's ModelDimensions, each name marked by `dims.`."""
    audio = {
        "n_audio_ctx": 1500,
        "n_audio_state": shape.width,
        "n_audio_head": shape.heads,
        "n_audio_layer": shape.encoder,
    }
    text = {"n_text_ctx": 448, "n_text_state": shape.width, "n_text_head": shape.heads, "n_text_layer": shape.decoder}
    every = {"n_mels": shape.mels, "n_vocab": pace.VOCABULARY, **audio, **text}
    return {f"dims.{name}": size for name, size in every.items()}


def _describe(spec: Any, shape: pace.Shape) -> None:
    made = _tokenizer()
    spec.register_vocabulary([made.id_to_token(number) for number in range(pace.VOCABULARY)])
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], [token("<|endoftext|>")]
    spec.config.alignment_heads = [(shape.decoder - 1, head) for head in range(shape.heads)]
    spec.config.lang_ids = [token("<|en|>")]


def _tokenizer() -> tokenizers.Tokenizer:
    """Return a byte-level vocabulary of Whisper's size; of its text only the bytes and the script are ever written."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate(letters)}
    for number in range(
        len(letters), pace.TEXT - 1
    ):  # unlike words: alike ones look like an engine that repeats itself
        vocabulary[f"\u0120{number * 2654435761 % 2**32:08x}"] = number
    vocabulary[""] = pace.TEXT - 1  # by which CTranslate2 knows a multilingual model
    made = tokenizers.Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = ByteLevel()
    made.add_special_tokens([tokenizers.AddedToken(name, special=True, normalized=False) for name in pace.SPECIAL])
    return made
