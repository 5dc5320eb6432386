"""A batch of short dictations over processes and over Dask: speed-up, what a recording costs beyond its stages, memory.

The stages alone are `workflow.draft_source` in a loop: in one process, and in several at once that share nothing but
the machine, which is all that its cores allow. Each way of a batch has a record and workers of its own, and the clock
starts when the workers have their model. Seconds of the processor are given as well as those of the clock: on a machine
that does other things only they can be compared. The night of scripts/plan is played through with the stages' seconds,
to see how far it is off.
"""

import argparse
import os
import random
import tempfile
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import psutil

from benches.night import Stages, play
from benches.speed import machine
from benches.table import Row, show
from pipeline import batch, resources, workflow
from pipeline.batch import Crew, Item
from pipeline.batch.processes import local_crew
from pipeline.config import Settings, load_settings
from pipeline.store import Store

SAMPLE = resources.configs() / "sample" / "dictation.wav"
Crews = Callable[[int], AbstractContextManager[Crew]]


@dataclass(frozen=True)
class Taken:
    """What a run of all recordings took: seconds of the clock, of all processors, of the desk's; the largest worker."""

    wall: float
    cpu: float
    desk: float = 0.0
    peak: int = 0  # bytes


def main(arguments: Sequence[str]) -> None:
    """Run the bench and print its tables."""
    parser = argparse.ArgumentParser(prog="scripts/bench batch", description=__doc__)
    parser.add_argument("--recordings", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of a recording")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--over", default="processes,Dask", help="which of the two")
    given = parser.parse_args(arguments)
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        counts = [int(count) for count in given.workers.split(",")]
        every = list(_recordings(Path(folder), given.recordings + max(counts), given.seconds))
        paths, warm = every[: given.recordings], every[given.recordings :]
        alone = {count: _alone(paths, Path(folder, f"alone {count}"), count) for count in counts}
        show("The stages alone", ALONE, _alone_rows(alone))
        for name in given.over.split(","):
            crews = {"processes": _processes, "Dask": _dask}[name]
            runs = {
                count: _run(paths, warm[:count], _settings(Path(folder, f"{name} {count}")), crews, count)
                for count in counts
            }
            show(f"{len(paths)} recordings over {name}", HEAD, _rows(runs, alone, len(paths)))
            most = max(counts)
            each, desk = most * alone[most].wall / len(paths), runs[most].desk / len(paths)
            print(f"\nscripts/plan --factor {each / given.seconds:.3f} --each 0 --desk {desk:.2f} --per-machine {most}")


ALONE = ("processes at once", "clock, s", "processor, s", "speed-up / processes")
HEAD = (
    "workers",
    "clock, s",
    "processor, s",
    "speed-up / workers",
    "of what the cores allow",
    "beyond the stages, ms each",
    "of the processor",
    "peak of a worker, MiB",
    "plan says, s",
    "off by",
)


def _alone_rows(alone: dict[int, Taken]) -> Iterator[Row]:
    one = alone[min(alone)].wall * min(alone)
    for count, taken in alone.items():
        yield (count, taken.wall, taken.cpu, one / taken.wall / count)


def _rows(runs: dict[int, Taken], alone: dict[int, Taken], recordings: int) -> Iterator[Row]:
    one = runs[min(runs)].wall * min(runs)
    for count, run in runs.items():
        stages = alone[count]
        beyond = 1000 * count * (run.wall - stages.wall) / recordings
        processor = 1000 * (run.cpu - stages.cpu) / recordings
        night = Stages(factor=0.0, each=count * stages.wall / recordings, desk=run.desk / recordings)
        planned = play([1.0] * recordings, count, night, random.Random(1))
        yield (
            count,
            run.wall,
            run.cpu,
            one / run.wall / count,
            stages.wall / run.wall,
            round(beyond),
            round(processor),
            run.peak >> 20,
            planned,
            f"{(planned - run.wall) / run.wall:+.0%}",
        )


