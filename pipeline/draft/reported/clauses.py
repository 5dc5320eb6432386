"""Whether a sentence of talk is a plain statement that the rules can turn: its subjects, verbs and joints."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .talk import JOINTS, holds, starting
from .vocabulary import Pronouns, Vocabulary

FIRST: Final = frozenset({"i", "me", "my", "mine", "myself"})
LIST_END: Final = 4  # tokens: after a longer "and ..." comes more than the last of a list
RESTART: Final = 5  # tokens within which a subject and its verb are said again by who starts anew
UNFINISHED: Final = frozenset({"not", "been", "feel", "felt", "want", "get", "got", "think"})
THIRD: Final = frozenset({"he", "she", "it", "they", "it's", "he's", "she's", "he'd", "she'd", "they're"})
OTHERS: Final = frozenset({"he", "she", "he's", "she's", "he'd", "she'd", "he'll", "she'll", "his", "her"})
ASKING: Final = frozenset({"what", "why", "how", "where", "who", "when", "if", "whether"})
SIGNS: Final = frozenset({",", ";", ".", "%", "£", "$", "€"})
PLURAL: Final = frozenset({"people", "children", "men", "women", "police", "parents", "kids"})
NOT_ALL: Final = frozenset({"not only", "not just", "not even"})  # what follows the comma belongs to it
Row = Sequence[str]  # the tokens of a sentence in lower case, contractions of "I" and "not" written out


class Clauses:
    """What one sentence is made of."""

    def __init__(self, row: Row, book: Vocabulary) -> None:
        self.row, self._book = row, book
        self.opening: int | None = None  # the comma that ends what stands before the main clause
        self.main = self._main()  # where the verb of the main clause ends; None: this is no statement

    def _main(self) -> int | None:
        at, row = 0, self.row
        while length := starting(row, at, self._book.leads):
            if self.clause(at) is not None and at + length < len(row) and self.clause(at + length) is None:
                break  # "Monday was horrible": the day is the subject
            at += length
            if at < len(row) and row[at] == ",":
                self.opening = at
                at += 1
        if length := starting(row, at, self._book.subordinators):
            verb = self.clause(at + length)
            if verb is None or "," not in row[verb:]:
                return None
            self.opening = list(row).index(",", verb)
            at = self.opening + 1
        verb = self.clause(at)
        return None if verb is None or self._elliptical(verb) else verb

    def _elliptical(self, verb: int) -> bool:
        """Say whether a helping verb stands alone, as in "I did" or "I wouldn't": it means what was asked."""
        if self.row[verb - 1] not in self._book.auxiliaries | self._book.modals:
            return False
        rest = [word for word in self.row[verb:] if word[0].isalnum()]
        return not set(rest) - self._book.adverbs - {"too", "though", "either", "to", "that", "it", "so"}

    def clause(self, at: int) -> int | None:
        """Return where the verb ends if a subject and its verb stand at a place, else None."""
        row, book = self.row, self._book
        if at >= len(row):
            return None
        word = row[at]
        if word in book.subjects:
            if "'" in word:
                return at + 1
            if (verb := self._verb(at + 1, first=word in ("i", "they", "people", "things"))) is not None:
                return verb
        if word in book.determiners:
            return self._after_noun(at)
        return None

    def _verb(self, at: int, first: bool) -> int | None:
        while at < len(self.row) and self.row[at] in self._book.adverbs:
            at += 1
        if at >= len(self.row):
            return None
        word = self.row[at]
        known = word in self._book.finite or (first and (word in self._book.bases or word.endswith("ed")))
        return at + 1 if known else None

    def _after_noun(self, at: int) -> int | None:
        row, book = self.row, self._book
        for i in range(at + 1, min(at + book.noun_phrase, len(row))):
            word = row[i]
            if not word[0].isalnum() or word in FIRST | JOINTS or (i == at + 1 and word in book.adverbs):
                return None
            if (
                word.endswith("'s")
                and i + 1 < len(row)
                and (row[i + 1] in book.after_is or row[i + 1] in book.verbs.ing)
            ):
                return i + 1
            if i > at + 1 and (word in book.finite or (word in book.bases and _plural(row[i - 1]))):
                return i + 1
            if i > at + 1 and word in book.adverbs and (verb := self._verb(i, first=_plural(row[i - 1]))) is not None:
                return verb
        return None

    def subject_of(self, verb: int) -> str:
        """Return the word before a verb and its adverbs: its subject, if the verb follows it at once."""
        at = verb - 1
        while at >= 0 and self.row[at] in self._book.adverbs:
            at -= 1
        return self.row[at] if at >= 0 else ""

    def splices(self) -> list[int]:
        """Return the commas that part two statements with nothing to join them: "It was awful, I cried"."""
        found, last = [], 0
        for at, word in enumerate(self.row):
            if word != ",":
                continue
            verb = self.clause(at + 1)
            inside = starting(self.row, last + (self.row[last] in JOINTS), self._book.subordinators)
            pronoun = self.row[at + 1 : at + 2] and self.row[at + 1] in FIRST | THIRD | self._book.subjects
            listed = (
                self.row[0] == "there"
                or self.row[at - 1] in self._book.adverbs
                or starting(self.row, last + 2, NOT_ALL)
            )
            if (
                at != self.opening
                and verb is not None
                and pronoun
                and not (inside or listed or self._parenthesis(verb))
            ):
                found.append(at)
            last = at + 1
        return found

    def _parenthesis(self, verb: int) -> bool:
        """Say whether the clause is no more than "I think" or "I suppose"."""
        return self.row[verb - 1] in self._book.hedges and not any(w[0].isalnum() for w in self.row[verb : verb + 1])

    def several(self) -> bool:
        """Say whether a further verb is joined to the main clause: "I'm tired and I cry", "I'm up and walk about"."""
        for at, word in enumerate(self.row):
            joint = word == "," or (word in JOINTS and (word != "so" or self._so_joins(at)))
            if not joint or at < (self.main or 0):
                continue
            if len(self.row) - at > LIST_END and word != ",":
                return True
            after = at + 1
            while after < len(self.row) and self.row[after] in JOINTS | self._book.adverbs:
                after += 1
            if self.clause(after) is not None or self._verb(at + 1, first=True) is not None:
                return True
            if after < len(self.row) and self.row[after] in self._book.finite | self._book.bases:
                return True
        return False

    def _so_joins(self, at: int) -> bool:
        """Say whether a "so" joins two clauses and is no degree, as in "so tired"."""
        after = self.row[at + 1 : at + 2]
        verb = bool(after) and after[0] in self._book.auxiliaries | self._book.modals | self._book.bases
        return self.row[at - 1] == "," or verb or self.clause(at + 1) is not None


def _plural(word: str) -> bool:
    return word in PLURAL or (word.endswith("s") and not word.endswith("ss"))


def sure(clauses: Clauses, pronouns: Pronouns, book: Vocabulary) -> bool:
    """Say whether every rule is sure of a sentence, so that its first person may be turned into these pronouns."""
    row = clauses.row
    words = [word for word in row if word[0].isalnum()]
    if clauses.main is None or len(words) > book.longest:
        return False
    if row[0] in ("that", "that's") or words[-1] in {"been", "feel", "want", "get"} or _starts_anew(row, book):
        return False
    if set(words) & (book.unsure.words | pronouns.family) or not set(row) - set(words) <= SIGNS:
        return False
    if holds(book.unsure.phrases, row) or _held_back(row, book):
        return False
    return all(_sure_at(clauses, at, pronouns, book) for at in range(len(row)))


def _starts_anew(row: Row, book: Vocabulary) -> bool:
    """Say whether a subject and its verb are said twice in a few words: "it was, it really was", "I don't I don't"."""
    pairs = [(a, b) for a, b in pairwise(row) if a in book.subjects]
    places = [at for at, word in enumerate(row[:-1]) if word in book.subjects]
    return any(
        p == q and places[j] - places[i] <= RESTART and "," not in row[places[i] : places[j]]
        for i, p in enumerate(pairs)
        for j, q in enumerate(pairs[i + 1 :], i + 1)
    )


def _held_back(row: Row, book: Vocabulary) -> bool:
    """Say whether words stand alone between two signs that take back, or hold back, what is beside them."""
    parts = " ".join(row).replace(";", ",").replace(".", ",").split(",")
    return any(part.strip() in book.unsure.alone for part in parts)


def _sure_at(clauses: Clauses, at: int, pronouns: Pronouns, book: Vocabulary) -> bool:
    row, word = clauses.row, clauses.row[at]
    after = row[at + 1] if at + 1 < len(row) else "."
    if word == "." and at + 1 < len(row):
        return row[at - 1] in ("dr", "mr", "mrs", "ms")
    if word in book.auxiliaries | book.modals | UNFINISHED and not after[0].isalnum() and at + 2 < len(row):
        return False  # "I was, I felt", "I haven't, no": begun and left, or it means what was asked
    if word == "that" and after in book.auxiliaries and row[at - 1] in book.bases | book.finite:
        return False  # "I don't remember that was long ago": two sentences
    if word in OTHERS:
        return _clear(clauses, at, book)
    if word == "i":
        if pronouns.verbs.get("have") is None and _others_before(row, at, book):
            return False
        return (
            after[0].isalnum() and clauses.clause(at) is not None and row[at - 1] not in book.auxiliaries | book.modals
        )
    if word in ("me", "my", "myself"):
        return word != "my" or after[0].isalnum()
    if word in book.unsure.saying:
        return _sure_saying(clauses, at, book)
    if word in book.unsure.thinking:
        after = next((w for w in row[at + 1 :] if w not in book.adverbs), "")
        return after in book.after_thinking or (after in (".", "") and word != "wonder")
    return _agrees(clauses, at, pronouns, book)


def _others_before(row: Row, at: int, book: Vocabulary) -> bool:
    """Say whether several people do something before "I" does, so that "they" would be them: "the kids cry, I hide"."""
    verbs = book.auxiliaries | book.modals | book.finite | book.bases
    return any(_plural(row[i]) and row[i] not in book.subjects and row[i + 1] in verbs for i in range(at - 1))


def _clear(clauses: Clauses, at: int, book: Vocabulary) -> bool:
    """Say whether "he" or "she" cannot be the client: it is no main clause's subject, or somebody was named before."""
    row = clauses.row
    opens = clauses.clause(at) is not None and (at == 0 or row[at - 1] in JOINTS | {","})
    return not opens or bool(set(row[:at]) & book.determiners)


