"""The review in a terminal: walk the statements, touch what must be touched, sign."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from .desk import due_in_words, local, open_store

if TYPE_CHECKING:
    from ..store import Store
    from ..types import Draft, MustTouch, Review, Statement

KEYS = "Enter or k keep, e edit, d drop, s keep the rest of this section, b back, q stop"


class Stopped(Exception):
    """The clinician stopped; every decision up to here is kept."""


@dataclass
class Desk:
    """One draft under review; each decision is kept in the store as soon as it is made."""

    draft: "Draft"
    review: "Review"
    store: "Store"

    def decide(self, **fields: object) -> None:
        """Make one decision and keep it."""
        from .. import review, workflow
        from ..types import Decision

        decision: Decision = Decision.model_validate({**fields, "at": workflow.now()})
        self.review = review.decide(self.draft, self.review, decision)
        self.store.keep_review(self.review)

    def marks(self, target: str) -> "list[MustTouch]":
        """Return why this target must be touched."""
        return [item for item in self.draft.must_touch if item.target == target]


def ask(prompt: str, prefill: str = "") -> str:
    """Read one line; at a terminal the line starts with `prefill` so that it can be edited."""
    hook: Callable[[Callable[[], None] | None], None] | None = None
    if prefill and sys.stdin.isatty():
        import readline

        hook = readline.set_startup_hook
        hook(lambda: readline.insert_text(prefill))
    try:
        return input(prompt).strip()
    except EOFError:
        raise Stopped from None
    finally:
        if hook:
            hook(None)


def review(
    draft: Annotated[str | None, typer.Argument(help="The draft; without it, the most urgent one.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="In the terminal, line by line.")] = True,
    name: Annotated[str | None, typer.Option(help="Your name as it will stand under the note.")] = None,
    credentials: Annotated[str | None, typer.Option(help="Your title and credentials.")] = None,
) -> None:
    """Read a draft against its evidence, correct it, sign it. You can stop at any point and go on later."""
    from .. import workflow
    from ..config import load_settings
    from ..errors import NotFound

    with open_store(load_settings()) as store:
        waiting = store.drafts()
        if draft is None and not waiting:
            raise NotFound("No draft waits for review.", "Make one with: evenfall draft SOURCE")
        chosen = store.draft(draft) if draft else waiting[0]
        desk = Desk(chosen, workflow.start_review(chosen, store, store.actor), store)
        due = due_in_words(chosen.due_at, workflow.now())
        typer.echo(f"Draft {chosen.digest[:8]}, {chosen.kind}, client {chosen.client or 'not given'}, {due}.")
        try:
            _walk(desk)
            _sign(desk, name, credentials)
        except Stopped:
            _stopped(desk)


def _stopped(desk: Desk) -> None:
    from .. import review

    items = len({item.target for item in review.untouched(desk.draft, desk.review)})
    waiting = len(review.undecided(desk.draft, desk.review))
    typer.echo(
        f"\nevenfall: Not signed. {waiting} statements are undecided, {items} must-touch items untouched. "
        f"Your decisions are kept.\nGo on with: evenfall review {desk.draft.digest[:8]}",
        err=True,
    )
    raise typer.Exit(3)


def _walk(desk: Desk) -> None:
    from .. import review

    typer.echo(f"{KEYS}.")
    order = [(section.title, statement) for section in desk.draft.sections for statement in section.statements]
    decided = review.standing(desk.review)
    position = next((i for i, (_, s) in enumerate(order) if s.digest not in decided), len(order))
    if position:
        typer.echo(f"{position} of {len(order)} statements are decided already.")
    while position < len(order):
        position = _one(desk, order, position)
    for item in review.untouched(desk.draft, desk.review):
        _acknowledge(desk, item)
    for question in desk.draft.questions:
        typer.echo(f"\n? {question.text}  [{question.citation}]")
    while category := ask("\nAdd a statement of your own? Its category, or Enter for none: "):
        _add(desk, category)


def _one(desk: Desk, order: "list[tuple[str, Statement]]", position: int) -> int:
    """Show one statement and take a decision on it; return the position to go on from."""
    from .show import statement_lines

    title, statement = order[position]
    typer.echo(f"\n{position + 1} of {len(order)}  {title.upper()}")
    marks = desk.marks(statement.digest)
    typer.echo("\n".join(statement_lines(statement, "", bool(marks))))
    for mark in marks:
        typer.echo(f"       ! {mark.message}")
    answer = ask("keep, edit, drop? [k/e/d/s/b/q] ").casefold()
    if answer in ("", "k", "keep"):
        desk.decide(action="keep", target=statement.digest)
    elif answer in ("e", "edit"):
        text = ask("New words: ", prefill=statement.text)
        if not text:
            return position
        desk.decide(action="edit", target=statement.digest, text=text)
    elif answer in ("d", "drop"):
        desk.decide(action="drop", target=statement.digest)
    elif answer == "s":
        return _rest_of_section(desk, order, position)
    elif answer in ("b", "back"):
        return max(position - 1, 0)
    elif answer in ("q", "quit"):
        raise Stopped
    else:
        typer.echo(f"{KEYS}.")
        return position
    return position + 1


def _rest_of_section(desk: Desk, order: "list[tuple[str, Statement]]", position: int) -> int:
    """Keep the rest of a section up to the next statement that must be looked at by itself."""
    title = order[position][0]
    while position < len(order) and order[position][0] == title and not desk.marks(order[position][1].digest):
        desk.decide(action="keep", target=order[position][1].digest)
        position += 1
    if position < len(order) and order[position][0] == title:
        typer.echo("The next one must be looked at by itself.")
    return position


def _acknowledge(desk: Desk, item: "MustTouch") -> None:
    typer.echo(f"\n! {item.message}")
    while True:
        answer = ask("Confirm (c), or type a statement (t)? [c/t/q] ").casefold()
        if answer in ("q", "quit"):
            raise Stopped
        if answer in ("c", "confirm"):
            return desk.decide(action="acknowledge", target=item.target)
        if answer in ("t", "type"):
            category = item.target.partition(":")[2] if item.reason == "not addressed" else ask("Its category: ")
            if _add(desk, category):
                if item.reason != "not addressed":
                    desk.decide(action="acknowledge", target=item.target)
                return None


def _add(desk: Desk, category: str) -> bool:
    """Take a statement of the clinician's own into the section that takes its category."""
    from ..draft import load_format
    from ..types import CATEGORIES

    if category not in CATEGORIES:
        typer.echo(f"The categories are: {', '.join(CATEGORIES)}.")
        return False
    text = ask("Your statement: ")
    if not text:
        return False
    form = load_format(desk.draft.format.split("@")[0])
    section = form.sections[form.place(category, observed=False)[0]].key
    desk.decide(action="add", target=section, text=text, category=category)
    return True


