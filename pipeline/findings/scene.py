"""One turn in its transcript, and the questions that rules ask about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar, cast

from ..types import Category, Kind
from .candidate import overlap
from .context import Context, Mark
from .items import Known, Weight
from .lexicon import Modifier, Side
from .people import FIRST, HE, SHE, People
from .vocabulary import Idiom, Meaning, Taken, Term, Vocabulary
from .words import Hit, Page, Span, holds

M = TypeVar("M")
PHRASE = 9  # words of a phrase quote at most
CLAUSE = 16  # words of a clause quote at most
LISTED = ("risk", "behaviour", "medication", "mood")  # categories that stand in lists: "no SI, HI, panic or cravings"
SHORT = 3  # words of a sentence that is about a plan or wish of death by itself: "No plan."


@dataclass(frozen=True)
class Scene:
    """A page with what is known about it: kind of recording, place in it, people, context."""

    kind: Kind
    page: Page
    vocabulary: Vocabulary
    people: People
    position: float = 0.0  # 0 at the first turn, 1 at the last
    asked_risk: bool = False  # a clinician asked about risk a few turns back
    before: "Scene | None" = field(default=None, repr=False)

    def alone(self) -> "Scene":
        """Return this scene without the one before it: rules look one turn back, never further."""
        return replace(self, before=None)

    @property
    def speaker(self) -> str:
        """The speaker of this turn."""
        return self.page.turn.speaker

    def meanings(self, kind: type[M]) -> Iterator[tuple[Hit, M]]:
        """Yield the hits that stand for this kind of meaning."""
        for hit in self.page.hits:
            meaning: Meaning = self.vocabulary.meanings[hit.key]
            if isinstance(meaning, kind):
                yield hit, meaning

    @cached_property
    def context(self) -> Context:
        """The modifiers of this page."""
        marks = [Mark(m.kind, m.direction, hit.span) for hit, m in self.meanings(Modifier)]
        marks += [Mark("pseudo", "forward", hit.span) for hit, _ in self.meanings(Idiom)]
        terms = [Known(hit.span, self._weight(t)) for hit, t in self.meanings(Term) if t.category in LISTED]
        known = [term for term in terms if not self.idiomatic(term.span)]
        return Context(self.page, marks, self.vocabulary.lists, known)

    def _weight(self, term: Term) -> Weight:
        if term.label in self.listed("safe_labels"):
            return "safety"
        if term.category == "risk" and term.group.polarity != "denied":
            return "risk"
        return "need" if term.group.polarity == "need" else "other"

    @cached_property
    def taken(self) -> list[Span]:
        """The words by which something is taken back."""
        return [hit.span for hit, taken in self.meanings(Taken) if not taken.alone or self._stands_alone(hit.span)]

    def _stands_alone(self, span: Span) -> bool:
        tokens = self.page.tokens
        ends = (tokens[i] for i in (span.start - 1, span.end) if 0 <= i < len(tokens))
        return not any(token.word for token in ends)

    @property
    def takes_back_turn_before(self) -> bool:
        """Say whether the turn opens with a retraction, so that it means what was said before it."""
        return any(not any(t.word for t in self.page.tokens[: span.start]) for span in self.taken)

    @cached_property
    def _idioms(self) -> list[Span]:
        return [hit.span for hit, _ in self.meanings(Idiom)]

    def idiomatic(self, span: Span) -> bool:
        """Say whether these words are part of an idiom such as "killing time"."""
        return any(overlap(i, span) for i in self._idioms)

    def hears(self, side: Side) -> bool:
        """Say whether a rule for this side's words applies to the speaker; a dictation is all clinician's words."""
        if self.kind == "dictation" or side == "any":
            return True
        return (side == "clinician") == (self.speaker == "clinician")

    def asking(self, span: Span) -> bool:
        """Say whether the words stand in a clinician's question: what is asked is not yet so."""
        sentence = self.page.sentence_of(span.start)
        return self.kind == "session" and self.speaker == "clinician" and self.page.is_question(sentence)

    def only_asked(self, span: Span) -> bool:
        """Say whether the words were asked, not told: "asked about", but not "she talked about killing herself"."""
        mark = self.context.governs("asked", span)
        if mark is None:
            return self.unasked(span)
        telling = mark.span.start > 0 and self.page.tokens[mark.span.start].norm in self.listed("telling")
        client = self.kind == "session" and self.speaker != "clinician"
        own = HE | SHE | self.listed("client_nouns") | (FIRST if client else frozenset())
        return not telling or self.page.tokens[mark.span.start - 1].norm not in own

    def unasked(self, span: Span) -> bool:
        """Say whether it was not asked, or not answered: "refused to discuss", "was not assessed"."""
        return self.context.governs("unasked", span) is not None

    @property
    def names_risk(self) -> bool:
        """Say whether words about risk are in this turn."""
        found = self.meanings(Term)
        risks = (hit for hit, term in found if term.category == "risk" and term.group.needs != "risk")
        return any(not self.idiomatic(hit.span) for hit in risks)

    @property
    def risk_is_spoken_of(self) -> bool:
        """Say whether risk is spoken of in this turn or the one before, or was asked about a few turns back."""
        return self.names_risk or self.asked_risk or (self.before is not None and self.before.names_risk)

    @property
    def unknown(self) -> list[Span]:
        """The words about risk of which nothing is known, for nobody asked or answered."""
        risks = [hit.span for hit, term in self.meanings(Term) if term.category == "risk"]
        known = [span for span in risks if not self.unasked(span)]
        return [span for span in risks if span not in known and not any(one.holds(span) for one in known)]

    def listed(self, name: str) -> frozenset[str]:
        """Return one of the closed word lists."""
        return self.vocabulary.lists[name]

    def holds(self, name: str, words: Iterable[str]) -> bool:
        """Say whether a phrase of a list is among the words."""
        return holds(self.listed(name), words)

    def about_feeling(self, span: Span) -> bool:
        """Say whether feeling, mood, affect or looks are spoken of just before, or were asked about."""
        sentence = self.page.sentence_of(span.start)
        start = max(sentence.start, span.start - 7)
        before = self.page.norms(Span(start, span.start))
        near = set(before[-3:])
        if near & self.listed("feeling_words") or set(before) & self.listed("mood_nouns"):
            return True
        if self.kind == "session":
            fragment = sentence.end - sentence.start <= 6 and self.speaker != "clinician"
            return fragment and self.before is not None and self.before.asks_feeling
        return self._is_said_to_be(span)

    def _is_said_to_be(self, span: Span) -> bool:
        """Say whether "she is", "client was" or "I'm" stands right before the words, degree apart."""
        i = self._with_degree(span.start) - 1
        words = [self.page.tokens[j].norm for j in (i, i - 1) if j >= 0]
        own = FIRST if self.kind == "session" else HE | SHE | self.listed("client_nouns")
        if not words or words[0] not in self.listed("be"):
            return False
        return words[0] in own or (len(words) > 1 and words[1] in own)

    def tells(self, category: Category) -> bool:
        """Say whether this speaker's statements carry such findings: in a session a clinician only repeats feelings."""
        if self.kind == "dictation" or self.speaker != "clinician":
            return True
        return category not in ("mood", "behaviour", "medication")

    def clinicians_act(self, span: Span) -> bool:
        """Say whether a technique can be the clinician's act here: not the opening's title, not what the client did."""
        if self.kind == "session":
            return True
        clause = self.page.clause_of(span.start)
        before = self.page.norms(Span(clause.start, span.start))
        return self.position > 0 and not any(word in HE or word in SHE for word in before)

    def answers_about_another(self, span: Span) -> bool:
        """Say whether words without a subject answer a question about somebody: "How's your wife?" "Not sleeping."."""
        if self.kind != "session" or self.speaker == "clinician" or self.before is None:
            return False
        page, sentence = self.before.page, self.page.sentence_of(span.start)
        if self.before.speaker != "clinician" or not page.sentences or not page.is_question(page.sentences[-1]):
            return False
        people = FIRST | HE | SHE | {"they", "theyre", "you"} | self.listed("roles")
        if not people.isdisjoint(self.page.norms(sentence)):
            return False
        asked = page.norms(page.sentences[-1])
        about = [i for i, word in enumerate(asked) if word == "your" and asked[i + 1] in self.listed("roles")]
        return bool(about) and not {"you", "youre", "youve"} & set(asked)

    def own_feeling(self, span: Span) -> bool:
        """Say whether a dictating clinician speaks of their own feeling: "I found myself bored"."""
        if self.kind != "dictation":
            return False
        sentence = self.page.sentence_of(span.start)
        before = self.page.norms(Span(sentence.start, span.start))
        if not before or set(before) & self.listed("reporting"):
            return False
        if "my own" in " ".join(before):
            return True
        people = [word for word in before if word in FIRST or word in HE or word in SHE]
        return bool(people) and people[-1] in FIRST and people[-1][0] == "i"

    @cached_property
    def asks_feeling(self) -> bool:
        """Say whether this turn asks how somebody feels."""
        words = {token.norm for token in self.page.tokens}
        return "?" in words and bool(words & self.listed("asks_feeling"))

    def client_subject(self, span: Span) -> bool:
        """Say whether the client (or, in their own turn, "I") is spoken of before these words in the sentence."""
        sentence = self.page.sentence_of(span.start)
        own = FIRST if self.kind == "session" else HE | SHE | self.listed("client_nouns")
        return any(self.page.tokens[i].norm in own for i in range(sentence.start, span.start))

    def number_after(self, start: int) -> int | None:
        """Return the end of the last number in the sentence that belongs to a score at `start`, or None."""
        sentence = self.page.sentence_of(start - 1)
        last = None
        for i in range(start, min(sentence.end, start + 16)):
            word = self.page.tokens[i].norm
            if self.is_number(word):
                last = i + 1
            elif (last is None and i - start > 6) or (last is not None and i - last > 5) or word in (";", ".", "and"):
                break
        return last

    def is_number(self, word: str) -> bool:
        """Say whether a word is a number, in digits or spelled."""
        return word[:1].isdigit() or word in self.listed("numbers")

    def mentions_drug(self, span: Span) -> bool:
        """Say whether a drug is named in this or the last sentence."""
        sentence = self.page.sentence_of(span.start)
        drugs = [
            hit
            for hit, term in self.meanings(Term)
            if term.category == "medication" and term.rule.startswith("medication.drug")
        ]
        near = any(hit.start in Span(max(0, sentence.start - 30), sentence.end) for hit in drugs)
        return near or (self.before is not None and self.before.names_drug)

    def about_risk(self, span: Span) -> bool:
        """Say whether risk is spoken of in this sentence, or the words answer a question about risk.

        Words that are denied count beside other words about risk, and alone: "No plan.", not "no plans for Easter".
        """
        if self.asked_risk and self.kind == "session":
            return True
        sentence = self.page.sentence_of(span.start)
        risks = [(hit, term) for hit, term in self.meanings(Term) if term.category == "risk"]
        if any(hit.start in sentence and term.group.needs != "risk" for hit, term in risks):
            return True
        if not self.context.governs("denied", span):
            return False
        place = self.page.sentences.index(sentence)
        near = self.page.sentences[max(0, place - 1) : place + 2]
        others = (hit for hit, _ in risks if not overlap(hit.span, span))
        alone = sum(self.page.tokens[i].word for i in range(sentence.start, sentence.end)) <= SHORT
        return alone or any(hit.start in one for hit in others for one in near)

    @cached_property
    def names_drug(self) -> bool:
        """Say whether a drug is named in this turn."""
        return any(t.rule.startswith("medication.drug") for _, t in self.meanings(Term))

    def category(self, name: str) -> Category:
        """Return a lexicon's category."""
        return cast(Category, name)

    def quote(self, hit: Hit, term: Term) -> Span:
        """Return the words to quote for a hit: as many as its group says."""
        if term.group.needs == "number":
            end = self.number_after(hit.end)
            return Span(hit.start, end or hit.end)
        clause = self.page.clause_of(hit.end - 1)
        start = self._with_degree(hit.start)
        if term.group.take == "words":
            return Span(start, hit.end)
        if term.group.take == "clause":
            return self.trim(Span(min(hit.start, max(clause.start, hit.start - 6)), min(clause.end, hit.end + CLAUSE)))
        return self.trim(Span(start, max(hit.end, min(clause.end, hit.start + PHRASE))))

    def _with_degree(self, start: int) -> int:
        while start > 0 and self.page.tokens[start - 1].norm in self.listed("degree"):
            start -= 1
        return start

    def trim_marks(self, span: Span) -> Span:
        """Drop marks from the edges of a quote."""
        start, end = span.start, span.end
        while start < end - 1 and not self.page.tokens[start].word:
            start += 1
        while end > start + 1 and not self.page.tokens[end - 1].word:
            end -= 1
        return Span(start, end)

    def trim(self, span: Span) -> Span:
        """Drop marks, linking words and empty starts ("she is still") from the edges of a quote."""
        start, end = span.start, span.end
        tokens = self.page.tokens
        while start < end - 1 and (not tokens[start].word or tokens[start].norm in self.listed("empty_starts")):
            start += 1
        while end > start + 1 and (not tokens[end - 1].word or tokens[end - 1].norm in self.listed("empty_ends")):
            end -= 1
        return Span(start, end)
