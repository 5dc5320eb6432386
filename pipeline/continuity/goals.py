"""The golden thread: which goals of the plan a statement bears on, by meaning, with the reason in words.

A link is an offer: it is shown with its reason and stands in the note only if the clinician leaves it there.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from ..types import Goal, GoalLink, Statement, TreatmentPlan
from .lists import load_concepts
from .words import tokens

SHOWN: Final = 2  # words named in one reason
Meant = Mapping[str, tuple[str, ...]]  # what a text is about, and its words that say so


def link(plan: TreatmentPlan, statements: Sequence[Statement]) -> tuple[GoalLink, ...]:
    """Return which open goals the statements bear on; what was said of another person bears on none."""
    sought = [(goal, _meant(_words(goal))) for goal in plan.goals if goal.met_at is None]
    return tuple(
        GoalLink(goal=goal.key, text=goal.text, statement=statement.digest, reason=reason)
        for statement, said in ((one, _meant(one.text)) for one in statements if one.subject == "client")
        for goal, wanted in sought
        if (reason := _reason(goal, wanted, statement.text, said))
    )


def reason_for(goal: Goal, text: str) -> str:
    """Return why a text bears on a goal, in a few words for the clinician; "" where nothing shows that it does.

    They share a concept of the lexicon, or a word that means one thing. Where a goal names a place in life and more
    ("no panic at work"), the place alone is not enough.
    """
    return _reason(goal, _meant(_words(goal)), text, _meant(text))


def _reason(goal: Goal, wanted: Meant, text: str, said: Meant) -> str:
    concepts = load_concepts()
    settings = {name for name in wanted if concepts.concepts[name].setting}
    counted = set(wanted) - settings or settings
    for name in said:
        if name in counted:
            shown = dict.fromkeys((*wanted[name][:1], *said[name]))
            return f"both about {name}: {', '.join(f'“{word}”' for word in list(shown)[:SHOWN])}"
    shared = _shared_words(goal, text, alone=not wanted) if not settings or counted - settings else ()
    return f"same words: {', '.join(f'“{word}”' for word in shared[:SHOWN])}" if shared else ""


def _words(goal: Goal) -> str:
    return ". ".join((goal.text, *goal.objectives))


@lru_cache(maxsize=8192)
def _meant(text: str) -> Meant:
    """Return the concepts of a text, in order, each with the words that speak of it, letter by letter."""
    found: dict[str, list[str]] = {}
    for name, start, end in load_concepts().phrases.find(text):
        if name:
            found.setdefault(name, []).append(text[start:end])
    return {name: tuple(dict.fromkeys(words)) for name, words in found.items()}


def _shared_words(goal: Goal, text: str, *, alone: bool) -> tuple[str, ...]:
    """Return the text's words that stand in the goal too; weak ones only where the goal has nothing else: `alone`."""
    concepts = load_concepts()
    wanted = set(concepts.stems(_words(goal)))
    wanted -= set() if alone else concepts.weak_stems
    said = [word for word in tokens(text, concepts.irregular) if word.stem in wanted]
    idioms = [(start, end) for name, start, end in concepts.phrases.find(text) if not name] if said else []
    meant = (word for word in said if not any(start <= word.start < end for start, end in idioms))
    return tuple(dict.fromkeys(text[word.start : word.end] for word in meant))
