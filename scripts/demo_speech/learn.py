"""The training loop: one network, one plan by elapsed time, a checkpoint every few minutes.

On a CPU several processes train at once, each with one thread and with batches of its own; threads within one process
wait for each other at every layer, and a network this small has little to share out there. The processes hold the same
weights all the time: they begin alike and average their gradients at every step.
"""

import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import distributed, multiprocessing, nn
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


class Team:
    """The processes that train together: this one's `rank`, and the sum of some numbers over all of them."""

    def __init__(self, rank: int, count: int, meeting: Path) -> None:
        self.rank, self.count = rank, count
        if count > 1:
            distributed.init_process_group("gloo", f"file://{meeting}", rank=rank, world_size=count)

    def agree(self, network: nn.Module, own: list[float]) -> list[float]:
        """Give every process the mean of their gradients; return the sums of the numbers that each brings."""
        if self.count == 1:
            return own
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        flat = torch.cat([*(gradient.flatten() for gradient in gradients), torch.tensor(own)])
        distributed.all_reduce(flat)
        means = (flat[: -len(own)] / self.count).split([gradient.numel() for gradient in gradients])
        for gradient, mean in zip(gradients, means, strict=True):
            gradient.copy_(mean.view_as(gradient))
        return [float(number) for number in flat[-len(own) :]]


def advance(state: State, batch: Batch, plan: Plan, team: Team, seconds: float) -> dict[str, float]:
    """Train on one batch; return the parts of the loss and the share of right tokens.

    `seconds` is what has passed for the first process since the last step; all go by its clock.
    """
    progress = state.seconds / (plan.minutes * 60)
    told = float(torch.rand(()).item() < plan.told_at(progress))
    share = 2 * plan.wrong * plan.changed_at(progress) * torch.rand(()).item()
    wrong = torch.rand(batch.tokens.shape, device=batch.tokens.device) < share
    others = torch.randint_like(batch.tokens, state.network.pieces)
    tokens = torch.where(wrong & (batch.tokens < state.network.pieces), others, batch.tokens)
    parts, right = losses(state.network, batch, tokens, told)
    loss = parts["text"] + plan.guidance_at(progress) * parts["looks"] + plan.phones * parts["phones"]
    loss.backward()
    heard = batch.mel.shape[0] * batch.mel.shape[2] / 100
    passed, heard = team.agree(state.network, [seconds if team.rank == 0 else 0.0, heard])
    nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    for group in state.optimizer.param_groups:
        group["lr"] = plan.rate_at(state.step, progress) * group["share"]
    state.optimizer.step()
    state.optimizer.zero_grad()
    state.step += 1
    state.heard += heard
    state.seconds += passed
    keep = min(KEEP, 1 - 1 / (state.step / 6 + 1))
    with torch.no_grad():
        for mine, theirs in zip(state.average.parameters(), state.network.parameters(), strict=True):
            mine.lerp_(theirs, 1 - keep)
    figures = {name: float(part.detach()) for name, part in parts.items()}
    return figures | {"right, told where" if told else "right": float(right.float().mean())}


def batches(plan: Plan, seed: int, manner: torch.Tensor, device: torch.device) -> Iterator[Batch]:
    """Yield batches on the device without end; `manner` is shared with the processes that make them."""
    examples = Examples(plan.folder / "data", plan.tokenizer, manner, plan.budget, seed)
    for batch in DataLoader(examples, batch_size=None, num_workers=plan.workers):
        yield batch.to(device)


def run(rank: int, plan: Plan, start: Path | None, meeting: Path) -> State:
    """Train until the plan's minutes are over, as one of its trainers; the first tells, checks and saves."""
    torch.set_num_threads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokens, team = Tokens.read(plan.tokenizer), Team(rank, plan.trainers, meeting)
    state = begin(plan, tokens, start, device)
    torch.manual_seed(plan.seed + 1000 * rank + state.step)
    check = Check.of(sorted((plan.folder / "held").glob("*.npz")), tokens) if rank == 0 else None
    whole, manner = plan.minutes * 60, torch.zeros(2).share_memory_()
    feed, sums = (
        batches(plan, plan.seed + state.step + 100_000 * rank, manner, device),
        defaultdict[str, list[float]](list),
    )
    save_due, write_due, last = Every(SAVED_EVERY), Every(WROTE_EVERY), time.monotonic()
    while state.seconds < whole:
        manner[0], manner[1] = plan.hard_at(state.seconds / whole), plan.changed_at(state.seconds / whole)
        batch, now = next(feed), time.monotonic()
        figures = advance(state, batch, plan, team, now - last)
        last = now
        if check is None:
            continue
        for name, value in figures.items():
            sums[name].append(value)
        if state.step % TOLD_EVERY == 0:
            told = ", ".join(f"{name} {sum(values) / len(values):.3f}" for name, values in sorted(sums.items()))
            sums.clear()
            print(f"{state.seconds / 60:.1f} min, step {state.step}, {state.heard / 3600:.2f} h heard: {told}")
        if state.step % LISTENED_EVERY == 0:
            right, other = check.listening(state.average)
            print(f"  held out: right tokens {right:.3f}, with another's sound {other:.3f}")
        if save_due():
            save(state, plan)
        if write_due():
            for voice, (score, wrote) in check.errors(state.average, tokens).items():
                print(f"  held out, {voice}, free writing: word error rate {score}; " + " | ".join(wrote[:3]))
    if rank == 0:
        save(state, plan)
    return state


def train(plan: Plan, start: Path | None) -> Whisper:
    """Train until the plan's minutes are over; return the running average of the weights, which is what is kept."""
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder, "meeting")
        others = [
            multiprocessing.get_context("spawn").Process(target=run, args=(rank, plan, start, meeting), daemon=True)
            for rank in range(1, plan.trainers)
        ]
        for other in others:
            other.start()
        state = run(0, plan, start, meeting)
        for other in others:
            other.join()
    return state.average