def _agrees(clauses: Clauses, at: int, pronouns: Pronouns, book: Vocabulary) -> bool:
    """Say whether it is clear which verbs have "I" as their subject, so that they can follow another pronoun."""
    word = clauses.row[at]
    subject = clauses.subject_of(at)
    joined = subject in JOINTS | {","}
    if word == "am":
        return subject == "i"
    if word == "was":
        return not joined
    if "have" not in pronouns.verbs:
        return True
    if subject == "i" and word in book.bases & book.verbs.past:
        return False  # "I put it away": she puts, or she put?
    # "I get up and go to work": of "she" both verbs would change, and only one of them surely has her as its subject.
    return not (joined and word in book.bases | {"have", "do"})


def _sure_saying(clauses: Clauses, at: int, book: Vocabulary) -> bool:
    """Say whether what follows a "said" or "told" holds nobody's own words, or the same person's."""
    row = clauses.row
    end = next((i for i in range(at + 1, len(row)) if not row[i][0].isalnum()), len(row))
    rest = list(row[at + 1 : end])
    if set(rest) & {"no", "yes", "yeah", "okay"}:
        return False
    joined = row[end + 1 : end + 2]
    if end < len(row) and row[end] != "." and not (joined and joined[0] in ("and", "or")):
        return False
    if clauses.subject_of(at) in ("i", "would") and "i" in rest:
        return rest.index("i") <= 3 and not set(rest[: rest.index("i")]) & (book.bases | book.finite | ASKING)
    return not set(rest[1:]) & (FIRST - {"my", "me"} | THIRD | ASKING | book.finite) and not set(rest) & {"i", "myself"}
