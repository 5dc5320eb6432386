"""Write the trained network for faster-whisper (CTranslate2's format, int8), and for another training to go on from."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from ctranslate2.converters.converter import Converter
from ctranslate2.converters.transformers import WhisperLoader
from safetensors.torch import save_file
from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

from .network import LENGTH, MELS, POSITIONS, WINDOW, Whisper
from .tokens import SPECIAL, Tokens

SECONDS = WINDOW // 50  # of sound in a window
FEATURES = {
    "feature_extractor_type": "WhisperFeatureExtractor",
    "feature_size": MELS,
    "sampling_rate": 16000,
    "hop_length": 160,
    "n_fft": 400,
    "chunk_length": SECONDS,
    "n_samples": SECONDS * 16000,
    "nb_max_frames": SECONDS * 100,
    "padding_side": "right",
    "padding_value": 0.0,
}


class Vocabulary:
    """What the converter asks a transformers tokenizer for."""

    additional_special_tokens = SPECIAL
    unk_token = bos_token = eos_token = SPECIAL[0]

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def get_vocab(self) -> dict[str, int]:
        """Return every token and its number."""
        return dict(self.tokens.tokenizer.get_vocab())

    def convert_tokens_to_ids(self, name: str) -> int:
        """Return a token's number."""
        return int(self.tokens.tokenizer.token_to_id(name))


class Trained(Converter):  # type: ignore[misc] # ctranslate2 is untyped
    """CTranslate2's converter for a network in memory instead of a folder from the hub."""

    def __init__(self, model: WhisperForConditionalGeneration, tokens: Tokens) -> None:
        self.model, self.vocabulary = model, Vocabulary(tokens)

    def _load(self) -> Any:
        loader = WhisperLoader()
        with torch.no_grad():
            spec = loader.get_model_spec(self.model)
        loader.set_config(spec.config, self.model, self.vocabulary)
        loader.set_vocabulary(spec, loader.get_vocabulary(self.model, self.vocabulary))
        return spec


def weights(network: Whisper) -> dict[str, torch.Tensor]:
    """Return the weights under transformers' names, with a position for every frame that faster-whisper computes."""
    kept = {f"model.{n}": w.float().cpu() for n, w in network.state_dict().items() if not n.startswith("phones")}
    places = kept["model.encoder.embed_positions.weight"]
    beyond = places[WINDOW:].expand(POSITIONS - WINDOW, -1)
    kept["model.encoder.embed_positions.weight"] = torch.cat([places[:WINDOW], beyond])
    kept["proj_out.weight"] = kept["model.decoder.embed_tokens.weight"]
    return kept


def as_whisper(network: Whisper, tokens: Tokens) -> WhisperForConditionalGeneration:
    """Return the network as transformers' Whisper."""
    shape, end, start = network.shape, tokens.end, tokens.number("startoftranscript")
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=len(tokens),
            num_mel_bins=MELS,
            d_model=shape.width,
            encoder_layers=shape.encoder,
            decoder_layers=len(network.decoder.layers),
            encoder_attention_heads=shape.heads,
            decoder_attention_heads=shape.heads,
            encoder_ffn_dim=shape.inner,
            decoder_ffn_dim=shape.reading,
            max_source_positions=POSITIONS,
            max_target_positions=LENGTH,
            pad_token_id=end,
            bos_token_id=end,
            eos_token_id=end,
            decoder_start_token_id=start,
            suppress_tokens=[],
            begin_suppress_tokens=[],
        )
    )
    model.load_state_dict(weights(network))
    settings = GenerationConfig(pad_token_id=end, eos_token_id=end, decoder_start_token_id=start)
    settings.suppress_tokens = sorted(tokens.barred)
    settings.begin_suppress_tokens = [tokens.tokenizer.encode(" ").ids[0], end]
    last = len(network.decoder.layers) - 1
    settings.alignment_heads = [[last, head] for head in range(network.decoder.layers[last].encoder_attn.guided)]
    settings.lang_to_id = {"<|en|>": tokens.number("en")}
    model.generation_config = settings
    return model.eval()


def export(network: Whisper, tokens: Tokens, tokenizer: Path, folder: Path) -> None:
    """Write model.bin, config.json, vocabulary.json, tokenizer.json and preprocessor_config.json."""
    Trained(as_whisper(network, tokens), tokens).convert(str(folder), quantization="int8", force=True)
    shutil.copy(tokenizer, folder / "tokenizer.json")
    (folder / "preprocessor_config.json").write_text(json.dumps(FEATURES, indent=1) + "\n", encoding="utf-8")


def keep(network: Whisper, path: Path) -> None:
    """Write the weights in half precision, for another training to begin with."""
    save_file({name: weight.half().cpu().contiguous() for name, weight in network.state_dict().items()}, path)
