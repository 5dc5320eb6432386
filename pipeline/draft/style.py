"""The clinician's style: what edits show of how they word a note, and drafts worded so.

Only words of configs/style.yaml are ever learnt, and only words that a draft put in itself are ever changed; what was
said stays as it was said, and the checker proves each changed statement anew.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from .. import resources
from ..types import QUOTED, Category, Decision, Draft, Preference, Review, Section, Statement, Style
from .proof import violations

NEVER_LEFT_OUT: Final[tuple[Category, ...]] = ("risk", "medication")
WITH_THAT: Final = "reported that"
WITHOUT_THAT: Final = "reported"
LEAST_FRAME: Final = 2  # words that name a kind of statement
_WORD: Final = re.compile(r"[^\W\d_]+|\d[\w.,:/]*")


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    least_edits: Annotated[int, Field(ge=1)]
    terms: dict[str, tuple[str, ...]]
    tenses: dict[str, str]
    subjects: tuple[str, ...]
    frame: tuple[str, ...]


class StyleRules:
    """The rules of configs/style.yaml, ready to use; `name` goes into every draft that a habit changed."""

    def __init__(self, shape: _Shape) -> None:
        self.name, self.least_edits = f"style@{shape.version}", shape.least_edits
        self._group = {word: words[0] for words in shape.terms.values() for word in words}
        self._present = shape.tenses
        self._past = {present: past for past, present in shape.tenses.items()}
        self._frame = frozenset(shape.frame)
        verbs = "|".join([*shape.tenses, *self._past])
        self._that = re.compile(rf"\b({verbs}) that(?= \w)", re.I)
        self._told = re.compile(rf"\b(?:{'|'.join(shape.subjects)}) ({verbs})\b", re.I)

    # Learning

    def learn(self, style: Style, draft: Draft, review: Review) -> Style:
        """Return the style with what the decisions of a signed review show; what speaks against a habit ends it."""
        decided = review.standing
        both = [(one, decided[one.digest]) for one in (*draft.statements(), *draft.left_out) if one.digest in decided]
        contrary = {habit for statement, decision in both for habit in self._unshown(statement, decision)}
        learnt = tuple(one for one in style.preferences if one.replace(seen=1) not in contrary)
        for statement, decision in both:
            for habit in self._shown(statement, decision):
                if habit not in contrary:
                    learnt = _counted(learnt, habit)
        return style.replace(preferences=learnt)

    def _shown(self, statement: Statement, decision: Decision) -> Iterator[Preference]:
        """Yield each habit that one decision shows, once."""
        if decision.action == "drop" and (kind := self._kind(statement)):
            yield kind
        if decision.action == "edit" and decision.text:
            before, after = _unquoted(statement.text), _unquoted(decision.text)
            if _same(self._that.sub(r"\1", before), self._that.sub(r"\1", after)) and not _same(before, after):
                less = len(after) < len(before)
                old, new = (WITH_THAT, WITHOUT_THAT) if less else (WITHOUT_THAT, WITH_THAT)
                yield Preference(kind="pattern", old=old, new=new)
            yield from dict.fromkeys(self._words_shown(_words(before), _words(after)))

    def _unshown(self, statement: Statement, decision: Decision) -> Iterator[Preference]:
        """Yield each habit that one decision speaks against: what could be dropped and was not."""
        if decision.action != "drop" and (kind := self._kind(statement)):
            yield kind

    def _words_shown(self, before: Sequence[str], after: Sequence[str]) -> Iterator[Preference]:
        for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if what != "replace" or b - a != d - c:
                continue
            for old, new in zip(before[a:b], after[c:d], strict=True):
                if self._group.get(old, "") == self._group.get(new):
                    yield Preference(kind="term", old=old, new=new)
                elif self._present.get(old) == new:
                    yield Preference(kind="tense", old="past", new="present")
                elif self._past.get(old) == new:
                    yield Preference(kind="tense", old="present", new="past")

    def _kind(self, statement: Statement) -> Preference | None:
        """Return the kind of statement that this is, as one that may be left out; None where it has no frame."""
        if statement.category in NEVER_LEFT_OUT:
            return None
        frame: list[str] = []
        for word in _words(_unquoted(statement.text)):
            if word not in self._frame:
                break
            frame.append(self._group.get(word, word))
        if len(frame) < LEAST_FRAME:
            return None
        return Preference(kind="left out", old=" ".join(frame), category=statement.category)

    # Wording

    def used(self, style: Style) -> tuple[Preference, ...]:
        """Return the habits that were seen often enough."""
        return tuple(one for one in style.preferences if one.seen >= self.least_edits)

    def worded(self, statement: Statement, used: Iterable[Preference]) -> Statement:
        """Return the statement as the clinician words it; a habit that the checker is not silent about is not used."""
        for preference in used:
            text = self._changed(statement, preference)
            if text == statement.text:
                continue
            changed = statement.replace(text=text)
            if not violations(changed):
                statement = changed
        return statement

    def _changed(self, statement: Statement, preference: Preference) -> str:
        said = {word for item in statement.evidence for word in _words(item.quote)}
        if preference.kind == "term" and preference.old not in said:
            return _outside_quotes(statement.text, lambda part: _replaced(part, preference.old, preference.new))
        if preference.kind == "tense":
            forms = self._present if preference.new == "present" else self._past
            return _outside_quotes(statement.text, lambda part: self._turned(part, forms, said))
        if preference.kind == "pattern" and preference.old == WITH_THAT:
            return _outside_quotes(statement.text, lambda part: self._that.sub(r"\1", part))
        return statement.text

    def _turned(self, text: str, forms: dict[str, str], said: set[str]) -> str:
        """Turn the verbs of telling that follow a subject, if nobody said them."""
        for match in reversed(list(self._told.finditer(text))):
            verb = match[1].casefold()
            if verb in forms and verb not in said:
                text = text[: match.start(1)] + forms[verb] + text[match.end(1) :]
        return text

    def leave_out(
        self, draft: Draft, used: Iterable[Preference], held: Callable[[Statement], bool] | None = None
    ) -> Draft:
        """Return the draft with what the clinician always drops among what is left out.

        Nothing that must be touched goes, and nothing that is `held`.
        """
        dropped = {(one.category, one.old) for one in used if one.kind == "left out"}
        touched = {item.target for item in draft.must_touch}
        gone = tuple(
            statement
            for statement in draft.statements()
            if (kind := self._kind(statement))
            and (kind.category, kind.old) in dropped
            and statement.digest not in touched
            and not (held and held(statement))
        )
        if not gone:
            return draft
        digests = {statement.digest for statement in gone}
        return draft.replace(
            sections=tuple(_without(section, digests) for section in draft.sections),
            left_out=(*draft.left_out, *gone),
            goals=tuple(link for link in draft.goals if link.statement not in digests),
        )

    def describe(self, preference: Preference) -> str:
        """Return in a sentence for the clinician what was learnt, and from how many edits."""
        if preference.kind == "term":
            what = f"You write “{preference.new}” for “{preference.old}”."
        elif preference.kind == "tense":
            what = f"You tell what was reported in the {preference.new} tense."
        elif preference.kind == "pattern":
            what = f"You write “{preference.new} ...” for “{preference.old} ...”."
        else:
            what = f"You drop sentences about {preference.category} that begin with “{preference.old.capitalize()}”."
        times = "1 edit" if preference.seen == 1 else f"{preference.seen} edits"
        more = self.least_edits - preference.seen
        return f"{what} {times}." if more <= 0 else f"{what} {times}; not used in drafts before {more} more."


def _counted(learnt: tuple[Preference, ...], shown: Preference) -> tuple[Preference, ...]:
    """Return the habits with one more edit for this one, without those that it speaks against."""
    before = next((one.seen for one in learnt if _alike(one, shown)), 0)
    counted = shown.replace(seen=before + 1)
    kept = [counted if _alike(one, shown) else one for one in learnt if not _against(shown, one)]
    return tuple(kept if before else [*kept, counted])


def _alike(one: Preference, other: Preference) -> bool:
    return (one.kind, one.old, one.new, one.category) == (other.kind, other.old, other.new, other.category)


def _against(shown: Preference, one: Preference) -> bool:
    """Say whether an edit shows the contrary of a habit: another word for the same, or the way back."""
    if shown.kind != one.kind or shown.kind == "left out" or _alike(one, shown):
        return False
    return shown.old == one.old or shown.old == one.new


def _without(section: Section, digests: set[str]) -> Section:
    return section.replace(statements=tuple(one for one in section.statements if one.digest not in digests))


def _words(text: str) -> list[str]:
    return [match[0].casefold() for match in _WORD.finditer(text)]


def _unquoted(text: str) -> str:
    return QUOTED.sub(" ", text)


def _outside_quotes(text: str, change: Callable[[str], str]) -> str:
    parts, at = [], 0
    for match in QUOTED.finditer(text):
        parts += [change(text[at : match.start()]), match[0]]
        at = match.end()
    return "".join([*parts, change(text[at:])])


def _replaced(text: str, old: str, new: str) -> str:
    """Put one word for another, with its capital, and the article that goes before it."""

    def put(match: re.Match[str]) -> str:
        article = f"{match[1][0]}{'n' if new[0] in 'aeiou' else ''}{match[2]}" if match[1] else ""
        return article + (new.capitalize() if match[3][0].isupper() else new)

    return re.sub(rf"\b(?:(an?)(\s+))?({old})\b", put, text, flags=re.I)


def _same(text: str, other: str) -> bool:
    return " ".join(text.split()).casefold() == " ".join(other.split()).casefold()


@lru_cache
def load_style_rules() -> StyleRules:
    """Load configs/style.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return StyleRules(resources.read_yaml(resources.configs() / "style.yaml", _Shape))
