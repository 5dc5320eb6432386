"""Peer: Resemblyzer's embeddings and Google's spectralcluster, as the latter's README joins them.

    _, embeddings, windows = VoiceEncoder().embed_utterance(wav, return_partials=True, rate=16)
    labels = icassp2018_clusterer.predict(embeddings)

Silence is not cut out, which would shift all times; both systems are told the same stretches of speech instead. Reads
and writes JSON: conversations with a .npy file of sound, the stretches and how many people speak.
"""

import json
import sys
import time
import warnings
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 16  # windows a second, as in spectralcluster's README
STEP = 0.01  # seconds


def main() -> None:
    """Answer the question."""
    warnings.simplefilter("ignore")
    import torch
    from resemblyzer import VoiceEncoder, audio, hparams

    torch.set_num_threads(2)
    encoder = VoiceEncoder("cpu", verbose=False)
    with open(sys.argv[1], encoding="utf-8") as file:
        question = json.load(file)
    answer, began = [], time.process_time()
    for asked in question:
        wav = audio.normalize_volume(np.load(asked["sound"]), hparams.audio_norm_target_dBFS, increase_only=True)
        _, embeddings, windows = encoder.embed_utterance(wav, return_partials=True, rate=RATE)
        centres = np.array([(window.start + window.stop) / 2 / hparams.sampling_rate for window in windows])
        spoken = np.array([any(a <= c < b for a, b in asked["speech"]) for c in centres])
        given, judged = (
            _stretches(asked["speech"], centres[spoken], _labels(embeddings[spoken], count))
            for count in (asked["people"], None)
        )
        answer.append({"given": given, "judged": judged})
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump({"answer": answer, "seconds": time.process_time() - began}, file)


def _labels(embeddings: NDArray[np.float32], count: int | None) -> NDArray[np.int64]:
    from spectralcluster import configs

    if len(embeddings) < 2:
        return np.zeros(len(embeddings), np.int64)
    clusterer = copy(configs.icassp2018_clusterer)
    if count is not None:
        clusterer.min_clusters = clusterer.max_clusters = min(count, len(embeddings))
    labels: NDArray[np.int64] = clusterer.predict(embeddings)
    return labels


def _stretches(speech: list[list[float]], centres: NDArray[np.float64], labels: NDArray[np.int64]) -> list[Any]:
    """Give each moment of speech to the nearest window's voice."""
    made: list[Any] = []
    if not len(centres):
        return made
    for start, end in speech:
        moments = np.arange(start, end, STEP)
        nearest = labels[np.abs(moments[:, None] - centres[None]).argmin(axis=1)]
        first = 0
        for place in range(1, len(moments) + 1):
            if place == len(moments) or nearest[place] != nearest[first]:
                until = end if place == len(moments) else float(moments[place])
                made.append([float(moments[first]), until, str(nearest[first])])
                first = place
    return made


if __name__ == "__main__":
    main()
