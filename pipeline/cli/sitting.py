"""One sitting at a draft in a terminal: what was decided is kept at once, and can be gone on with at any time."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ..store import Store
    from ..types import Category, Draft, MustTouch, Question, Review, Signature

STOP = ("q", "quit")


class Stopped(Exception):
    """The clinician stopped; every decision up to here is kept."""


@dataclass
class Desk:
    """One draft under review; each decision is kept in the store as soon as it is made."""

    draft: "Draft"
    review: "Review"
    store: "Store"

    @classmethod
    def open(cls, draft: "Draft", store: "Store") -> "Desk":
        """Return the draft with its review, begun now if it was not; a decision in another window is then noticed."""
        from .. import workflow

        return cls(draft, workflow.begin_review(draft, store), store)

    def decide(self, *asked: "Question", **fields: object) -> None:
        """Make one decision and keep it; `asked` is the question that it is about.

        Raises:
            Refused: an answer is no date, time or number of minutes where it must be one.
            Outdated: the draft was changed in another window since; this decision is not kept.
        """
        from .. import review, workflow
        from ..types import Decision

        decision: Decision = Decision.model_validate({**fields, "at": workflow.now()})
        changed = review.decide(self.draft, self.review, decision, asked)
        self.store.keep_review(changed, over=self.review.digest)
        self.review = changed

    def marks(self, target: str) -> "list[MustTouch]":
        """Return why this target must be touched."""
        return [item for item in self.draft.must_touch if item.target == target]

    def questions(self, signature: "Signature | None" = None) -> "tuple[Question, ...]":
        """Return what is open on the note as it would be now, the gravest first."""
        from .. import workflow

        return workflow.questions(self.draft, self.review, self.store, signature)

    def section(self, category: "Category", wanted: str = "") -> str:
        """Return the key of the section that takes a statement of this category; the wanted one, if there is one."""
        from .. import workflow

        if wanted in {section.key for section in self.draft.sections}:
            return wanted
        return workflow.section_for(self.draft, category, self.store.home)


def ask(prompt: str, prefill: str = "") -> str:
    """Read one line; at a terminal the line starts with `prefill` so that it can be edited.

    Raises:
        Stopped: no more can be read.
    """
    try:
        with _begun(prefill if sys.stdin.isatty() else ""):
            return input(prompt).strip()
    except EOFError:
        raise Stopped from None


@contextmanager
def _begun(prefill: str) -> Iterator[None]:
    """Have the lines that are read in the block begin with these words, where a line can be begun for somebody."""
    if not prefill or sys.platform == "win32":
        yield
        return
    import readline

    hook: Callable[[Callable[[], None] | None], None] = readline.set_startup_hook
    hook(lambda: readline.insert_text(prefill))
    try:
        yield
    finally:
        hook(None)


def required(prompt: str) -> str:
    """Read one line that may not be empty."""
    while not (answer := ask(prompt)):
        typer.echo("This is needed.")
    return answer


def choose(prompt: str) -> str:
    """Read one key in small letters; stop where it says so.

    Raises:
        Stopped: q, or no more can be read.
    """
    answer = ask(prompt).casefold()
    if answer in STOP:
        raise Stopped
    return answer


def add_statement(desk: Desk, category: str) -> bool:
    """Take a statement of the clinician's own into the section that takes its category; say whether there is one."""
    from ..types import CATEGORIES

    for known in CATEGORIES:
        if known == category:
            section = desk.section(known)  # before anything is typed: what is wrong with it costs no words
            text = ask("Your statement: ")
            if text:
                desk.decide(action="add", target=section, text=text, category=known)
            return bool(text)
    typer.echo(f"The categories are: {', '.join(CATEGORIES)}.")
    return False
