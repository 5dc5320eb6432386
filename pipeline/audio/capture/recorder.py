"""From the first word to the end: what the microphone hears goes into a sealed spool, except what is off the record.

The recording's own time counts only what is kept; whatever is not leaves a note of its moment and length.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from ...errors import MicrophoneFault, StoreAway
from ...types import SAMPLE_RATE, Seconds
from ..spool import Noted, Spool
from .gate import Gate
from .microphone import Block, Microphone
from .pace import Missed, Pace, slept
from .resample import Resampler, Samples

Phase = Literal["waiting", "recording", "paused", "off the record", "microphone lost"]
Why = Literal["asked", "silence", "longest", "microphone lost", "consent not enough"]
Command = Literal["end", "pause", "mark", "off"]

TICK: Final = 0.1  # seconds to wait for sound before looking at the keys again
SEALED_EVERY: Final = 0.5  # seconds of sound that a kill may cost, with what the device holds: together under a second
CHECKED_EVERY: Final = 2.0  # seconds between two looks at whether consent still stands
RETRIED_EVERY: Final = 1.0  # seconds between two tries to find a lost microphone
LEAST_SPOKEN: Final = 1.0  # seconds of voice without which a dictation does not end by silence
ASLEEP: Final = 5.0  # seconds of the computer's sleep that are not worth a word
AFTER: Final = 0.1  # seconds dropped, besides the device's own delay, when what is said is on the record again
OVERRUNS_APART: Final = 5.0  # seconds within which lost samples are told once
AWAY: Final[dict[Command, Phase]] = {"pause": "paused", "off": "off the record"}
STILL: Final[dict[Phase, str]] = {
    "paused": "Still paused.",
    "off the record": "Still off the record.",
    "microphone lost": "Still waiting for the microphone to come back ...",
}


@dataclass(frozen=True)
class Wish:
    """How to record: `hands_free` starts at the first word and ends with `silence`."""

    hands_free: bool
    before: Seconds
    silence: Seconds
    lost: Seconds
    longest: Seconds


@dataclass(frozen=True)
class State:
    """What is to be shown: the seconds kept so far, and the loudness in dB of full scale."""

    phase: Phase
    seconds: Seconds
    level: float


@dataclass(frozen=True)
class Ended:
    """How a recording ended, what is kept of it (None: it never began), and how often samples were lost."""

    why: Why
    seconds: Seconds
    spool: Spool | None
    overruns: int


class Desk(Protocol):
    """The person at the computer."""

    def command(self) -> Command | None:
        """Return what they want next, at once."""
        ...

    def show(self, state: State) -> None:
        """Show how it stands."""
        ...

    def say(self, line: str) -> None:
        """Tell them something."""
        ...


class Recorder:
    """Records once. `begin` makes the spool when there is something to keep; `demand` raises once it may not go on."""

    def __init__(
        self,
        microphone: Microphone,
        begin: Callable[[], Spool],
        wish: Wish,
        desk: Desk,
        demand: Callable[[], None],
    ) -> None:
        self.spool: Spool | None = None
        self._microphone, self._begin, self._wish, self._desk, self._demand = microphone, begin, wish, desk, demand
        self._resampler = Resampler(microphone.rate, microphone.channels)
        self._gate, self._level = Gate(), -100.0
        self._phase: Phase = "waiting"
        self._pending, self._before = bytearray(), bytearray()
        self._samples = self._skip = self._overruns = 0
        self._gap: tuple[Phase, Seconds, Seconds] | None = None  # what, since when, where in the recording
        self._wishes: list[Phase] = []  # why somebody wants nothing kept; what was asked for last comes last
        self._deaf = False  # the microphone is gone, and not back yet
        self._checked = self._tried = self._heard = self._deaf_since = time.monotonic()
        self._pace, self._slept = Pace(), slept()
        self._unasked = False  # the last look at consent got no answer
        self._overrun_at = -OVERRUNS_APART
        self._why: Why | None = None

    @property
    def seconds(self) -> Seconds:
        """How much is kept so far."""
        return self._samples / SAMPLE_RATE

    def run(self) -> Ended:
        """Record until it is asked to end, silence, the longest length, or a microphone that does not come back.

        Raises:
            ConsentMissing: `demand` said so; nothing further was kept, what was is for the caller to `end` or purge.
            StoreFault: the disk is full or failing; what was kept until then is there.
        """
        if not self._wish.hands_free:
            self._start()
        while self._why is None:
            self._obey(self._desk.command())
            block = self._microphone.read(TICK)
            if self._deaf:
                self._seek()
            elif block is not None:
                self._take(block)
            elif self._phase in ("waiting", "recording") and self._microphone.lost:
                self._lose()
            self._check()
            self._desk.show(State(self._phase, self.seconds, self._level))
        return self.end(self._why)

    def _obey(self, command: Command | None) -> None:
        if command == "end":
            self._why = "asked"
        elif command == "mark" and self.spool:
            self._desk.say("Marked.")
            self._note(Noted(what="marked", at=self.seconds))
        elif command in AWAY:
            self._ask_for(AWAY[command])

    def _ask_for(self, wish: Phase) -> None:
        """Take a wish that nothing be kept, or take it back where it stands: each ends by its own key alone."""
        if wish not in self._wishes:
            self._wishes.append(wish)
            self._turn()
            return
        self._wishes.remove(wish)
        self._turn()
        if self._phase in STILL:
            self._desk.say(STILL[self._phase])

    def _turn(self) -> None:
        """Go over to the phase that is due: what somebody wants comes before what the microphone does."""
        due = self._wishes[-1] if self._wishes else "microphone lost" if self._deaf else None
        if due is None:
            self._go_on()
        elif due != self._phase:
            self._open_gap(due, time.monotonic())

    def _open_gap(self, phase: Phase, since: Seconds) -> None:
        """Keep nothing from now on; what was said before is sealed, what the queue holds from now is not."""
        if self._phase == "recording":
            self._add(self._resampler.flush().tobytes())
            self._miss(self._pace.rest())
        self._before = bytearray()
        self._close_gap()
        self._seal()
        self._deaf_since = time.monotonic()
        self._phase, self._gap = phase, (phase, since, self.seconds)
        self._note(_noted(phase, self.seconds, None))

    def _go_on(self) -> None:
        """Keep what is said from now on; what was said until this moment and is still on its way stays away."""
        self._close_gap()
        still = self._microphone.drain() + AFTER
        self._skip = int(still * self._microphone.rate) * 2 * self._microphone.channels
        self._resampler = Resampler(self._microphone.rate, self._microphone.channels)
        self._pace, self._heard = Pace(), time.monotonic()
        self._phase = "recording" if self.spool else "waiting"

    def _close_gap(self) -> None:
        if self._gap:
            phase, since, at = self._gap
            self._note(_noted(phase, at, time.monotonic() - since))
        self._gap = None

    def _take(self, block: Block) -> None:
        self._heard = block.came
        samples = block.samples[self._skip :]
        self._skip = max(0, self._skip - len(block.samples))
        if self._phase not in ("waiting", "recording"):
            return
        if block.overran:
            self._overran()
        self._awake()
        self._miss(self._pace.hear(block.came, self._length(block), self.seconds))
        if samples:
            self._keep(self._resampler.take(samples))

    def _keep(self, samples: Samples) -> None:
        if not len(samples):
            return
        self._level = self._gate.hear(samples)
        if self._phase == "waiting":
            self._before += samples.tobytes()
            del self._before[: max(0, len(self._before) - self._bytes(self._wish.before))]
            if self._gate.open:
                self._start()
            return
        self._add(samples.tobytes())
        if self._wish.hands_free and self._gate.silent >= self._wish.silence and self._gate.spoken >= LEAST_SPOKEN:
            self._why = "silence"
        elif self.seconds >= self._wish.longest:
            self._why = "longest"

    def _start(self) -> None:
        self.spool, self._phase = self._begin(), "recording"
        before, self._before = bytes(self._before), bytearray()
        self._add(before)

    def _add(self, samples: bytes) -> None:
        self._pending += samples
        self._samples += len(samples) // (2 * self._microphone.channels)
        if len(self._pending) >= self._bytes(SEALED_EVERY):
            self._seal()

    def _seal(self) -> None:
        if self.spool and self._pending:
            self.spool.append(bytes(self._pending))
        self._pending = bytearray()

    def _note(self, noted: Noted) -> None:
        if self.spool:
            self._seal()
            self.spool.note(noted)

    def _overran(self) -> None:
        self._overruns += 1
        if self.seconds - self._overrun_at >= OVERRUNS_APART:
            self._overrun_at = self.seconds
            self._note(Noted(what="overrun", at=self.seconds))

    def _awake(self) -> None:
        """Note when the computer slept."""
        asleep = slept() - self._slept
        if asleep > ASLEEP:
            self._desk.say("The computer was asleep; the recording goes on.")
            self._note(Noted(what="asleep", at=self.seconds, seconds=asleep))
        self._slept += max(0.0, asleep)

    def _miss(self, missed: Missed | None) -> None:
        """Note sound that never came, though the microphone was there."""
        if missed and self.spool:
            self._desk.say("No sound came for a while; the recording goes on, and the draft says where.")
            self._note(Noted(what="overrun", at=missed.at, seconds=missed.seconds))

    def _lose(self) -> None:
        """Wait for the microphone; it is gone since the last of its sound."""
        self._desk.say("The microphone is gone. What was heard is kept; waiting for it to come back ...")
        self._tried, self._deaf = time.monotonic(), True
        self._open_gap("microphone lost", self._heard)

    def _seek(self) -> None:
        """Try to open the microphone again."""
        now = time.monotonic()
        if self._phase == "microphone lost" and now - self._deaf_since > self._wish.lost:
            self._why = "microphone lost"
        elif now - self._tried >= RETRIED_EVERY:
            self._tried = now
            try:
                self._microphone.reopen()
            except MicrophoneFault:
                return
            self._deaf = False
            waits = STILL[self._wishes[-1]] if self._wishes else "The recording goes on."
            self._desk.say(f"The microphone is back. {waits}")
            self._turn()

    def _check(self) -> None:
        if time.monotonic() - self._checked >= CHECKED_EVERY:
            self._checked = time.monotonic()
            self._ask()

    def _ask(self) -> None:
        """Ask whether it may go on; where nobody answers, what is heard is sealed and the next look asks again."""
        try:
            self._demand()
        except StoreAway as error:
            if not self._unasked:
                self._desk.say(f"{error.what} The recording goes on, sealed; consent is looked at once it answers.")
            self._unasked = True
        else:
            self._unasked = False

    def end(self, why: Why) -> Ended:
        """Seal what was heard until now, and that nothing follows."""
        if self._phase == "recording":
            self._add(self._resampler.flush().tobytes())
            self._miss(self._pace.rest())
        self._close_gap()
        self._seal()
        if self.spool:
            self.spool.finish()
        return Ended(why, self.seconds, self.spool, self._overruns)

    def _length(self, block: Block) -> Seconds:
        return len(block.samples) / (2 * self._microphone.channels * self._microphone.rate)

    def _bytes(self, seconds: Seconds) -> int:
        return int(seconds * SAMPLE_RATE) * 2 * self._microphone.channels


def _noted(phase: Phase, at: Seconds, seconds: Seconds | None) -> Noted:
    return Noted.model_validate({"what": phase, "at": at, "seconds": seconds})
