"""What a watch does with the files of its folders: drafts them, purges their sound, says each thing once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from ..errors import ConsentMissing, EvenfallError, Refused, SourceRefused, StoreAway, Unready
from ..moments import due_in_words

if TYPE_CHECKING:
    from ..config import Settings
    from ..intake import Incoming, Rules, Stamps, Unusable, Wish
    from ..store import Store
    from ..types import Draft, Kind, Progress
    from ..workflow import Order

MINUTE: Final = 60.0  # seconds
KINDS: Final[tuple["Kind", ...]] = ("dictation", "session")

Around = tuple[object, ...]
Why = Literal["done", "person", "computer"]
Say = Callable[[Path, str | None, str], None]  # the file, its digest where it is known, a sentence


@dataclass(frozen=True)
class Left:
    """A file that was left where it is: how it and all around it looked then, when, and what may help.

    done: nothing is to be done; person: somebody must say, change or agree to something; computer: it was not ready.
    """

    stamps: "Stamps"
    around: Around
    why: Why
    at: float  # seconds, monotonic


@dataclass
class Watched:
    """The files of some folders, and what became of each."""

    store: "Store"
    settings: "Settings"
    rules: "Rules"
    folders: tuple[Path, ...]
    wish: "Wish"
    rest: "Order"
    say: Say
    progress: "Progress"
    left: dict[Path, Left] = field(default_factory=dict)
    told: dict[Path, str] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Say whether something besides the files themselves may help one that was left."""
        return any(left.why != "done" for left in self.left.values())

    @property
    def needing(self) -> int:
        """How many files wait for a person."""
        return sum(left.why == "person" for left in self.left.values())

    def look(self, complete: "dict[Path, Stamps]", now: float) -> bool:
        """Take each complete file that is new or changed, or was left for a reason which may be gone.

        Say whether there is anything new to tell.

        Raises:
            StoreAway: the rest is taken when this is called again.
        """
        from ..intake import Incoming, find

        self.left = {path: left for path, left in self.left.items() if path in complete}
        around = self._around()
        fresh = {path: stamps for path, stamps in complete.items() if self._is_fresh(path, stamps, around, now)}
        if not fresh:
            return False
        before = dict(self.told)
        try:
            for found in find(self.folders, self.wish, self.settings, fresh):
                why = self._take(found) if isinstance(found, Incoming) else self._left_alone(found)
                if found.path in fresh:
                    self.left[found.path] = Left(fresh[found.path], around, why, now)
        except SourceRefused as error:  # the calendar: nothing is known of any file
            self._tell(self.folders[0], None, f"{error.what} {error.next_step}")
        return self.told != before

    def _is_fresh(self, path: Path, stamps: "Stamps", around: Around, now: float) -> bool:
        left = self.left.get(path)
        if left is None or left.stamps != stamps:
            return True
        waited = now - left.at >= self.rules.watch.again_minutes * MINUTE
        return (left.why == "person" and left.around != around) or (left.why == "computer" and waited)

    def _around(self) -> Around:
        """Return what may help a file that waits for a person: consents, calendars, the rules."""
        from ..intake import surroundings

        consents = (one.digest for one in self.store.consents())
        return (*consents, *surroundings(self.folders, self.wish, self.settings.home, self.rules))

    def _left_alone(self, found: "Unusable") -> Why:
        self._tell(found.path, found.sha256, f"{found.what} {found.next_step}")
        return "person"

    def _take(self, found: "Incoming") -> Why:
        """Draft a file and purge its sound, or say why not; whatever goes wrong with one stops no other."""
        try:
            earlier = self._drafted_before(found)
            made = earlier or self._draft(found)
            self._finish(found, made, known=earlier is not None)
        except StoreAway:
            raise
        except EvenfallError as error:
            if isinstance(error, Refused) and not isinstance(error, ConsentMissing):  # that is on the chain already
                self.store.record(f"refused: {type(error).__name__}")
            self._tell(found.path, found.sha256, f"{error.what} {error.next_step}")
            return "computer" if isinstance(error, Unready) else "person"
        except Exception as error:  # its message may hold a client's words, its type does not
            self._tell(found.path, found.sha256, f"An error inside the program ({type(error).__name__}); left alone.")
            return "person"
        return "done"

    def _draft(self, found: "Incoming") -> "Draft":
        from .. import workflow
        from ..batch import ordered

        return workflow.draft_source(ordered(found, self.rest), self.store, self.settings, self.progress)

    def _drafted_before(self, found: "Incoming") -> "Draft | None":
        """Return the draft that these bytes have; nothing is opened for that.

        Raises:
            Refused: it is for another client, or of another kind, than is said of the file now.
        """
        from .. import workflow

        kinds = sorted(KINDS, key=lambda kind: kind != found.kind)
        each = (workflow.known_draft(found.sha256, kind, self.store) for kind in kinds)
        if made := next(filter(None, each), None):
            _demand_same(found, made)
        return made

    def _finish(self, found: "Incoming", made: "Draft", *, known: bool) -> None:
        """Purge the sound that a draft was made of; another file with the same content stays where it is."""
        from .. import workflow

        receipts = workflow.purge_drafted(made, found.path, self.store) if not self.rest.keep_source else ()
        line = f"drafted {'before ' if known else ''}as {made.digest[:8]}, {due_in_words(made.due_at, workflow.now())}"
        if receipts:
            line += f"; audio {receipts[-1].outcome}"
        elif known:
            line += "; this file is left alone"
        self._tell(found.path, found.sha256, f"{line}.")

    def _tell(self, path: Path, sha256: str | None, line: str) -> None:
        if self.told.get(path) != line:
            self.told[path] = line
            self.say(path, sha256, line)


def _demand_same(found: "Incoming", made: "Draft") -> None:
    """Return if a draft is what a file is said to be now.

    Raises:
        Refused: its client or its kind is another; which of the two is right, nobody here knows.
    """
    if found.client not in ("", made.client):
        other = "for another client"
    elif found.kind not in (None, made.kind):
        other = f"as a {made.kind}, not as a {found.kind}"
    else:
        return
    raise Refused(
        f"It has a draft {made.digest[:8]} {other}; the file is left as it is.",
        "If that draft is right, correct what says otherwise of the file; to draft it anew: evenfall draft --again.",
    )
