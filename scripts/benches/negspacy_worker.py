"""Baseline where medspaCy cannot be had: spaCy's PhraseMatcher on our lexicons' phrases and negspaCy's NegEx."""

from collections.abc import Iterator
from importlib.metadata import version

import spacy
from negspacy.negation import Negex
from negspacy.termsets import termset
from spacy.matcher import PhraseMatcher
from spacy.util import filter_spans

from benches.worker import Found, Read, answer


def make(phrases: list[dict[str, str]]) -> Read:
    """Return the reader of one turn; phrases with a gap are left out."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    for category in {p["category"] for p in phrases}:
        plain = (p["words"] for p in phrases if p["category"] == category and "..." not in p["words"])
        matcher.add(category, list(nlp.tokenizer.pipe(plain)))
    negex = Negex(nlp, "negex", neg_termset=termset("en_clinical").get_patterns())

    def read(kind: str, speaker: str, text: str) -> Iterator[Found]:
        doc = nlp(text)
        doc.ents = filter_spans(matcher(doc, as_spans=True))
        for entity in negex(doc).ents:
            polarity = "denied" if entity._.negex else "affirmed"
            yield {
                "category": entity.label_,
                "polarity": polarity,
                "start": entity.start_char,
                "end": entity.end_char,
            }

    return read


if __name__ == "__main__":
    answer(f"PhraseMatcher + negspaCy {version('negspacy')}, same phrases", make)