def _sign(desk: Desk, name: str | None, credentials: str | None) -> None:
    from .. import review, workflow

    typer.echo("\nTHE NOTE AS IT WILL BE SIGNED")
    for section in review.apply(desk.draft, desk.review):
        typer.echo(section.title.upper())
        typer.echo("\n".join(_lines(section.statements, section.not_addressed)))
    name = name or _required("Your name: ")
    credentials = credentials or _required("Your title and credentials: ")
    if ask(f"Sign as {name}, {credentials}? Type sign: ").casefold() != "sign":
        raise Stopped
    note, receipts = workflow.sign(desk.draft, desk.review, name, credentials, desk.store)
    typer.echo(f"Signed {local(note.signature.at)}. Note {note.digest[:8]} is saved; draft and transcript are gone.")
    for receipt in receipts:
        typer.echo(f"Source audio, recording {receipt.recording[:8]}: {receipt.outcome}, {local(receipt.at)}.")
    typer.echo(f"Show it with: evenfall notes show {note.digest[:8]}")


def _lines(statements: "tuple[Statement, ...]", not_addressed: tuple[str, ...]) -> Iterator[str]:
    yield from (f"  {statement.text}" for statement in statements)
    yield from (f"  {name.capitalize()}: not addressed." for name in not_addressed)


def _required(prompt: str) -> str:
    while not (answer := ask(prompt)):
        typer.echo("This is needed to sign.")
    return answer


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(review)
