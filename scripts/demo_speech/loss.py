"""What training minimises: wrong tokens, guided heads that look elsewhere, wrong phones."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from .examples import IGNORED, Batch
from .network import Guide, Whisper

MARGIN = 3.0  # encoder frames on either side of a token's span where a guided head may look


def guide(batch: Batch, told: float) -> Guide:
    """Return where each token of the batch is spoken; one more frame stands for all beyond the window."""
    frames = torch.arange(batch.mel.shape[2] // 2 + 1, device=batch.mel.device)
    where = (frames >= batch.spans[..., :1] - MARGIN) & (frames <= batch.spans[..., 1:] + MARGIN)
    where[..., -1] = False
    return Guide(where.float(), where.any(-1).float(), told)


def losses(network: Whisper, batch: Batch, tokens: Tensor, told: float) -> tuple[dict[str, Tensor], Tensor]:
    """Return the parts of the loss, and for every counted token whether it would have been right."""
    device = batch.mel.device.type
    with torch.autocast(device, torch.bfloat16):
        memory, bias = network.encoder(batch.mel)
        vectors = network.decoder(tokens, memory, bias, guide(batch, told))
        counted = batch.targets != IGNORED
        scores = network.scores(vectors[counted]).float()
        phones = network.phones(memory[:, :-1]).float()
    targets = batch.targets[counted]
    named = batch.phones != IGNORED  # espeak-ng names none
    looks = [layer.encoder_attn.found for layer in network.decoder.layers]
    parts = {
        "text": cross_entropy(scores, targets),
        "looks": torch.stack([look for look in looks if look is not None]).mean(),
        "phones": cross_entropy(phones[named], batch.phones[named]) if named.any() else phones.sum() * 0,
    }
    return parts, scores.argmax(-1) == targets
