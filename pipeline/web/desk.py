"""One draft under review, as a page sees it: each decision is kept at once, and never over another window's."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, Self

from .. import review, workflow
from ..errors import Outdated
from ..store import Store
from ..types import Decision, Draft, Review, Seconds, Transcript

PAUSE: Final[Seconds] = 120.0  # between two decisions, from which on the clinician was elsewhere


@dataclass(frozen=True)
class Desk:
    """A draft and its review; `seen` is what a page must hand back so that its decision counts."""

    store: Store
    draft: Draft
    review: Review

    @classmethod
    def open(cls, store: Store, prefix: str, *, begin: bool = True) -> Self:
        """Return the draft with its review, begun now if it was not; who only reads does not `begin` it.

        Raises:
            NotFound: there is no such draft.
        """
        draft = store.draft(prefix)
        begun = workflow.begin_review(draft, store) if begin else workflow.start_review(draft, store, store.actor)
        return cls(store, draft, begun)

    @property
    def seen(self) -> str:
        """The review's digest: a page made from this review hands it back."""
        return self.review.digest

    @property
    def edits(self) -> int:
        """How many statements stand in other words, were added, or dropped."""
        return len({d.target for d in self.review.decisions if d.action in ("edit", "add", "quote", "drop", "take")})

    @property
    def seconds(self) -> Seconds:
        """How long was worked on it: the times between decisions, without those in which nobody was there."""
        times = [self.review.started_at, *(decision.at for decision in self.review.decisions)]
        return sum(min((later - earlier).total_seconds(), PAUSE) for earlier, later in pairwise(times))

    @property
    def time_spent(self) -> str:
        """The same in words."""
        minutes, seconds = divmod(round(self.seconds), 60)
        return f"{minutes} min {seconds} s"

    def transcript(self) -> Transcript:
        """Return what was said."""
        return self.store.transcript(self.draft.transcript)

    def decide(self, seen: str, *, goes_on: bool = False, **fields: Any) -> Self:
        """Make one decision and keep it; return the desk as it is then.

        Where it `goes_on`, a decision on the same target that was the last one is replaced: words being typed.

        Raises:
            Outdated: the page shows another review than the one kept.
            NotFound: the draft has no such target.
        """
        self.demand(seen)
        text = {"text": fields["text"].replace("\r\n", "\n")} if fields.get("text") else {}  # as forms send lines
        decision = Decision.model_validate({**fields, **text, "at": workflow.now()})
        earlier = self.review.decisions
        if decision.action == "edit" and earlier and earlier[-1].replace(at=decision.at) == decision:
            return self  # kept while it was typed
        if goes_on and earlier and (earlier[-1].action, earlier[-1].target) == (decision.action, decision.target):
            earlier = earlier[:-1]
        of_question = decision.action in ("answer", "set aside")
        asked = workflow.questions(self.draft, self.review, self.store) if of_question else ()
        return self._kept(review.decide(self.draft, self.review.replace(decisions=earlier), decision, asked))

    def remember(self, seen: str, recalled: str) -> Self:
        """Keep what is remembered of the session, written before the draft was shown.

        Raises:
            Outdated: the page shows another review than the one kept.
        """
        self.demand(seen)
        return self._kept(self.review.replace(recalled=recalled))

    def undo(self, seen: str) -> Self:
        """Take the last decision back, if there is one.

        Raises:
            Outdated: the page shows another review than the one kept.
        """
        self.demand(seen)
        return self._kept(review.undo(self.review))

    def redo(self, seen: str) -> Self:
        """Make the decision again that was taken back last, if there is one.

        Raises:
            Outdated: the page shows another review than the one kept.
        """
        self.demand(seen)
        return self._kept(review.redo(self.review))

    def demand(self, seen: str) -> None:
        """Refuse what comes from a page that shows another review than the one kept.

        Raises:
            Outdated: it does.
        """
        if seen != self.seen:
            raise _outdated()

    def _kept(self, changed: Review) -> Self:
        if changed.digest == self.seen:
            return self
        self.store.keep_review(changed, over=self.seen)
        return replace(self, review=changed)


def _outdated() -> Outdated:
    step, safe = (
        "Copy what you typed here, then reload the page.",
        "What the other window decided is kept; this is not.",
    )
    return Outdated("This draft was changed in another window.", step, safe=safe)
