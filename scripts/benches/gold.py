"""Gold documents and the scorer that lies beside them, used as it is: its functions, its matching."""

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

Document = dict[str, Any]  # a line of the gold file
Found = dict[str, Any]  # a finding as score.py reads it, with `score` besides
Predicted = Mapping[str, Sequence[Found]]  # findings by document id


def load_scorer(folder: Path) -> ModuleType:
    """Load score.py from the gold file's folder.

    Its `gold_span` looks for the quote's first occurrence; a changed text's gold says in `at` where its quote begins.
    """
    path = folder / "score.py"
    spec = importlib.util.spec_from_file_location("gold_score", path)
    if not path.is_file() or spec is None or spec.loader is None:
        sys.exit(f"bench: there is no score.py in {folder}")
    scorer = importlib.util.module_from_spec(spec)
    written = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # the folder is not ours
    spec.loader.exec_module(scorer)
    sys.dont_write_bytecode = written
    first_occurrence = scorer.gold_span

    def gold_span(finding: Document, text: str) -> tuple[int, int]:
        at = finding.get("at")
        return first_occurrence(finding, text) if at is None else (at, at + len(finding["quote"]))

    scorer.gold_span = gold_span
    return scorer


def read_gold(scorer: ModuleType, path: Path) -> list[Document]:
    """Return the documents that hold their turns; say how many do not."""
    documents = scorer.read_jsonl(path)
    whole = [document for document in documents if document.get("turns")]
    if len(whole) < len(documents):
        print(f"skipped: {len(documents) - len(whole)} documents whose turns lie in another data set")
    return whole


def score(scorer: ModuleType, documents: Sequence[Document], predicted: Predicted) -> dict[str, Any]:
    """Return score.py's figures of these documents."""
    return scorer.score(documents, [{"id": d["id"], "findings": predicted[d["id"]]} for d in documents])


class _Marked(str):
    """A category that equals its name but is counted apart, so that score.py's counts tell findings from each other."""

    finding: Document

    def __eq__(self, other: object) -> bool:
        return self is other if isinstance(other, _Marked) else str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = object.__hash__


def missed(scorer: ModuleType, document: Document, found: Sequence[Found]) -> list[Document]:
    """Return the `must` findings that the scorer's own matching leaves unmatched, in the gold file's order."""
    marked = []
    for finding in document["findings"]:
        category = _Marked(finding["category"])
        category.finding = finding
        marked.append({**finding, "category": category})
    counts = scorer.score_document({**document, "findings": marked}, found)
    unmatched = [id(key.finding) for key, outcome in counts if outcome == "miss" and isinstance(key, _Marked)]
    return [finding for finding in document["findings"] if id(finding) in unmatched]
