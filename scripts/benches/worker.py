"""What the baselines' workers share: question in, answer out, both files of JSON. Needs no more than Python."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

Found = dict[str, Any]
Read = Callable[[str, str, str], Iterator[Found]]  # kind, speaker, text to findings with `start` and `end`


def answer(name: str, make: Callable[[list[dict[str, str]]], Read]) -> None:
    """Make the baseline from the lexicons' phrases, read every turn, write what was found."""
    with open(sys.argv[1], encoding="utf-8") as file:
        question = json.load(file)
    read = make(question["phrases"])
    predicted = {}
    for document in question["documents"]:
        findings = predicted[document["id"]] = []
        for turn in document["turns"]:
            for found in read(document["kind"], turn["speaker"], turn["text"]):
                span = {"turn_id": turn["id"], "start": found.pop("start"), "end": found.pop("end")}
                findings.append({"subject": "client", "score": 1.0, **found, "evidence": [span]})
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump({"name": name, "predicted": predicted}, file)
