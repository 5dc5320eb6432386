"""The review in a terminal: walk the statements, touch what must be touched, answer what is asked, sign."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ..moments import due_in_words, local
from .asking import acknowledge, ask_questions, counted, edit, restore
from .desk import open_store
from .sitting import Desk, Stopped, add_statement, ask, choose, required

if TYPE_CHECKING:
    from ..config import Settings
    from ..types import Statement

KEYS = "k keep, e edit, d drop, s keep the rest of this section, b back, q stop"
ENTER = "Enter keeps what need not be looked at by itself, and goes on where you have decided"
OFFER_KEYS = f"t take the name that is offered, {KEYS}"


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

    settings = load_settings()
    with open_store(settings) as store:
        waiting = store.drafts()
        if draft is None and not waiting:
            raise NotFound("No draft waits for review.", "Make one with: evenfall draft SOURCE")
        chosen = store.draft(draft) if draft else waiting[0]
        desk = Desk.open(chosen, store)
        due = due_in_words(chosen.due_at, workflow.now())
        typer.echo(f"Draft {chosen.digest[:8]}, {chosen.kind}, client {chosen.client or 'not given'}, {due}.")
        try:
            _walk(desk)
            _sign(desk, name, credentials, settings)
        except Stopped:
            _stopped(desk)


def _stopped(desk: Desk) -> None:
    from .. import review

    items = len({item.target for item in review.untouched(desk.draft, desk.review)})
    waiting = len(review.undecided(desk.draft, desk.review))
    open_ = sum(question.severity == "must" for question in desk.questions())
    typer.echo(
        f"\nevenfall: Not signed. {waiting} statements are undecided, {items} must-touch items untouched, "
        f"{open_} questions must be answered or set aside. "
        f"Your decisions are kept.\nGo on with: evenfall review {desk.draft.digest[:8]}",
        err=True,
    )
    raise typer.Exit(3)


def _walk(desk: Desk) -> None:
    from .. import review
    from .show import dropped_line

    typer.echo(f"{KEYS}. {ENTER}.")
    for line in (*desk.draft.warnings, *map(dropped_line, desk.draft.dropped)):
        typer.echo(f"! {line}")
    order = [(section.title, statement) for section in desk.draft.sections for statement in section.statements]
    decided = desk.review.standing
    position = next((i for i, (_, s) in enumerate(order) if s.digest not in decided), len(order))
    if position:
        typer.echo(f"{position} of {len(order)} statements are decided already.")
    while position < len(order):
        position = _one(desk, order, position)
    restore(desk)
    for item in review.untouched(desk.draft, desk.review):
        acknowledge(desk, item)
    shown: set[str] = set()
    ask_questions(desk, shown)
    while category := ask("\nAdd a statement of your own? Its category, or Enter for none: "):
        if add_statement(desk, category):
            ask_questions(desk, shown)


def _one(desk: Desk, order: "list[tuple[str, Statement]]", position: int) -> int:
    """Show one statement and take a decision on it; return the position to go on from."""
    from .show import statement_lines

    title, statement = order[position]
    typer.echo(f"\n{position + 1} of {len(order)}  {title.upper()}")
    marks = desk.marks(statement.digest)
    typer.echo("\n".join(statement_lines(statement, "", bool(marks))))
    for mark in marks:
        typer.echo(f"       ! {mark.message}")
    standing = desk.review.standing.get(statement.digest)
    if standing:
        typer.echo(f"       You decided: {standing.action}{f', {standing.text}' if standing.text else ''}")
    offer = bool(statement.offer)
    answer = choose(f"keep, {'take the name, ' if offer else ''}edit, drop? [k/{'t/' if offer else ''}e/d/s/b/q] ")
    if not answer and standing:
        return position + 1
    plain = {"k": "keep", "keep": "keep", "d": "drop", "drop": "drop"} | ({} if marks else {"": "keep"})
    if offer:
        plain |= {"t": "take", "take": "take"}
    if answer in plain:
        desk.decide(action=plain[answer], target=statement.digest)
        return position + 1
    if answer in ("e", "edit"):
        return position + edit(desk, statement.digest)
    if answer == "s":
        return _rest_of_section(desk, order, position)
    if answer in ("b", "back"):
        return max(position - 1, 0)
    typer.echo(f"{OFFER_KEYS if offer else KEYS}.")
    return position


def _rest_of_section(desk: Desk, order: "list[tuple[str, Statement]]", position: int) -> int:
    """Keep what is undecided of a section, up to the next statement that must be looked at by itself."""
    title, decided = order[position][0], set(desk.review.standing)
    while position < len(order) and order[position][0] == title:
        target = order[position][1].digest
        if target not in decided:
            if desk.marks(target):
                break
            desk.decide(action="keep", target=target)
        position += 1
    if position < len(order) and order[position][0] == title:
        typer.echo("The next one must be looked at by itself.")
    return position


def _sign(desk: Desk, name: str | None, credentials: str | None, settings: "Settings") -> None:
    from .. import workflow
    from ..consent import NOT_KEPT
    from ..store.retention import quotes_in_words

    typer.echo("\nTHE NOTE AS IT WILL BE SIGNED")
    typer.echo("\n".join(_note_lines(desk)))
    typer.echo(quotes_in_words(settings) if workflow.may_keep_quotes(desk.draft, desk.store) else NOT_KEPT)
    name = (name or "").strip() or required("Your name: ")
    credentials = (credentials or "").strip() or required("Your title and credentials: ")
    typer.echo("\n".join(_open_lines(desk, name, credentials)))
    if ask(f"Sign as {name}, {credentials}? Type sign: ").casefold() != "sign":
        raise Stopped
    learn, keep = settings.draft.learn_style, settings.retention.keep_quotes
    note, receipts = workflow.sign(
        desk.draft, desk.review, name, credentials, desk.store, learn=learn, keep_quotes=keep
    )
    typer.echo(f"Signed {local(note.signature.at)}. Note {note.digest[:8]} is saved; draft and transcript are gone.")
    for receipt in receipts:
        typer.echo(f"Source audio, recording {receipt.recording[:8]}: {receipt.outcome}, {local(receipt.at)}.")
    typer.echo(f"Show it with: evenfall notes show {note.digest[:8]}")


def _note_lines(desk: Desk) -> Iterator[str]:
    """Yield the note as it would be signed, the goals that it bears on, and what is worded like another note."""
    from .. import review, workflow
    from .show import detail_text, goal_lines, likeness_lines

    details = review.details(desk.draft, desk.review)
    if details:
        yield f"Session: {'; '.join(map(detail_text, details))}"
    sections = review.apply(desk.draft, desk.review)
    for section in sections:
        yield section.title.upper()
        yield from (f"  {statement.text}" for statement in section.statements)
        yield from (f"  {name.capitalize()}: not addressed." for name in section.not_addressed)
    yield from goal_lines(review.goals(desk.draft, desk.review))
    texts = {statement.digest: statement.text for section in sections for statement in section.statements}
    yield from likeness_lines(workflow.likenesses(desk.draft, desk.review, desk.store), texts)


def _open_lines(desk: Desk, name: str, credentials: str) -> Iterator[str]:
    """Yield what is still asked of the note under this signature."""
    from .. import workflow
    from ..types import Signature
    from .show import question_lines

    signature = Signature(name=name, credentials=credentials, at=workflow.now())
    waiting = desk.questions(signature)
    if waiting:
        yield f"\nSTILL OPEN: {counted(waiting)}"
        texts = {statement.digest: statement.text for statement in desk.draft.statements()}
        for question in waiting:
            yield from question_lines(question, texts)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(review)