def _recordings(folder: Path, count: int, seconds: float) -> Iterator[Path]:
    """Cut parts of the bundled dictation, each beginning a little later, so that no two are the same."""
    with wave.open(str(SAMPLE)) as whole:
        last = whole.getnframes() - int(seconds * whole.getframerate())
        for number in range(count):
            path = folder / f"{number}.wav"
            with wave.open(str(path), "wb") as part:
                part.setparams(whole.getparams())
                whole.setpos(last * number // count)
                part.writeframes(whole.readframes(int(seconds * whole.getframerate())))
            yield path


def _settings(home: Path) -> Settings:
    os.environ |= {"EVENFALL_HOME": str(home), "EVENFALL_SPEECH__MODEL": "rough", "EVENFALL_SPEECH__THREADS": "1"}
    return load_settings()


def _order(path: Path) -> workflow.Order:
    return workflow.Order(source=path, kind="dictation", client="B-1")


def _alone(paths: list[Path], folder: Path, count: int) -> Taken:
    """Draft the recordings in so many processes that know nothing of each other, a record and a part for each."""
    context = get_context("spawn")
    begin = context.Barrier(count + 1)
    with ProcessPoolExecutor(count, context, _wait_at, (begin,)) as pool:
        parts = [pool.submit(_part, paths[number::count], Path(f"{folder} {number}")) for number in range(count)]
        begin.wait()
        wall = time.perf_counter()
        cpu = sum(part.result() for part in parts)
        return Taken(time.perf_counter() - wall, cpu)


def _wait_at(begin: Barrier) -> None:
    global _begin
    _begin = begin


def _part(paths: list[Path], home: Path) -> float:
    """Draft some recordings when all are ready, and return the seconds of the processor that it took."""
    settings = _settings(home)
    with Store.open(settings.home, "bench", actor="bench") as store:
        workflow.draft_source(_order(paths[0]), store, settings, lambda done, total: None)  # loads what is loaded once
        store.delete_draft(store.drafts()[0].digest, "bench")
        _begin.wait()
        cpu = time.process_time()
        for path in paths:
            workflow.draft_source(_order(path), store, settings, lambda done, total: None)
        return time.process_time() - cpu


def _run(paths: list[Path], warm: list[Path], settings: Settings, crews: Crews, count: int) -> Taken:
    """Draft the recordings with workers that have each heard one of `warm` before."""
    with Store.open(settings.home, "bench", actor="bench") as store, crews(count) as crew:
        _draft(warm, store, settings, crew)
        workers = psutil.Process().children(recursive=True)
        wall, cpu, own = time.perf_counter(), _cpu(workers), time.process_time()
        _draft(paths, store, settings, crew)
        wall, desk = time.perf_counter() - wall, time.process_time() - own
        return Taken(wall, _cpu(workers) - cpu, desk, max(map(_peak, workers)))


def _draft(paths: list[Path], store: Store, settings: Settings, crew: Crew) -> None:
    items = [Item(path.name, _order(path)) for path in paths]
    ended = [event.state for event in batch.run(items, store, settings, crew) if event.over]
    if ended != ["drafted"] * len(paths):
        raise RuntimeError("not every recording was drafted")


def _cpu(workers: list[psutil.Process]) -> float:
    """Return the seconds of processors that this process and these have used."""
    times = [psutil.Process().cpu_times(), *(worker.cpu_times() for worker in workers)]
    return sum(one.user + one.system for one in times)


def _peak(worker: psutil.Process) -> int:
    """Return the most memory that a process ever had, in bytes; on Linux."""
    lines = Path(f"/proc/{worker.pid}/status").read_text(encoding="utf-8").splitlines()
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), 0)


def _processes(count: int) -> AbstractContextManager[Crew]:
    return local_crew(load_settings(), None, count)


@contextmanager
def _dask(count: int) -> Iterator[Crew]:
    import dask
    from distributed import Client, LocalCluster, Security

    from pipeline.batch.clinic import AHEAD, CONFIG
    from pipeline.batch.preparing import Preparing

    settings = load_settings()
    plugin = Preparing(settings.speech, workflow.models(settings), None)
    with (
        dask.config.set(CONFIG),
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address=None,
            security=Security.temporary(),
            protocol="tls",
            silence_logs=50,
        ) as cluster,
        Client(cluster) as client,
    ):
        client.register_plugin(plugin)
        executor = client.get_executor(pure=False)
        yield Crew(executor, executor, lambda: AHEAD * count)
