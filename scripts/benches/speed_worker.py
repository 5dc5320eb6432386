"""In a fresh process: import, make a finder, read a document once and five times more; print the figures as JSON."""

import importlib
import json
import resource
import statistics
import sys
import time
from pathlib import Path

REPEATS = 5


def main() -> None:
    """Measure with the documents file and the finder that are named."""
    clock = time.perf_counter
    begun = clock()
    from pipeline.speech.transcripts.documents import read_documents

    finder_module = importlib.import_module("pipeline.findings.finder")
    imported = clock()
    finder = getattr(finder_module, sys.argv[2])()
    made = clock()
    ((_, transcript),) = read_documents(Path(sys.argv[1]))
    seconds = []
    for _ in range(REPEATS + 1):
        start = clock()
        found = finder.find(transcript)
        seconds.append(clock() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform != "darwin" else 1024)
    figures = {
        "import, s": imported - begun,
        "construction, s": made - imported,
        "first find, s": seconds[0],
        "warm find, s (median of 5)": statistics.median(seconds[1:]),
        "peak memory, MiB": round(peak / 1024),
        "findings": len(found),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
