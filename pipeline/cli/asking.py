"""What is asked in the terminal's review besides the statements: left out for length, must be touched, questions."""

from collections import Counter
from typing import TYPE_CHECKING, Final

import typer

from .sitting import Desk, add_statement, ask, choose, required

if TYPE_CHECKING:
    from ..types import MustTouch, Question

REST: Final = ("l", "leave all")
ABOUT: Final = {"client": "about the client", "other": "about another person; name the client if it is the client's"}


def restore(desk: Desk) -> None:
    """Show what was left out for length, by number, and put back what the clinician names."""
    decided = desk.review.standing
    left_out = [statement for statement in desk.draft.left_out if statement.digest not in decided]
    if not left_out:
        return
    typer.echo(f"\nLEFT OUT FOR LENGTH ({desk.draft.manner.length}): {len(left_out)} statements")
    for number, statement in enumerate(left_out, 1):
        typer.echo(f"  {number:>2} {statement.text}  [{statement.category}]")
    answer = choose("Put back which numbers (as 1 3), or Enter for none: ")
    for number in (int(word) for word in answer.replace(",", " ").split() if word.isdecimal()):
        if 1 <= number <= len(left_out):
            statement = left_out[number - 1]
            desk.decide(action="restore", target=statement.digest, section=desk.section(statement.category))
            typer.echo(f"Put back: {number}.")


def acknowledge(desk: Desk, item: "MustTouch") -> None:
    """Have one must-touch item that is no statement confirmed, or answered by a statement."""
    typer.echo(f"\n! {item.message}")
    while True:
        answer = choose("Confirm (c), or type a statement (t)? [c/t/q] ")
        if answer in ("c", "confirm"):
            return desk.decide(action="acknowledge", target=item.target)
        if answer in ("t", "type"):
            category = item.target.partition(":")[2] if item.reason == "not addressed" else ask("Its category: ")
            if add_statement(desk, category):
                if item.reason != "not addressed":
                    desk.decide(action="acknowledge", target=item.target)
                return None


def ask_questions(desk: Desk, shown: set[str]) -> None:
    """Ask what is open, one by one, the gravest first; anew after each, for an answer may close or open others.

    `shown` are the keys of questions that were left; they are not asked twice, those that must be answered are.
    """
    while waiting := [one for one in desk.questions() if one.severity == "must" or one.key not in shown]:
        if not shown:
            typer.echo(f"\nQUESTIONS: {counted(waiting)}. None of them writes into the note; your answer does.")
        shown.add(waiting[0].key)
        if _one(desk, waiting[0]) in REST:
            shown |= {question.key for question in waiting}


def counted(questions: "list[Question] | tuple[Question, ...]") -> str:
    """Return how many there are of each severity, in words."""
    counts: Counter[str] = Counter(question.severity for question in questions)
    said = {"must": "must be answered or set aside", "should": "should be answered", "consider": "to consider"}
    return ", ".join(f"{counts[severity]} {words}" for severity, words in said.items() if counts[severity])


def _one(desk: Desk, question: "Question") -> str:
    """Ask one question; return the key that was chosen."""
    from ..errors import Outdated, Refused
    from .show import question_lines

    typer.echo("")
    typer.echo("\n".join(question_lines(question, {s.digest: s.text for s in desk.draft.statements()})))
    keys = _keys(desk, question)
    prompt = f"{', '.join(keys.values())}? [{'/'.join(key or 'Enter' for key in keys)}/q] "
    while (answer := choose(prompt)) not in keys:
        typer.echo("It must be answered or set aside." if not answer else prompt)
    try:
        _act(desk, question, answer)
    except Outdated:
        raise  # no other answer helps: the sitting ends
    except Refused as error:
        typer.echo(f"{error.what} {error.next_step}")
        return _one(desk, question)
    return answer


def _keys(desk: Desk, question: "Question") -> dict[str, str]:
    """Return the keys that this question takes, with their words; "" is Enter."""
    targets = {statement.digest for statement in desk.draft.statements()}
    return {
        **({"a": "answer"} if question.category or question.detail else {}),
        **({"e": "edit the statement"} if question.target in targets else {}),
        "s": "set aside",
        **({} if question.severity == "must" else {"": "Enter leave it", "l": "l leave all that follow"}),
    }


def _act(desk: Desk, question: "Question", answer: str) -> None:
    if answer == "a":
        into: dict[str, object] = {"detail": question.detail}
        if question.category:
            section = desk.section(question.category, wanted=question.target)
            into = {"category": question.category, "section": section}
        desk.decide(question, action="answer", target=question.key, text=required("Your answer: "), **into)
    elif answer == "s":
        desk.decide(question, action="set aside", target=question.key, text=required("Why it is set aside: "))
    elif answer == "e":
        edit(desk, question.target)


def edit(desk: Desk, target: str) -> bool:
    """Take new words for a statement, starting from how it stands now; say whether there are any."""
    from .. import review

    before = next(one for one in (*desk.draft.statements(), *desk.draft.left_out) if one.digest == target)
    decision = desk.review.standing.get(target)
    text = ask("New words: ", prefill=decision.text if decision and decision.text else before.text)
    if text:
        desk.decide(action="edit", target=target, text=text)
    if text and before.subject == "other":
        now = review.changed(before, desk.review.standing[target], desk.review.reviewer)
        typer.echo(f"It counts as {ABOUT[now.subject]}.")
    return bool(text)
