"""What the voices say: our own dictations and sessions, drawn templates, and strings of unrelated words.

A line is a list of `Word`s: how it is written, and how a synthesiser is made to say it ("PHQ" is said "P H Q").
Numbers are written as words, hyphens as spaces: the transcript's numbers are written by pipeline/draft/numerals.
"""

import random
import re
import unicodedata
import zlib
from dataclasses import dataclass
from pathlib import Path

import yaml
from findings.marked import read_documents
from rough import clinic

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "scripts/findings/data"
KEPT_OUT = (ROOT / "scripts/rough/heldout.txt", ROOT / "configs/sample/dictation.txt")
WORDS = (2, 22)  # of a line, fewest and most
HELD_ONE_IN = 15  # documents and templates that are never trained on
DRAWS = 30  # sentences of one template
UNRELATED = 0.18  # lines of unrelated words, per other line: they can only be heard, not guessed

ABBREVIATION = re.compile(r"[A-Z]{2,5}s?")
NUMERAL = re.compile(r"\d+(\.\d+)?(st|nd|rd|th)?")
SAYING = yaml.safe_load(Path(__file__).with_name("saying.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Word:
    """One written word, and what a voice is given to say for it."""

    written: str
    said: str


@dataclass(frozen=True)
class Line:
    """One utterance; `kind` is where it comes from."""

    kind: str
    words: tuple[Word, ...]

    @property
    def written(self) -> str:
        """Return the text that the model has to write."""
        return " ".join(word.written for word in self.words)


def number(value: int) -> str:
    """Return a number below a million in words, as it is said."""
    if value < 20:
        return str(SAYING["ones"][value])
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if value >= size:
            rest = f" {number(value % size)}" if value % size else ""
            return f"{number(value // size)} {name}{rest}"
    return SAYING["tens"][value // 10] + (" " + number(value % 10) if value % 10 else "")


def numeral(text: str) -> str:
    """Return digits in words: 14, 0.7, 14th, 2016."""
    if text[-1].isalpha():
        head, _, last = number(int(text[:-2])).rpartition(" ")
        last = SAYING["ordinals"].get(last, last[:-1] + "ieth" if last.endswith("y") else last + "th")
        return f"{head} {last}".strip()
    whole, _, parts = text.partition(".")
    if parts:
        return f"{number(int(whole))} point {' '.join(number(int(digit)) for digit in parts)}"
    value = int(whole)
    if len(whole) == 4 and 1900 <= value < 2100 and not 2000 <= value < 2010:
        return f"{number(value // 100)} {number(value % 100)}"
    return number(value)


def plain(text: str) -> str:
    """Return the text without remarks, quotes, hyphens, accents and signs that are not heard."""
    text = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", text.replace("’", "'")))
    text = re.sub(r"\([a-z ]*\)|[\"*]", "", text.replace(" - ", ", "))
    text = re.sub(r"(?<=\w)[-/](?=\w)", " ", re.sub(r"[:;]", ",", text))
    text = re.sub(r"\b(?:[A-Z] )+[A-Z]\b", lambda found: found[0].replace(" ", ""), text)
    return re.sub(r"(\d)(mg|ml|kg|pm|am|%)", r"\1 \2", text)


def word_of(core: str, mark: str) -> Word | None:
    """Return one word, or None if it is not known how it is said; `mark` is its punctuation."""
    if ABBREVIATION.fullmatch(core) and core.rstrip("s") not in SAYING["words"]:
        return Word(core + mark, " ".join(core.rstrip("s")) + mark)
    if not re.fullmatch(r"[A-Za-z]+(?:'[A-Za-z]+)*'?|[ap]\.m\.", core):
        return None
    written = core.capitalize() if core in SAYING["names"] else core
    return Word(written + mark, (core.lower() if core.isupper() else written) + mark)


def words_of(text: str) -> tuple[Word, ...] | None:
    """Return a line's words, or None where it holds what a voice could not be made to say."""
    words: list[Word] = []
    for piece in plain(text).split():
        core = piece if piece.endswith(".m.") else piece.rstrip(".,?!")
        mark = piece[len(core) :][:1]
        if NUMERAL.fullmatch(core):
            core = numeral(core)
        elif core.lower() == core:
            core = SAYING["spelt_out"].get(core, core)
        for place, part in enumerate(parts := core.split(), 1):
            word = word_of(part, mark if place == len(parts) and not part.endswith(".") else "")
            if word is None:
                return None
            words.append(word)
    return tuple(sentence(words)) if WORDS[0] <= len(words) <= WORDS[1] else None


def sentence(words: list[Word]) -> list[Word]:
    """Begin with a capital and end with a mark; "i" is "I"."""
    words = [Word("I" + word.written[1:], word.said) if re.match(r"i\b", word.written) else word for word in words]
    first, last = words[0].written, words[-1].written
    words[0] = Word(first[0].upper() + first[1:], words[0].said)
    if last[-1] not in ".?!":
        words[-1] = Word(words[-1].written.rstrip(",") + ".", words[-1].said.rstrip(",") + ".")
    return words


def held(key: str) -> bool:
    """Return whether a document or template is kept out of training."""
    return zlib.crc32(key.encode()) % HELD_ONE_IN == 0


def ours(*, kept: bool) -> list[Line]:
    """Return the sentences of our dictations and sessions that are (or are not) kept out of training."""
    lines = []
    for path in sorted(DATA.glob("*.txt")):
        for document in read_documents(path):
            if held(document.where) != kept:
                continue
            for turn in document.turns:
                parts = map(words_of, re.split(r"(?<=[.?!])\s+(?=[A-Z])", turn.text))
                lines += [Line(document.kind, words) for words in parts if words]
    return lines


def drawn(chance: random.Random, *, kept: bool) -> list[Line]:
    """Return sentences drawn from the templates of scripts/rough/corpus, each once."""
    choices, found = clinic.slots(), {}
    for path in sorted(clinic.CORPUS.glob("*.txt")):
        templates = [] if path.stem == "slots" else path.read_text(encoding="utf-8").splitlines()
        for template in templates:
            if not template.strip() or template.startswith("#") or held(template) != kept:
                continue
            for _ in range(DRAWS):
                text = re.sub(r"\s+", " ", clinic.draw(template, choices, chance))
                if words := words_of(text):
                    found[text] = Line("template", words)
    return list(found.values())


def unrelated(lines: list[Line], count: int, chance: random.Random) -> list[Line]:
    """Return lines of words that do not go together, each word of the vocabulary about equally often."""
    every = {re.sub(r"[.,?!]+$", "", w.written): w for line in lines for w in line.words[1:] if w.written[-3:] != ".m."}
    pool = [Word(written, re.sub(r"[.,?!]+$", "", word.said)) for written, word in sorted(every.items())]
    return [Line("unrelated", tuple(sentence(chance.sample(pool, chance.randint(3, 9))))) for _ in range(count)]


def training(seed: int = 1) -> list[Line]:
    """Return every training line, shuffled; none shares six words in a row with a text that is kept out."""
    chance = random.Random(seed)
    kept = [line for path in KEPT_OUT for line in path.read_text(encoding="utf-8").splitlines()]
    forbidden = clinic.runs(kept + [line.written for line in evaluation()])
    every = ours(kept=False) + drawn(chance, kept=False)
    lines = [line for line in every if not clinic.runs([line.written]) & forbidden]
    lines += unrelated(lines, int(UNRELATED * len(lines)), chance)
    chance.shuffle(lines)
    return lines


def evaluation(seed: int = 2) -> list[Line]:
    """Return the lines of the documents and templates that are kept out of training, shuffled."""
    chance = random.Random(seed)
    lines = ours(kept=True)
    templates = drawn(chance, kept=True)
    lines += chance.sample(templates, min(len(templates), len(lines)))
    chance.shuffle(lines)
    return lines
