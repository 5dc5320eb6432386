"""Whose finding it is: the client's or somebody else's."""

from collections import Counter
from collections.abc import Iterable, Iterator

from ..types import Kind, Speaker, Subject
from .others import OWNERS, first_of, named_others
from .words import Page, Span, holds

HE, SHE = frozenset({"he", "hes", "hed", "he'll"}), frozenset({"she", "shes", "she'd", "she'll"})
HIS, HERS = HE | {"his", "him", "himself"}, SHE | {"her", "hers", "herself"}
JOINTS = frozenset({"and", "but", "then", "so", "or", "who", ",", ";", ":"})
PLACING = frozenset({"at", "in", "on", "from", "down", "next", "across", "opposite", "near"})
OWNED = 3  # words between "her son's" and his risk at most
NAMES = 2  # words of a name behind a role at most
QUOTES, OPENED, CLOSED = frozenset('"“”'), frozenset("“"), frozenset("”")
FAMILY = frozenset({"family", "relatives", "relative"})
FIRST = frozenset({"i", "im", "ive", "id", "i'll", "we", "we're", "weve", "we'd", "we'll", "me", "my"})


class People:
    """Who is meant by the pronouns of one transcript."""

    def __init__(self, kind: Kind, pages: Iterable[Page], words: dict[str, frozenset[str]]) -> None:
        self._kind, self._words = kind, words
        counts: Counter[str] = Counter()
        couple = False
        pages = tuple(pages)
        self._of_client = frozenset(_spoken_of_client(pages)) if kind == "session" else frozenset()
        for page in pages:
            couple = couple or page.turn.speaker == "client2"
            counts.update(token.norm for token in page.tokens)
        spoken = [word for page in pages for word in self._unclaimed(page) if word in HIS | HERS]
        spoken = spoken or [token.norm for page in pages for token in page.tokens if token.norm in HIS | HERS]
        # The pronouns that the dictation begins with are mostly the client's.
        first = next((they for word in spoken[:1] for they in (HERS, HIS) if word in they), None)
        he, she = sum(word in HIS for word in spoken), sum(word in HERS for word in spoken)
        self._couple = couple or any(counts[word] for word in words["couple"])
        own = HERS if she > 2 * he else HIS if he > 2 * she else first
        self._named_others = frozenset() if self._couple else named_others(kind, pages, words)
        self._foreign = frozenset() if self._couple or own is None else HE if own is HERS else SHE

    def whose(self, page: Page, span: Span, *, risk: bool = False) -> Subject:
        """Return whose finding the words of a span are, by the subject that stands before them in their sentence.

        A risk that somebody else only finds or fears is the client's.
        """
        sentence = page.sentence_of(span.start)
        if page.turn.speaker == "client2":
            return self._quoted(page, span.start, sentence) or "client"
        if span.start > sentence.start and self._owner(page.tokens[span.start - 1].norm):
            return "other"  # "worried about her son's suicidal thoughts"
        for i in range(min(span.start, span.end - 1), sentence.start - 1, -1):
            if i < span.start and self._done_to_client(page, i, span):
                return "client"
            judged = self._judge(page, i, sentence, page.turn.speaker)
            if judged == "other" and risk and self._only_found(page, i, span):
                return "client"
            if judged == "other" and risk and self._only_owns(page, i, span):
                continue
            if judged == "other" and self._in_passing(page, i, sentence, span):
                continue
            if judged is not None and (i < span.start or judged == "other"):
                return judged
        return "other" if self._kind == "session" and page.turn.speaker == "other" else "client"

    def _unclaimed(self, page: Page) -> Iterator[str]:
        """Yield a page's words without the pronouns that go with a role before them: "Dad said that he" is not "he"."""
        for sentence in page.sentences:
            taken: frozenset[str] = frozenset()
            for word in page.norms(sentence):
                if word not in taken:
                    yield word
                if word in self._words["male_roles"]:
                    taken |= HIS
                elif word in self._words["female_roles"]:
                    taken |= HERS

    def _in_passing(self, page: Page, i: int, sentence: Span, span: Span) -> bool:
        """Say whether a role is only in an aside that ends before a verb: "when mum was in the room, disclosed"."""
        clause = page.clause_of(i)
        role = self._kind == "dictation" and page.tokens[i].norm in self._words["roles"]
        if not role or clause.end > span.start or page.tokens[clause.end - 1].norm != ",":
            return False
        before = page.norms(Span(max(clause.start, i - 3), i))
        next_word = page.tokens[clause.end].norm
        told = next_word.endswith("ed") or next_word in self._words["verbs"] | self._words["disclosing"]
        return told and bool(self._words["subordinators"] & set(before))

    def _done_to_client(self, page: Page, i: int, span: Span) -> bool:
        """Say whether a dictation's "her" is the client to whom somebody does what follows: "told her to jump"."""
        word, after = page.tokens[i].norm, page.tokens[i + 1].norm
        told = self._kind == "dictation" or page.turn.speaker == "other"
        if not told or word not in ("her", "him") or self._couple:
            return False
        if (word == "her" and "she" in self._foreign) or (word == "him" and "he" in self._foreign):
            return False
        lets = page.tokens[i - 1].norm in self._words["letting"] and after in self._words["verbs"]
        caught = page.tokens[i - 1].norm in self._words["catching"] and after.endswith("ing")
        if not (lets or caught or after in self._words["after_object"]):
            return False
        return not JOINTS & set(page.norms(Span(i + 1, span.start)))

    def _only_found(self, page: Page, i: int, span: Span) -> bool:
        """Say whether somebody finds or fears what follows: "her mother noticed cuts", but not "his own"."""
        between = page.norms(Span(i + 1, span.start))
        for at in range(len(between)):
            if not holds(self._words["discovering"], between[at : at + 3]):
                continue
            rest = set(between[at + 1 :])
            theirs = HIS if "he" in self._foreign else HERS if "she" in self._foreign else frozenset()
            if self._kind == "session":
                theirs = HIS | HERS | {"their", "they"}
            others = self._words["roles"] | self._words["strangers"] | self._words["anyone"] | theirs | JOINTS | {"own"}
            if not others & rest:
                return True
        return False

    def _only_owns(self, page: Page, i: int, span: Span) -> bool:
        """Say whether what is somebody's stands too far off to be the risk: "since her mother's death in May, has"."""
        word, between = page.tokens[i].norm, page.norms(Span(i + 1, span.start))
        people = self._words["roles"] | self._words["strangers"]
        owns = self._owner(word) or (word.endswith("s") and word[:-1] in self._named_others)
        return owns and word not in people and len(between) > OWNED and not people & set(between)

    def _judge(self, page: Page, i: int, sentence: Span, speaker: Speaker) -> Subject | None:
        word = page.tokens[i].norm
        if word == "who":
            back = page.norms(Span(max(sentence.start, i - 4), i))
            return "other" if any(w in self._words["roles"] for w in back) else None
        if self._is_role(page, i, sentence):
            return "client" if self._couple and word.rstrip("s") in self._words["partners"] else "other"
        if self._is_stranger(page, i, sentence) or self._is_named_other(page, i, sentence):
            return "other"
        if word in FAMILY and self._anyone_of_family(page, i, sentence):
            return "other"
        if word in self._words["client_nouns"]:
            another = i > 0 and page.tokens[i - 1].norm in ("another", "fellow")
            return "other" if another or (self._kind == "session" and self._of_another(page, i)) else "client"
        if self._kind == "session":
            quoted = self._quoted(page, i, sentence) if word in FIRST else None
            of_client = page.turn.id in self._of_client and not self._named_before(page, i)
            return quoted or self._judge_said(word, speaker, of_client=of_client)
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
        if page.tokens[verb - 1].norm in self._words["be"]:
            return False  # "since her mother was admitted she has had thoughts"
        return any(self._is_role(page, place, sentence) for place in range(sentence.start, verb))

    def _judge_said(self, word: str, speaker: Speaker, *, of_client: bool) -> Subject | None:
        third = word in HE or word in SHE
        if speaker == "other":
            return "client" if third else "other" if word in FIRST else None
        if speaker == "clinician":
            asked = word in ("you", "youre", "youve", "your") or (third and of_client)
            return "client" if asked else "other" if third else None
        return "client" if word in FIRST else "other" if third or word in ("they", "theyre") else None

    def _named_before(self, page: Page, i: int) -> bool:
        """Say whether "he" may be somebody named before it, as in "your husband"; "Mum, has he" only calls her."""
        roles = (at for at in range(1, i) if page.tokens[at].norm in self._words["roles"])
        return any(page.tokens[at - 1].norm in self._words["determiners"] for at in roles)

    def _of_another(self, page: Page, i: int) -> bool:
        """Say whether "client" is not who is in the room: "my client at work", "clients who"."""
        return page.tokens[i].norm.endswith("s") or page.tokens[i - 1].norm in ("a", "my", "another", "one")

    def _anyone_of_family(self, page: Page, i: int, sentence: Span) -> bool:
        """Say whether the family's history is meant, as in "anyone in your family", but not what family knows."""
        before, after = page.norms(Span(max(sentence.start, i - 4), i)), page.norms(Span(i + 1, sentence.end))
        then = page.norms(Span(sentence.end, len(page.tokens)))
        if self._words["family_knows"] & set(after) or {"you", "youve"} & set(then):  # "And have you thought of it?"
            return False
        return after[:1] == ["history"] or bool(self._words["anyone"] & set(before) and {"in", "of"} & set(before))

    def _quoted(self, page: Page, i: int, sentence: Span) -> Subject | None:
        """Return whose words these are if somebody but the speaker is quoted ('my sister goes, "I"'), else None."""
        opened = self._mark_before(page, i)
        start = opened if opened is not None else self._comma_before(page, i, sentence)
        if start is None or not start:
            return None
        told = start - 1 - (page.tokens[start - 1].norm == ",")
        home = page.sentence_of(told)
        if page.tokens[told].norm in ("me", "us", "him", "her", "them", "that"):
            told -= 1
        if page.tokens[told].norm not in self._words["quoting" if opened is not None else "quoting_plainly"]:
            return None
        for at in range(told, home.start - 1, -1):
            word = page.tokens[at].norm
            if word in self._words["roles"] | self._words["client_nouns"] or self._owner(word):
                return "client" if self._couple and word in self._words["partners"] else "other"
            if word in HE or word in SHE or word in ("they", "theyre"):
                return "client" if page.turn.speaker == "other" or self._couple else "other"
            if word in FIRST - {"me", "my"} or word in ("you", "youre"):
                return None
        return None

    def _mark_before(self, page: Page, i: int) -> int | None:
        """Return the mark that opened the quotation in which a token stands, or None."""
        opened: int | None = None
        for at in range(i):
            norm = page.tokens[at].norm
            if norm in QUOTES:
                opened = at if norm in OPENED or (opened is None and norm not in CLOSED) else None
        return opened

    def _comma_before(self, page: Page, i: int, sentence: Span) -> int | None:
        """Return the first word behind "he goes," where it and the token are of one clause: "he goes, I'll do it"."""
        clause = page.clause_of(i)
        if clause.start <= sentence.start or page.tokens[clause.start - 1].norm != ",":
            return None
        return clause.start if page.tokens[clause.start].norm in FIRST else None

    def _is_role(self, page: Page, i: int, sentence: Span) -> bool:
        """Say whether a role such as "mother" stands as a subject or owner here, not as an object."""
        word = page.tokens[i].norm
        owner = self._owner(word)
        if word not in self._words["roles"] and not owner:
            return False
        owners = self._words["determiners"] | self._words["client_nouns"]  # "client's", apostrophes dropped
        first = first_of(page, i, sentence.start, owners)
        if self._inverted(page, first, sentence):
            return True
        behind = self._behind_name(page, i + 1, sentence)
        after = page.tokens[behind].norm if behind < sentence.end else "."
        if after == "," and word not in self._words["child_roles"] and self._beside_name(page, first, sentence):
            after = page.tokens[behind + 1].norm if behind + 1 < sentence.end else "."
            return self._opens(page, first, sentence) and self._lives(after)
        return self._opens(page, first, sentence) and (owner or self._does(after))

    def _opens(self, page: Page, first: int, sentence: Span) -> bool:
        """Say whether a subject may begin at this word."""
        before = page.tokens[first - 1]
        return first == sentence.start or not before.word or before.norm in self._words["before_role"]

    def _does(self, word: str) -> bool:
        """Say whether a word behind a subject is likely its verb."""
        listed = (self._words[name] for name in ("auxiliaries", "after_role", "verbs"))
        return any(word in words for words in listed) or word.endswith(("ed", "ing", "s"))

    def _lives(self, word: str) -> bool:
        """Say whether a subject's verb tells of themselves: not "Sue, her mother, reports cutting"."""
        return self._does(word) and word not in self._words["informing"]

    def _beside_name(self, page: Page, first: int, sentence: Span) -> bool:
        """Say whether a name and a comma stand before a role: "Tom, her husband,", but not "Ann, the daughter,"."""
        if first - 2 < sentence.start or page.tokens[first].norm not in OWNERS:
            return False
        return page.tokens[first - 1].norm == "," and self._named(page, first - 2)

    def _is_named_other(self, page: Page, i: int, sentence: Span) -> bool:
        """Say whether a subject or owner here is the name of somebody told of by role before: "Tom's dose"."""
        word = page.tokens[i].norm
        owner = word.endswith("s") and word[:-1] in self._named_others
        if not (owner or word in self._named_others) or not self._named(page, i):
            return False
        after = page.tokens[i + 1].norm if i + 1 < sentence.end else "."
        return self._opens(page, i, sentence) and (owner or self._lives(after))

    def _is_stranger(self, page: Page, i: int, sentence: Span) -> bool:
        """Say whether somebody of the client's surroundings is the subject: "a girl at school", "the boy next door".

        The client may be told of so, too: "a woman at university" is somebody else only behind a word for the client.
        """
        if page.tokens[i].norm not in self._words["strangers"]:
            return False
        place = page.norms(Span(i + 1, min(sentence.end, i + 5)))
        if not place or place[0] not in PLACING:
            return False
        at = next((at for at, word in enumerate(place) if word in self._words["surroundings"]), None)
        if at is None or not set(place[1:at]) <= self._words["determiners"]:
            return False
        first = first_of(page, i, sentence.start, self._words["determiners"])
        if "the" in page.norms(Span(first, i)) and not {"her", "his", "next", "down", "my"} & set(place[:at]):
            return False
        client = HIS | HERS | self._words["client_nouns"]
        known = any(token.norm in client for token in page.tokens[: i + 1 + at])
        if self._kind == "session":
            known = page.turn.speaker == "client"
        known = known or page.tokens[i].norm in ("someone", "somebody")
        after = page.tokens[i + at + 2].norm if i + at + 2 < sentence.end else "."
        return known and self._opens(page, first, sentence) and self._lives(after)

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


def _spoken_of_client(pages: Iterable[Page]) -> Iterator[str]:
    """Yield the clinician's turns that somebody beside the client answers: "he" in them is the client."""
    asked: list[str] = []
    for page in pages:
        if page.turn.speaker == "clinician":
            asked.append(page.turn.id)
            continue
        if page.turn.speaker == "other":
            yield from asked
        asked = []
