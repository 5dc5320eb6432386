"""What a restart needs: weights, their running average, the optimiser, and how far training is."""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from .network import Shape, Whisper
from .plan import Plan
from .tokens import Tokens

EMBEDDING = "decoder.embed_tokens.weight"
DECAY = 0.01  # of weight matrices; embeddings and biases keep theirs


@dataclass
class State:
    """A training under way; `average` is what is kept in the end."""

    network: Whisper
    average: Whisper
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0  # trained so far
    heard: float = 0.0  # seconds of sound


def groups(network: Whisper, plan: Plan) -> list[dict[str, object]]:
    """Return the trained parameters: the convolutions stay as they are once they came from another training."""
    chosen: defaultdict[tuple[float, float], list[nn.Parameter]] = defaultdict(list)
    for name, parameter in network.named_parameters():
        share = plan.encoder_rate if name.startswith("encoder") else 1.0
        decay = DECAY if parameter.ndim == 2 and "embed" not in name else 0.0
        if parameter.requires_grad:
            chosen[share, decay].append(parameter)
    return [{"params": ps, "weight_decay": decay, "share": share} for (share, decay), ps in chosen.items()]


def translated(embedding: torch.Tensor, before: Tokens, tokens: Tokens) -> torch.Tensor:
    """Return the rows of one tokenizer's pieces for another's: a new one begins as the mean of those that spell it."""
    known = before.tokenizer.get_vocab()
    rows = []
    for number in range(len(tokens)):
        name = tokens.tokenizer.id_to_token(number)
        spelt = [known[name]] if name in known else before.tokenizer.encode(tokens.tokenizer.decode([number])).ids
        rows.append(embedding[spelt].mean(0))
    return torch.stack(rows)


def widened(weight: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    """Return a linear layer's weight with the new one's further rows, and zero in its further columns."""
    wide = new.clone()
    if new.ndim == 2:
        wide[:, weight.shape[1] :] = 0
        wide[: weight.shape[0], : weight.shape[1]] = weight
    else:
        wide[: len(weight)] = weight
    return wide


def take_over(network: Whisper, path: Path, tokens: Tokens) -> None:
    """Begin with an earlier training's weights; what it lacks adds nothing at first.

    Decoder layers that it lacks are put below the last.
    """
    if path.suffix == ".safetensors":
        theirs = {name: weight.float() for name, weight in load_file(path).items()}
    else:
        theirs = torch.load(path, map_location="cpu", weights_only=True)["ema"]
    last = max(int(name.split(".")[2]) for name in theirs if name.startswith("decoder.layers"))
    top, own = len(network.decoder.layers) - 1, network.state_dict()
    if (before := path.with_name("tokenizer.json")).exists():
        theirs[EMBEDDING] = translated(theirs[EMBEDDING], Tokens.read(before), tokens)
    renamed = {name.replace(f"decoder.layers.{last}.", f"decoder.layers.{top}."): w for name, w in theirs.items()}
    for name, weight in renamed.items():
        if name in own:
            own[name] = widened(weight, own[name]) if "fc" in name else weight
    for name in own:
        new = any(f"decoder.layers.{i}." in name for i in range(last, top))
        if new and any(part in name for part in ("out_proj", "fc2")):
            own[name] = torch.zeros_like(own[name])
    network.load_state_dict(own)
    for layer in (network.encoder.conv1, network.encoder.conv2):
        layer.requires_grad_(False)


def begin(plan: Plan, tokens: Tokens, start: Path | None, device: torch.device) -> State:
    """Return the state of the checkpoint, or a new one."""
    torch.manual_seed(plan.seed)
    network, average = Whisper(Shape(), len(tokens)), Whisper(Shape(), len(tokens))
    if start:
        take_over(network, start, tokens)
    average.load_state_dict(network.state_dict())
    network.to(device)
    average.to(device).requires_grad_(False).eval()
    optimizer = torch.optim.AdamW(groups(network, plan), lr=plan.rate, betas=(0.9, 0.98), fused=True)
    state = State(network, average, optimizer)
    if plan.checkpoint.exists():
        kept = torch.load(plan.checkpoint, map_location=device, weights_only=True)
        network.load_state_dict(kept["network"])
        average.load_state_dict(kept["average"])
        optimizer.load_state_dict(kept["optimizer"])
        state.step, state.seconds, state.heard = kept["counts"]
    return state


def save(state: State, plan: Plan) -> None:
    """Write the checkpoint; it is there whole or not at all."""
    kept = {
        "network": state.network.state_dict(),
        "average": state.average.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "counts": (state.step, state.seconds, state.heard),
    }
    torch.save(kept, plan.checkpoint.with_suffix(".part"))
    os.replace(plan.checkpoint.with_suffix(".part"), plan.checkpoint)
