"""In a fresh process of whichever Python has the engine: hear a sound once; print the figures as JSON.

Arguments: the engine's name, the model's folder, the sound (.npy, mono, 16 kHz), threads. openai-whisper's Python has
nothing of Evenfall.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Hear = Callable[[Any], int]  # sound to number of words

SAME = {"language": "en", "word_timestamps": True, "beam_size": 5}


def ours(folder: Path, threads: int) -> Hear:
    """Return Evenfall's engine, as `evenfall draft` uses it."""
    from pipeline.speech.engine import Heard
    from pipeline.speech.whisper import WhisperEngine

    engine = WhisperEngine(folder, threads, "en")

    def hear(sound: Any) -> int:
        events = engine.listen(sound, lambda done, total: None)
        return sum(len(event.words) for event in events if isinstance(event, Heard))

    return hear


def batched(folder: Path, threads: int) -> Hear:
    """Return faster-whisper's BatchedInferencePipeline with its own defaults."""
    from faster_whisper import BatchedInferencePipeline

    pipeline = BatchedInferencePipeline(_model(folder, threads))
    return lambda sound: _count(pipeline.transcribe(sound, **SAME)[0])


def sequential(folder: Path, threads: int) -> Hear:
    """Return faster-whisper one window after the other, with its voice activity detection."""
    model = _model(folder, threads)
    return lambda sound: _count(model.transcribe(sound, vad_filter=True, condition_on_previous_text=False, **SAME)[0])


def _model(folder: Path, threads: int) -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)


def _count(segments: Any) -> int:
    return sum(len(segment.words) for segment in segments)


def openai(folder: Path, threads: int) -> Hear:
    """Return openai-whisper in float32, which is what it runs on a CPU."""
    import torch
    import whisper
    from whisper.model import ModelDimensions, Whisper

    torch.set_num_threads(threads)
    with np.load(folder / "openai.npz") as file:
        dims = {name[5:]: int(file[name]) for name in file.files if name.startswith("dims.")}
        model = Whisper(ModelDimensions(**dims))
        model.load_state_dict({name: torch.from_numpy(file[name]) for name in file.files if "dims." not in name})
    model.eval()
    heads = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
    heads[-1] = True  # those that keep the time
    model.register_buffer("alignment_heads", heads.to_sparse(), persistent=False)

    def hear(sound: Any) -> int:
        heard = whisper.transcribe(model, sound, fp16=False, condition_on_previous_text=False, **SAME)
        return sum(len(segment["words"]) for segment in heard["segments"])

    return hear


ENGINES = {"ours": ours, "batched": batched, "sequential": sequential, "openai": openai}


def peak() -> float:
    """Return the most memory this process ever held, in MB; Linux counts it anew for each program."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Measure."""
    name, folder, sound, threads = sys.argv[1:]
    hear = ENGINES[name](Path(folder), int(threads))
    heard = np.load(sound)
    start, worked = time.perf_counter(), time.process_time()
    words = hear(heard)
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    print(json.dumps({"seconds": seconds, "worked": worked, "peak": peak(), "words": words}))


if __name__ == "__main__":
    main()
