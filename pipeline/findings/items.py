"""Which words go on with a denial: HI in "no SI, HI or self-harm", not the gun in "no SI, gun in the house"."""

from dataclasses import dataclass
from typing import Final, Literal

from .words import Page, Span

Weight = Literal["risk", "safety", "need", "other"]
JOINTS: Final = frozenset({",", "(", "-", "–", "—", "and", "&"})
OR: Final = frozenset({"or", "nor", "/"})
LONGEST: Final = 7  # words of an item between two commas at most
NOUN_OF: Final = frozenset({"of", "to", "about", "for"})
RELATIVE: Final = frozenset({"that", "who", "which", "if", "what", "how"})
POINTING: Final = frozenset({"this", "that", "it"})


@dataclass(frozen=True, slots=True)
class Known:
    """A term of the lexicons at a span; `weight` is safety for what keeps a client safe, need for what all do."""

    span: Span
    weight: Weight


@dataclass(frozen=True, slots=True)
class Item:
    """Words between two joints of a list, and the word or mark that ends them."""

    span: Span
    norms: tuple[str, ...]
    ended_by: str


class Items:
    """The lists of one page; `ends` are the words that no denial reaches over."""

    def __init__(self, page: Page, words: dict[str, frozenset[str]], terms: list[Known], ends: set[int]) -> None:
        self._page, self._words, self._ends = page, words, ends
        self._safe, self._needs = _places(terms, "safety"), _places(terms, "need")
        self._risks = _places(terms, "risk") - self._safe
        self.covered = self._risks | self._safe | self._needs | _places(terms, "other")

    def goes_on(self, denying: Span, joint: int, sentence: Span) -> bool:
        """Say whether what follows a comma or an "and" is one more item of what these words deny.

        With an "or" it is, if it is no clause; else it has to be a term alone, with no word that says it is so.
        """
        tokens, kinds = self._page.tokens, {self._page.tokens[joint].norm}
        first = joint + 1
        while first < sentence.end and tokens[first].norm in ("and", "or", "nor"):
            kinds.add(tokens[first].norm)
            first += 1
        item = self._item(first, sentence)
        if not item.norms or self._lacks(denying, joint, item):
            return False
        with_or = bool(kinds & OR) or self._listed_with_or(item, sentence)
        if self._is_clause(item, done=with_or and self._verbal(denying)):
            return False
        if kinds & OR:
            return True
        denies = bool(self._words["deny"] & set(self._page.norms(denying)))
        if self._own_word(denying) or (denying.end not in self._safe and item.span.start in self._safe):
            return False
        if self._contrasts(denying, joint, item, denies=denies) or not self._like_first(denying, item):
            return False
        told = {n for i, n in enumerate(item.norms, item.span.start) if i not in self._risks}
        if self._words["asserting"] & told or item.norms[0] in self._words["observed"]:
            return False
        if with_or:
            return True
        if kinds == {"and"}:
            return denies or item.norms[0] not in self._words["determiners"]
        strict = not (denies and "and" in kinds)
        bare = self._bare(item, denies=denies, timed=self._timed(denying, joint), strict=strict)
        return bare and self._ends_well(item, denies=denies, sentence=sentence)

    def led_by(self, joint: int, sentence: Span) -> int | None:
        """Return where the item before a comma or "and" begins if it is a term alone, as SI in "SI and HI denied"."""
        while joint > sentence.start and self._joins(joint - 1):
            joint -= 1
        start = joint
        while start > sentence.start and self._page.tokens[start - 1].word and not self._joins(start - 1):
            start -= 1
        if start == joint or any(i in self._ends for i in range(start, joint)):
            return None
        item = Item(Span(start, joint), tuple(self._page.norms(Span(start, joint))), "")
        event = self._page.tokens[joint].norm == "," and self._words["events"] & set(item.norms)
        plain = not event and not self._is_clause(item) and item.norms[0] not in self._words["contrasting"]
        known = bool(set(range(start, joint)) & self.covered)
        return start if plain and known and self._own(item) <= self._words["list_heads"] else None

    def _joins(self, i: int) -> bool:
        norm = self._page.tokens[i].norm
        return i not in self.covered and (norm in JOINTS or norm in OR)

    def _item(self, first: int, sentence: Span) -> Item:
        end = first
        while end < sentence.end and self._page.tokens[end].word and not self._joins(end):
            inside = end in self.covered and end > first and end - 1 in self.covered
            opens = end > first and not inside and self._opens(end)
            if opens or (end in self._ends and not inside):
                break
            end += 1
        ended_by = self._page.tokens[end].norm if end < sentence.end else ""
        return Item(Span(first, end), tuple(self._page.norms(Span(first, end))), ended_by)

    def _opens(self, i: int) -> bool:
        """Say whether a clause begins here without a comma, as dictation has it: "SI or HI she sleeps well"."""
        norm, before = self._page.tokens[i].norm, self._page.tokens[i - 1].norm
        subject = norm in self._words["subjects"] - POINTING and before not in RELATIVE | {"of", "like"}
        return subject or (norm in self._words["list_enders"] and before not in self._words["finite"])

    def _is_clause(self, item: Item, *, done: bool = False) -> bool:
        """Say whether the words hold a verb of their own: "has a gun", "the cutting has stopped", "cuts daily".

        After "has not" verbs are items, too, where the list is plain (`done`): "not cut, burned or hit herself".
        """
        first, rest = item.norms[0], item.norms[1:]
        opens = (
            self._words["auxiliaries"]
            | self._words["list_enders"]
            | self._words["numbers"]
            | (self._words["subjects"] - POINTING)
        )
        past = first.endswith("ed") and len(first) > 4 and not first.endswith("eed")
        acts = past or (first in self._words["finite"] and bool(rest)) or self._third_person(item)
        if first in opens or (acts and not done):
            return True
        for i in range(item.span.start, item.span.end):
            norm = self._page.tokens[i].norm
            if norm in RELATIVE or norm == "to":
                return False
            if i not in self.covered and norm in self._words["clause_auxiliaries"]:
                return True
        return False

    def _third_person(self, item: Item) -> bool:
        first, rest = item.norms[0], item.norms[1:]
        if item.span.start in self.covered or not rest or not first.endswith("s") or first.endswith(("ss", "us")):
            return False
        return rest[0] not in NOUN_OF and not self._is_tail(rest)

    def _own(self, item: Item) -> set[str]:
        """Return the item's words that no term holds."""
        return {n for i, n in enumerate(item.norms, item.span.start) if i not in self.covered}

    def _lacks(self, denying: Span, joint: int, item: Item) -> bool:
        """Say whether what is denied is good to have and the item is not: "no appetite, suicidal thoughts"."""
        if self._words["deny"] & set(self._page.norms(denying)) or self._risks & set(range(denying.end, joint)):
            return False
        wanting = any(self._good(i) and self._ends_noun(i + 1) for i in range(denying.end, joint))
        return wanting and not any(self._good(i) for i in range(item.span.start, item.span.end))

    def _good(self, i: int) -> bool:
        return i in self._needs or i in self._safe or self._page.tokens[i].norm in self._words["lacked"]

    def _ends_noun(self, i: int) -> bool:
        """Say whether the words before go no further: not "appetite" in "no appetite changes"."""
        token = self._page.tokens[i]
        tail = tuple(t.norm for t in self._page.tokens[i : i + 4])
        return not token.word or self._joins(i) or self._is_tail(tail) or token.norm in self._words["asserting"]

    def _contrasts(self, denying: Span, joint: int, item: Item, *, denies: bool) -> bool:
        """Say whether the item is told apart from what is denied: "no current SI, past attempts"."""
        so_far = set(self._page.norms(Span(denying.start, joint)))
        return item.norms[0] in self._words["contrasting"] and (not denies or bool(so_far & self._words["present"]))

    def _like_first(self, denying: Span, item: Item) -> bool:
        """Say whether the item has the form of what is said not to be so: "not suicidal, homicidal", not "cutting"."""
        first = denying.end
        return (
            not self._verbal(denying)
            or first not in self.covered
            or self._page.tokens[first].norm.endswith("ing") == item.norms[0].endswith("ing")
        )

    def _own_word(self, denying: Span) -> bool:
        """Say whether the negation is part of a risk ("no reason to live") or opens no list ("without her tablets")."""
        return denying.start in self._risks or self._page.tokens[denying.start].norm == "without"

    def _verbal(self, denying: Span) -> bool:
        last = self._page.tokens[denying.end - 1].norm
        return last.endswith("nt") or last in ("not", "never")

    def _listed_with_or(self, item: Item, sentence: Span) -> bool:
        """Say whether an "or" comes at the item's end or, after short items, at a later one's."""
        if len(item.norms) > LONGEST:
            return False
        if item.ended_by in OR:
            return True
        after = item.span.end + 1
        if item.ended_by != "," or after >= sentence.end:
            return False
        if self._page.tokens[after].norm in OR:
            return True
        following = self._item(after, sentence)
        return bool(following.norms) and not self._is_clause(following) and self._listed_with_or(following, sentence)

    def _bare(self, item: Item, *, denies: bool, timed: bool, strict: bool) -> bool:
        places = [i for i in range(item.span.start, item.span.end) if i in self.covered]
        if not places:
            return len(item.norms) <= LONGEST
        before = self._page.norms(Span(item.span.start, places[-1]))
        own = [n for i, n in enumerate(before, item.span.start) if i not in self.covered]
        if strict and self._risks & set(places) and not set(own) <= self._words["list_heads"]:
            return False
        tail = tuple(self._page.norms(Span(places[-1] + 1, item.span.end)))
        told = not denies and len(tail) == 1 and tail[0] in self._words["told_of"]
        return not tail or told or (self._is_tail(tail) and not timed)

    def _is_tail(self, words: tuple[str, ...]) -> bool:
        said = f"{' '.join(words)} "
        return any(said.startswith(f"{phrase} ") for phrase in self._words["list_tails"])

    def _timed(self, denying: Span, joint: int) -> bool:
        """Say whether it was said already of when it is denied: "no SI today, passive SI this week"."""
        words = self._page.norms(Span(denying.end, joint))
        return any(self._is_tail(tuple(words[i:])) for i in range(len(words)))

    def _ends_well(self, item: Item, *, denies: bool, sentence: Span) -> bool:
        """Say whether what ends the item says nothing of it: "but", "since", not "when drunk"."""
        end = item.span.end
        if end not in self._ends:
            return True
        after = self._page.tokens[end + 1] if end + 1 < sentence.end else None
        if item.ended_by in self._words["told_of"]:
            goes_on = after is not None and after.word
            return (denies and goes_on and after.norm != "by") if after is not None and goes_on else not denies
        asked = item.ended_by == "when" and after is not None and after.norm in self._words["when_asked"]
        return asked or item.ended_by in self._words["list_closers"]


def _places(terms: list[Known], weight: Weight) -> set[int]:
    return {i for term in terms if term.weight == weight for i in range(term.span.start, term.span.end)}
