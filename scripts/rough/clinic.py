"""Clinicians' dictation as text: the templates of `corpus/` and the sentences drawn from them."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
DRAWS = 40  # sentences from one template; a plain line is one
TRIES = 3  # draws for each wanted sentence, as some repeat
RUN = 6  # words in a row that a training sentence may not share with the sample or the held-out text
SLOT, CHOICE, LETTERS = re.compile(r"\{(\w+)\}"), re.compile(r"\[([^\[\]]*)\]"), re.compile(r"\b(?:[A-Z] )+[A-Z]\b")
FORMS = (
    {"s": "she", "o": "her", "p": "her", "r": "herself"},
    {"s": "he", "o": "him", "p": "his", "r": "himself"},
)


def words_of(text: str) -> list[str]:
    """Split into the recogniser's words: lower case, no punctuation, letters of an abbreviation joined (PHQ)."""
    text = re.sub(r"\b([ap]) m\b", r"\1.m.", text)
    text = LETTERS.sub(lambda found: found[0].replace(" ", ""), text)
    return re.findall(r"[ap]\.m\.|[a-z]+(?:'[a-z]+)*", text.lower().replace("’", "'"))


def slots() -> dict[str, list[str]]:
    """Read the slots and their choices."""
    lines = (line for line in (CORPUS / "slots.txt").read_text().splitlines() if " = " in line and line[0] != "#")
    return {name: choices.split(" | ") for name, choices in (line.split(" = ", 1) for line in lines)}


def draw(template: str, choices: dict[str, list[str]], chance: random.Random) -> str:
    """Fill one template; one person's pronouns are the same all through."""
    person = dict(chance.choice(FORMS))
    if chance.random() < 0.2 and template.count("{s}") == 1:
        person["s"] = chance.choice(("client", "the client", "the patient", "patient"))

    def fill(found: re.Match[str]) -> str:
        return person.get(found[1]) or chance.choice(choices[found[1]])

    text = template
    while "{" in text or "[" in text:
        text = CHOICE.sub(lambda found: chance.choice(found[1].split("|")), text)
        text = SLOT.sub(fill, text, count=1)
    return text


def runs(lines: list[str]) -> frozenset[tuple[str, ...]]:
    """Return every run of `RUN` words, and every whole line of four words or more, that training must not hold."""
    found = set()
    for words in map(words_of, lines):
        found.update(tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))
    return frozenset(found)


def sentences(kept_out: list[str], seed: int = 1) -> Iterator[list[str]]:
    """Yield training sentences, none of which shares `RUN` words in a row with the texts that are kept out."""
    chance, choices, forbidden = random.Random(seed), slots(), runs(kept_out)
    whole = {tuple(words) for words in map(words_of, kept_out) if len(words) > 3}
    for path in sorted(CORPUS.glob("*.txt")):
        if path.stem == "slots":
            continue
        for template in path.read_text().splitlines():
            if not template.strip() or template.startswith("#"):
                continue
            drawn = {tuple(words_of(draw(template, choices, chance))): None for _ in range(DRAWS * TRIES)}
            for words in list(drawn)[:DRAWS]:
                parts = {words[i : i + RUN] for i in range(len(words) - RUN + 1)}
                if not parts & forbidden and words not in whole:
                    yield list(words)
