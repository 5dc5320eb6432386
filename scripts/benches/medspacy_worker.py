"""Baseline: medspaCy as it comes (PyRuSH, TargetMatcher, ConText with its own rules), our lexicons' phrases as targets.

A phrase's gap ("...") becomes up to three words of any kind. Of the lexicons' own knowledge it gets the speaker that a
group is for and the polarity that a group fixes; negation, family and hypothesis are ConText's.
"""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import medspacy
from loguru import logger
from medspacy.ner import TargetRule

from benches.worker import Found, Read, answer

GAP_LENGTH = 3  # words, as in pipeline/findings/phrases.py


def make(phrases: list[dict[str, str]]) -> Read:
    """Return the reader of one turn."""
    logger.remove()
    nlp = medspacy.load()
    rules = [
        TargetRule(p["words"], p["category"].upper(), pattern=pattern(nlp, p["words"]), metadata=p) for p in phrases
    ]
    nlp.get_pipe("medspacy_target_matcher").add(rules)

    def read(kind: str, speaker: str, text: str) -> Iterator[Found]:
        for entity in nlp(text).ents:
            about = entity._.target_rule.metadata
            if entity._.is_hypothetical or (kind == "session" and about["speaker"] not in ("any", side(speaker))):
                continue
            denied = about["polarity"] == "denied" or (about["polarity"] == "resolved" and entity._.is_negated)
            yield {
                "category": about["category"],
                "polarity": "denied" if denied else "affirmed",
                "subject": "other" if entity._.is_family else "client",
                "start": entity.start_char,
                "end": entity.end_char,
            }

    return read


def side(speaker: str) -> str:
    """Return whose words a lexicon group may stand in."""
    return "clinician" if speaker == "clinician" else "client"


def pattern(nlp: Any, words: str) -> list[dict[str, Any]] | None:
    """Return a token pattern for a phrase with a gap; None for a plain one."""
    if "..." not in words:
        return None
    pieces = [[{"LOWER": token.lower_} for token in nlp.make_doc(part.strip())] for part in words.split("...")]
    gap = [{"IS_ALPHA": True}, *[{"IS_ALPHA": True, "OP": "?"}] * (GAP_LENGTH - 1)]
    return [token for number, piece in enumerate(pieces) for token in ([] if number == 0 else gap) + piece]


if __name__ == "__main__":
    answer(f"medspaCy {version('medspacy')}, same phrases", make)
