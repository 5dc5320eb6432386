"""A review taken over to a draft made anew of the same transcript: what was decided stands where the statement does."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from typing import Final

from ..errors import Refused
from ..types import Category, Decision, Draft, Manner, MustTouch, Review, Speaker, Statement
from .formats import Format

Spans = tuple[tuple[str, int, int], ...]  # turn, start, end of each piece of a statement's spoken evidence

_PRONOUNS: Final = {
    "she": ({"she", "her", "herself"}, {"her", "hers"}),
    "he": ({"he", "him", "himself"}, {"his"}),
    "they": ({"they", "them", "themself", "themselves"}, {"their", "theirs"}),
}
_AGREEING: Final = (
    {"is", "are"}, {"was", "were"}, {"has", "have"}, {"isn't", "aren't"}, {"wasn't", "weren't"}, {"hasn't", "haven't"},
    {"doesn't", "don't"}, {"she's", "they're"}, {"he's", "they're"}, {"she's", "they've"}, {"he's", "they've"},
)  # fmt: skip
_EDGES: Final = "\"“”'().,;:!?"


def chosen(old: Draft, review: Review) -> Callable[[Statement], bool]:
    """Return what says of a statement that the clinician edited it, took its offer or put it back in the old draft."""
    put_back = {statement.digest for statement in old.left_out}
    standing = review.standing
    spans = {
        _spans(statement)
        for statement in (*old.statements(), *old.left_out)
        if (decision := standing.get(statement.digest))
        and (decision.action in ("edit", "take", "restore") or statement.digest in put_back)
        and decision.action != "drop"
    }
    return lambda statement: _spans(statement) in spans


def carry(old: Draft, review: Review, new: Draft, form: Format) -> tuple[Draft, Review]:
    """Return the new draft with the review of the old one, as far as it stands; what does not is told in a warning.

    A decision stands where a statement has the same evidence: an edit always, though of words that somebody else is now
    known to have said it must be looked at again; a drop where the same people said them, a keep where also the words
    are the same but for how the client is called. What was typed is never lost: an edit whose statement is gone becomes
    an addition. Answers and confirmations stay by their keys.

    Raises:
        Refused: an edit would become an addition in a format that leaves other people's words out, or words of others
            were quoted.
    """
    there = {_spans(statement): statement for statement in new.statements()}
    before = {statement.digest: statement for statement in (*old.statements(), *old.left_out)}
    standing, told = review.standing, _Told({item.target for item in old.must_touch} - set(review.standing))
    decisions: list[Decision] = []
    if form.only and any(d.evidence and d.evidence.speaker not in form.only.speakers for d in review.decisions):
        raise Refused(
            "You quoted words of somebody whom this format leaves out.", "Take that back first, or keep the format."
        )
    for decision in review.decisions:
        if decision.action == "move":
            decisions += _moved(decision, before, there) if old.format == new.format else ()
        elif decision.target not in before or decision.adds:
            decisions += _by_key(decision, new, form, same_sections=old.format == new.format)
        elif standing[decision.target] is decision:
            was = before[decision.target]
            decisions += _by_words(decision, was, there.get(_spans(was)), (old.manner, new.manner), form, told)
    if told.added and form.only:
        raise Refused(
            "You edited words that this format leaves out as another person's, or cuts otherwise.",
            "Drop those edits, or type what may stand as statements of your own, then change the format.",
        )
    made = new.replace(warnings=(*new.warnings, *told.lines()), must_touch=(*new.must_touch, *told.respoken))
    return made, Review(
        draft=made.digest,
        reviewer=review.reviewer,
        started_at=review.started_at,
        decisions=tuple(decisions),
        recalled=review.recalled,
    )


class _Told:
    """Counts what did not stand as it was, and says so; `waiting` are the must-touch items not yet looked at."""

    def __init__(self, waiting: set[str]) -> None:
        self.added = self.anew = 0
        self.waiting = waiting
        self.respoken: list[MustTouch] = []

    def lines(self) -> Iterator[str]:
        if self.added:
            yield f"Edits of yours whose sentence is cut otherwise now, kept as statements you added: {self.added}."
        if self.anew:
            yield f"Statements you had decided on that read otherwise now, to be decided on again: {self.anew}."


def _by_key(decision: Decision, new: Draft, form: Format, *, same_sections: bool) -> Iterator[Decision]:
    """Yield a decision on a section, a question or a must-touch item, in the sections of the new format."""
    if decision.action == "acknowledge" and decision.target not in {item.target for item in new.must_touch}:
        return
    if same_sections or not decision.category:
        yield decision
        return
    section = form.section_for(decision.category)
    yield decision.replace(target=section) if decision.adds else decision.replace(section=section)


def _by_words(
    decision: Decision,
    was: Statement,
    now: Statement | None,
    manners: tuple[Manner, Manner],
    form: Format,
    told: _Told,
) -> Iterator[Decision]:
    """Yield what a decision on a statement is in the new draft, where the statement is `now` or gone."""
    if decision.action == "edit" and now is None:
        told.added += 1
        yield _addition(decision, was.category, form)
    elif now is None:
        return  # what is cut otherwise waits under its own evidence, what is left out for length is shown as that
    elif _stands(decision, was, now, manners):
        if decision.action == "edit" and (_who(was) != _who(now) or _respoken(was) in told.waiting):
            message = f'You wrote "{decision.text}" of words that are known to be somebody else\'s since.'
            told.respoken.append(MustTouch(target=_respoken(now), reason="speaker unknown", message=message))
        yield _onto(decision, now)
    else:
        told.anew += 1


def _moved(decision: Decision, before: Mapping[str, Statement], there: Mapping[Spans, Statement]) -> Iterator[Decision]:
    """Yield a move where the statement is there, before the same one where that is."""
    now = there.get(_spans(before[decision.target]))
    onward = before.get(decision.before or "")
    then = there.get(_spans(onward)) if onward else None
    if now:
        yield decision.replace(target=now.digest, before=then.digest if then else None)


def _stands(decision: Decision, was: Statement, now: Statement, manners: tuple[Manner, Manner]) -> bool:
    if decision.action == "edit":
        return True
    if _who(was) != _who(now):  # somebody else is known to have said it
        return False
    if decision.action == "drop":
        return True
    if decision.action == "take":
        return bool(was.offer and now.offer and _alike(was.offer, now.offer, *manners))
    return _alike(was.text, now.text, *manners)


def _who(statement: Statement) -> set[tuple[str, int, Speaker]]:
    return {(item.turn_id, item.start, item.speaker) for item in statement.spoken}


def _respoken(statement: Statement) -> str:
    return f"respoken:{statement.digest[:16]}"


def _onto(decision: Decision, now: Statement) -> Decision:
    action = "keep" if decision.action == "restore" else decision.action  # it is in the note now
    return decision.replace(action=action, target=now.digest, section=None)


def _addition(decision: Decision, category: Category, form: Format) -> Decision:
    target = form.section_for(category)
    return decision.replace(action="add", target=target, category=category, section=None)


def _spans(statement: Statement) -> Spans:
    return tuple(sorted((item.turn_id, item.start, item.end) for item in statement.spoken))


def _alike(old: str, new: str, before: Manner, after: Manner) -> bool:
    """Say whether two texts differ in nothing but how the client is called, and in what agrees with that."""
    if old == new:
        return True
    turned = before.pronoun != after.pronoun
    pairs = zip_longest(_tokens(old), _tokens(new), fillvalue="")
    return all(a == b or bool(_roles(a, before) & _roles(b, after)) or (turned and _agree(a, b)) for a, b in pairs)


def _tokens(text: str) -> list[str]:
    bare = re.sub(r"\bthe (?=(?:client|patient)\b)", "", text, flags=re.I)
    return [word.strip(_EDGES).replace("’", "'").casefold() for word in bare.split()]


def _roles(token: str, manner: Manner) -> frozenset[str]:
    """Return whether a token may stand for the client in this manner: for who acts or is acted on, for the owner."""
    own, whose = _PRONOUNS[manner.pronoun or "they"]  # as reported speech has it where no pronoun was chosen
    if manner.call != "pronoun":
        name = (manner.initials or "") if manner.call == "initials" else manner.call
        own, whose = own | {_bare(name)}, whose | {f"{_bare(name)}'s", f"{name}'s".casefold()}
    return frozenset(role for role, words in (("who", own), ("whose", whose)) if token in words)


def _bare(name: str) -> str:
    return name.strip(_EDGES).casefold()


def _agree(a: str, b: str) -> bool:
    """Say whether two words are one verb, with one subject and with several: "reports", "report"."""
    one, several = sorted((a, b), key=len, reverse=True)
    return {a, b} in _AGREEING or one in (f"{several}s", f"{several}es", f"{several[:-1]}ies")
