"""The training loop: one network, one plan by elapsed time, a checkpoint every few minutes."""

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader

from .check import Check
from .examples import Batch, Examples
from .loss import losses
from .network import Whisper
from .plan import Plan
from .state import State, begin, save
from .tokens import Tokens

TOLD_EVERY, LISTENED_EVERY = 100, 400  # steps
SAVED_EVERY, WROTE_EVERY = 180, 720  # seconds
KEEP = 0.998  # of the running average at each step, less at first


class Every:
    """Tells when so many seconds have passed again."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.last = seconds, time.monotonic()

    def __call__(self) -> bool:
        """Return whether it is time, and if so begin anew."""
        due = time.monotonic() - self.last > self.seconds
        self.last = time.monotonic() if due else self.last
        return due


def advance(state: State, batch: Batch, plan: Plan, progress: float) -> dict[str, float]:
    """Train on one batch; return the parts of the loss and the share of right tokens."""
    told = float(torch.rand(()).item() < plan.told_at(progress))
    share = 2 * plan.wrong * torch.rand(()).item()
    wrong = torch.rand(batch.tokens.shape, device=batch.tokens.device) < share
    others = torch.randint_like(batch.tokens, state.network.pieces)
    tokens = torch.where(wrong & (batch.tokens < state.network.pieces), others, batch.tokens)
    parts, right = losses(state.network, batch, tokens, told)
    loss = parts["text"] + plan.guidance_at(progress) * parts["looks"] + plan.phones * parts["phones"]
    loss.backward()
    nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    for group in state.optimizer.param_groups:
        group["lr"] = plan.rate_at(state.step, progress) * group["share"]
    state.optimizer.step()
    state.optimizer.zero_grad()
    state.step += 1
    state.heard += batch.mel.shape[0] * batch.mel.shape[2] / 100
    keep = min(KEEP, 1 - 1 / (state.step / 6 + 1))
    with torch.no_grad():
        for mine, theirs in zip(state.average.parameters(), state.network.parameters(), strict=True):
            mine.lerp_(theirs, 1 - keep)
    figures = {name: float(part.detach()) for name, part in parts.items()}
    return figures | {"right, told where" if told else "right": float(right.float().mean())}


def batches(plan: Plan, state: State, progress: torch.Tensor, device: torch.device) -> Iterator[Batch]:
    """Yield batches on the device without end; `progress` is shared with the processes that make them."""
    examples = Examples(plan.folder / "data", plan.tokenizer, progress, plan.budget, plan.seed + state.step)
    for batch in DataLoader(examples, batch_size=None, num_workers=plan.workers):
        yield batch.to(device)


def train(plan: Plan, start: Path | None) -> Whisper:
    """Train until the plan's minutes are over; return the running average of the weights, which is what is kept."""
    torch.set_num_threads(1)  # more wait for each other as soon as something else runs
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokens = Tokens.read(plan.tokenizer)
    state = begin(plan, tokens, start, device)
    check = Check.of(plan.folder / "held" / "held-0000.npz", tokens)
    whole, progress = plan.minutes * 60, torch.zeros(1).share_memory_()
    progress[0] = min(1.0, state.seconds / whole)
    feed, sums = batches(plan, state, progress, device), defaultdict[str, list[float]](list)
    save_due, write_due, last = Every(SAVED_EVERY), Every(WROTE_EVERY), time.monotonic()
    while state.seconds < whole:
        for name, value in advance(state, next(feed), plan, float(progress)).items():
            sums[name].append(value)
        now = time.monotonic()
        state.seconds, last = state.seconds + now - last, now
        progress[0] = min(1.0, state.seconds / whole)
        if state.step % TOLD_EVERY == 0:
            figures = ", ".join(f"{name} {sum(values) / len(values):.3f}" for name, values in sorted(sums.items()))
            sums.clear()
            print(f"{state.seconds / 60:.1f} min, step {state.step}, {state.heard / 3600:.2f} h heard: {figures}")
        if state.step % LISTENED_EVERY == 0:
            right, other = check.listening(state.average)
            print(f"  held out: right tokens {right:.3f}, with another's sound {other:.3f}")
        if save_due():
            save(state, plan)
        if write_due():
            score, wrote = check.errors(state.average, tokens)
            print(f"  held out, free writing: word error rate {score}; " + " | ".join(wrote[:4]))
    save(state, plan)
    print(f"trained, step {state.step}: word error rate {check.errors(state.average, tokens)[0]} of free writing")
    return state.average
