"""Whose finding it is: the client's or somebody else's."""

from collections import Counter
from collections.abc import Iterable

from ..types import Kind, Speaker, Subject
from .words import Page, Span

HE, SHE = frozenset({"he", "hes", "hed", "he'll"}), frozenset({"she", "shes", "she'd", "she'll"})
HIS, HERS = HE | {"his", "him", "himself"}, SHE | {"her", "hers", "herself"}
NAMES = 2  # words of a name behind a role at most
FIRST = frozenset({"i", "im", "ive", "id", "i'll", "we", "we're", "weve", "we'd", "we'll", "me", "my"})


class People:
    """Who is meant by the pronouns of one transcript."""

    def __init__(self, kind: Kind, pages: Iterable[Page], words: dict[str, frozenset[str]]) -> None:
        self._kind, self._words = kind, words
        counts: Counter[str] = Counter()
        first: frozenset[str] | None = None  # the pronouns that the dictation begins with, mostly the client's
        couple = False
        for page in pages:
            couple = couple or page.turn.speaker == "client2"
            for token in page.tokens:
                counts[token.norm] += 1
                first = first or next((they for they in (HERS, HIS) if token.norm in they), None)
        he, she = sum(counts[w] for w in HIS), sum(counts[w] for w in HERS)
        self._couple = couple or any(counts[word] for word in words["couple"])
        own = HERS if she > 2 * he else HIS if he > 2 * she else first
        self._foreign = frozenset() if self._couple or own is None else HE if own is HERS else SHE

    def whose(self, page: Page, span: Span) -> Subject:
        """Return whose finding the words of a span are, by the subject that stands before them in their sentence."""
        if page.turn.speaker == "client2":
            return "client"
        sentence = page.sentence_of(span.start)
        if span.start > sentence.start and self._owner(page.tokens[span.start - 1].norm):
            return "other"  # "worried about her son's suicidal thoughts"
        for i in range(min(span.start, span.end - 1), sentence.start - 1, -1):
            judged = self._judge(page, i, sentence, page.turn.speaker)
            if judged is not None and (i < span.start or judged == "other"):
                return judged
        return "other" if self._kind == "session" and page.turn.speaker == "other" else "client"

    def _judge(self, page: Page, i: int, sentence: Span, speaker: Speaker) -> Subject | None:
        word = page.tokens[i].norm
        if word == "who":
            back = page.norms(Span(max(sentence.start, i - 4), i))
            return "other" if any(w in self._words["roles"] for w in back) else None
        if self._is_role(page, i, sentence):
            return "client" if self._couple and word.rstrip("s") in self._words["partners"] else "other"
        if word in self._words["client_nouns"]:
            return "client"
        if self._kind == "session":
            return self._judge_said(word, speaker)
        if word in self._foreign:
            return "other" if self._role_before(page, i) else None
        if word in HE or word in SHE:
            return "other" if self._disclosed_before(page, i, sentence) else "client"
        return None

    def _disclosed_before(self, page: Page, i: int, sentence: Span) -> bool:
        """Say whether what follows is what somebody else told of themselves: "her son admitted that he"."""
        verb = i - 1 - (page.tokens[i - 1].norm == "that")
        if verb <= sentence.start or page.tokens[verb].norm not in self._words["disclosing"]:
            return False
        return any(self._is_role(page, place, sentence) for place in range(sentence.start, verb))

    def _judge_said(self, word: str, speaker: Speaker) -> Subject | None:
        third = word in HE or word in SHE
        if speaker == "other":
            return "client" if third else "other" if word in FIRST else None
        if speaker == "clinician":
            return "client" if word in ("you", "youre", "youve", "your") else "other" if third else None
        return "client" if word in FIRST else "other" if third or word in ("they", "theyre") else None

    def _is_role(self, page: Page, i: int, sentence: Span) -> bool:
        """Say whether a role such as "mother" stands as a subject or owner here, not as an object."""
        word = page.tokens[i].norm
        owner = self._owner(word)
        if word not in self._words["roles"] and not owner:
            return False
        first = i
        owners = self._words["determiners"] | self._words["client_nouns"]  # "client's", apostrophes dropped
        while first > sentence.start and page.tokens[first - 1].norm in owners:
            first -= 1
        if self._inverted(page, first, sentence):
            return True
        before = page.tokens[first - 1].norm if first > sentence.start else "."
        behind = self._behind_name(page, i + 1, sentence)
        after = page.tokens[behind].norm if behind < sentence.end else "."
        opens = before in self._words["before_role"] or not page.tokens[first - 1].word or first == sentence.start
        return opens and (owner or after in self._words["auxiliaries"] or after in self._words["after_role"]
                          or after in self._words["verbs"] or after.endswith(("ed", "ing", "s")))  # fmt: skip

    def _behind_name(self, page: Page, i: int, sentence: Span) -> int:
        """Return the place behind a name that follows a role: "her husband Mark is", "her husband, Mark, is"."""
        at = i + (i < sentence.end and page.tokens[i].norm == ",")
        end = at
        while end < min(sentence.end, at + NAMES) and self._named(page, end):
            end += 1
        if end == at:
            return i
        return end + (at > i and end < sentence.end and page.tokens[end].norm == ",")

    def _named(self, page: Page, i: int) -> bool:
        token = page.tokens[i]
        return token.word and page.turn.text[token.start].isupper() and token.norm not in self._words["subjects"]

    def _inverted(self, page: Page, first: int, sentence: Span) -> bool:
        """Say whether a question's verb stands before these words: "did your brother"."""
        before = page.norms(Span(sentence.start, first))
        asks = bool(before) and before[-1] in self._words["auxiliaries"] and page.is_question(sentence)
        return asks and set(before[:-1]) <= self._words["fillers"] | {",", "?"}

    def _owner(self, word: str) -> bool:
        """Say whether a word is somebody's ("son's", apostrophes dropped); of a couple both partners are the client."""
        role = word[:-1] if word.endswith("s") else ""
        return role in self._words["roles"] and not (self._couple and role in self._words["partners"])

    def _role_before(self, page: Page, i: int) -> bool:
        start = max(0, i - 40)
        return any(
            t.norm in self._words["roles"] or t.norm.rstrip("s") in self._words["roles"] for t in page.tokens[start:i]
        )
