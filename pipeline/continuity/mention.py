"""Whether what is said later speaks of something that an earlier note left open, and why it is thought so."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from .. import drugs
from .lists import Carry, load_concepts, load_lists
from .said import Said
from .words import WORD, Phrases

Answer = Literal["done", "partly done", "not done", "spoken of", "not addressed"]
_PART = re.compile(r"[,;]|\band\b", re.I)
LEAST_SHARED = 2  # words that a task and a later statement share, where no word says that it was done
_BY_CLINICIAN = ("intervention", "plan")  # what was done in the session and what is to be done: no report of a task


def holds(kind: Carry, said: Said) -> bool:
    """Say whether a statement, or a sentence of an addendum, says something of this kind about the client."""
    if said.subject == "other":
        return False
    if said.category is None:
        return said.text in _phrases(kind.words) or (kind.kind == "medication" and bool(_drugs(said.text)))
    return said.category == kind.category and (kind.all_of_category or said.text in _phrases(kind.words))


def speaks_of(kind: Carry, item: Said, later: Said) -> bool:
    """Say whether what was said later is about an open item of this kind.

    Homework set again, or done with the clinician, says nothing of whether it was done; a next appointment takes the
    place of any other; medication is the same by the drug's name, in a statement of medication; a risk by the word or
    the concept, or any where the item names none.
    """
    if later.subject == "other":
        return False
    if kind.kind == "homework":
        return _tells(later) and _speaks_of_task(kind, item, later)
    if kind.kind == "appointment":
        return holds(kind, later)
    if kind.kind in ("risk", "medication") and not holds(kind, later):
        return False
    own, shared = _own(kind, item), _shared(kind, item, later)
    if kind.kind == "risk":
        wanted = _concepts(item.text)
        return bool(shared) or bool(wanted & _concepts(later.text)) or not (own or wanted)
    return bool(shared) or (not own and holds(kind, later))


def answered(kind: Carry, item: Said, later: Iterable[Said]) -> bool:
    """Say whether what was said later speaks of an open item of this kind: of every drug that it names."""
    about = [one for one in later if speaks_of(kind, item, one)]
    named = _drugs(item.text) if kind.kind == "medication" else frozenset[str]()
    return bool(about) and named <= frozenset(drug for one in about for drug in _drugs(one.text))


def says_unchanged(kind: Carry, later: Said) -> bool:
    """Say whether a statement is of this kind without naming anything of its own: "No medication changes"."""
    return holds(kind, later) and not _own(kind, later)


def homework_answer(items: Sequence[Said], later: Sequence[Said]) -> tuple[Answer, tuple[Said, ...]]:
    """Return what was said later of the homework, and the statements that say it.

    A statement that names homework and is no new task speaks of it, whatever the task was. What was done in the session
    speaks of it at most.
    """
    kind = load_lists().kind("homework")
    named = _phrases(load_lists().homework)
    found = tuple(
        one
        for one in later
        if any(one.subject != "other" and _speaks_of_task(kind, item, one) for item in items)
        or (one.subject == "client" and one.text in named and not _is_new_task(one) and done(one) != "spoken of")
    )
    states: list[Answer] = [done(one) if _tells(one) else "spoken of" for one in found]
    if not found:
        return "not addressed", ()
    settled = [state for state in states if state != "spoken of"]
    return (settled[0] if len(set(settled)) == 1 else "partly done" if settled else "spoken of"), found


def done(said: Said) -> Answer:
    """Return what a statement's own words say of a task."""
    lists = load_lists()
    if said.text in _phrases(lists.partly):
        return "partly done"
    if said.polarity == "denied" or said.text in _phrases(lists.not_done):
        return "not done"
    return "done" if said.text in _phrases(lists.done) else "spoken of"


def _speaks_of_task(kind: Carry, item: Said, later: Said) -> bool:
    if _is_new_task(later):
        return False
    told = done(later) != "spoken of"
    if told and later.text in _phrases(load_lists().homework):
        return True
    both = set(load_concepts().stems(item.text)) & set(load_concepts().stems(later.text))
    shared = _shared(kind, item, later)
    return len(both) >= LEAST_SHARED or (bool(shared) and (told or len(_own(kind, item)) == 1))


def _tells(said: Said) -> bool:
    """Say whether a statement may tell what became of a task, as none does of what was done in the session itself."""
    return said.category not in _BY_CLINICIAN and said.text not in _phrases(load_lists().in_session)


def _is_new_task(said: Said) -> bool:
    return said.category == "homework" and said.text not in _phrases(load_lists().told)


def _own(kind: Carry, said: Said) -> frozenset[str]:
    """Return the words that say which task, drug, place or risk it is; of a plan those of its own part of a sentence.

    "Weekly sessions, refer to a psychiatrist, start exposure": exposure is no part of the referral. Of medication
    that is named it is the names alone.
    """
    if kind.kind == "medication" and (named := _drugs(said.text)):
        return named
    parts = [said.text] if kind.all_of_category else _PART.split(said.text)
    held = [part for part in parts if kind.all_of_category or part in _phrases(kind.words)] or [said.text]
    return frozenset(load_concepts().stems(" ".join(held))) - _common(kind)


def _shared(kind: Carry, item: Said, later: Said) -> frozenset[str]:
    return _own(kind, item) & (frozenset(load_concepts().stems(later.text)) | _drugs(later.text))


def _drugs(text: str) -> frozenset[str]:
    words = WORD.finditer(text.replace("’", "'"))
    return drugs.names() & {word[0].casefold().removesuffix("'s") for word in words}


def _concepts(text: str) -> frozenset[str]:
    return frozenset(name for name, *_ in load_concepts().phrases.find(text) if name)


@lru_cache
def _common(kind: Carry) -> frozenset[str]:
    return frozenset(one for word in kind.common for one in load_concepts().all_stems(word))


@lru_cache
def _phrases(words: tuple[str, ...]) -> Phrases:
    return load_concepts().listed(words)
