"""The library written out: every phrase with a number, and what each number stands for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from .lexicon import DRUG, Expander, Frame, Group, Library, Modifier
from .words import norm


@dataclass(frozen=True, slots=True)
class Term:
    """One label of a lexicon group."""

    category: str
    label: str
    rule: str
    group: Group


@dataclass(frozen=True, slots=True)
class Opening:
    """Wordings of a frame; the last `tail` words already belong to the quote, a word of a list may have to follow."""

    frame: Frame
    rule: str
    tail: int
    followed_by: str = ""


@dataclass(frozen=True, slots=True)
class Cue:
    """A spoken heading; no category means that it ends the one before."""

    category: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class Idiom:
    """A turn of phrase that only looks like a finding."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Words by which a speaker takes something back; some count only where they stand alone between marks."""

    alone: bool = False


@dataclass(frozen=True, slots=True)
class ReportedNo:
    """A client's no as a clinician dictates it: "he says no", "none at present"."""


Meaning = Term | Opening | Cue | Modifier | Idiom | Taken | ReportedNo


@dataclass
class Vocabulary:
    """All phrases by number, and the closed word lists."""

    meanings: list[Meaning] = field(default_factory=list)
    phrases: list[tuple[int, str]] = field(default_factory=list)
    lists: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, meaning: Meaning, wordings: Iterator[str] | list[str]) -> None:
        """Give a meaning its number and its wordings."""
        key = len(self.meanings)
        self.meanings.append(meaning)
        self.phrases += [(key, wording) for wording in dict.fromkeys(wordings) if wording.strip()]


FOLLOWED: Final = ">d"
VERBS: Final = {"o": "task_verbs", "id": "told_verbs"}  # ">do" and ">did" of a frame


def write_out(library: Library) -> Vocabulary:
    """Return every phrase that the library stands for."""
    expander = Expander(library.words)
    lists = library.words.lists.items()
    vocabulary = Vocabulary(lists={n: frozenset(norm(f) for w in ws for f in expander.expand(w)) for n, ws in lists})
    for name in VERBS.values():  # of a verb such as "went through" the first word is asked for
        vocabulary.lists[name] = frozenset(verb.split()[0] for verb in vocabulary.lists[name])
    vocabulary.lists[DRUG] = frozenset(_drugs(library))
    for lexicon in library.lexicons:
        for group in lexicon.groups:
            rule = f"{lexicon.category}.{group.rule}@{lexicon.version}"
            for label, terms in group.terms.items():
                wordings = (wording for term in terms or (label,) for wording in expander.expand(term))
                vocabulary.add(Term(lexicon.category, label, rule, group), wordings)
    for modifier in library.context.modifiers:
        vocabulary.add(modifier, (w for phrase in modifier.phrases for w in expander.expand(phrase)))
    for category, phrases in library.cues.cues.items():
        cue = Cue(None, "") if category == "none" else Cue(category, f"cue.{category}@{library.cues.version}")
        vocabulary.add(cue, (w for phrase in phrases for w in expander.expand(phrase)))
    vocabulary.add(Idiom(), (w for phrase in library.words.idioms for w in expander.expand(phrase)))
    vocabulary.add(Taken(), (w for phrase in library.words.retractions for w in expander.expand(phrase)))
    vocabulary.add(Taken(alone=True), (w for p in library.words.retractions_alone for w in expander.expand(p)))
    vocabulary.add(ReportedNo(), (w for phrase in library.words.reported_no for w in expander.expand(phrase)))
    for frame in library.frames.frames:
        _add_frame(vocabulary, expander, frame, library.frames.version)
    return vocabulary


def _drugs(library: Library) -> Iterator[str]:
    """Yield the single words that name a drug in the medication lexicon."""
    for lexicon in library.lexicons:
        for group in lexicon.groups:
            if (lexicon.category, group.rule) == ("medication", "drug"):
                named = (term for label, terms in group.terms.items() for term in (label, *terms))
                yield from (norm(term) for term in named if " " not in term)


def _add_frame(vocabulary: Vocabulary, expander: Expander, frame: Frame, version: int) -> None:
    kinds: dict[tuple[int, str], list[str]] = {}
    for opens in frame.opens:
        plain, _, verb = opens.partition(FOLLOWED)
        followed_by = VERBS[verb] if verb else ""
        for wording in expander.expand(plain):
            opening, mark, tail = wording.partition(">")
            words = len(tail.replace("-", " ").split()) if mark else 0
            kinds.setdefault((words, followed_by), []).append(f"{opening} {tail}".strip())
    for (tail_words, followed_by), wordings in kinds.items():
        vocabulary.add(Opening(frame, f"{frame.rule}@{version}", tail_words, followed_by), wordings)
