"""A Dask plugin that loads the models where a worker starts."""

from pathlib import Path

from distributed import Worker, WorkerPlugin

from ..config import SpeechSettings
from ..findings import Finder
from ..memory import keep_private
from . import work


class Preparing(WorkerPlugin):  # type: ignore[misc]
    """Makes a worker ready to hear before it takes anything; it travels to each process that is started."""

    name = "evenfall"

    def __init__(self, settings: SpeechSettings, models: Path, model: str | None) -> None:
        self._given = settings, models, model

    def setup(self, worker: Worker) -> None:
        """Load the models; what is told of a recording on its way are two numbers."""

        def tell(number: int, share: float) -> None:
            worker.loop.add_callback(worker.log_event, work.TOPIC, (number, share))

        keep_private()
        work.prepare(*self._given, tell)
        Finder()  # what it loads stays loaded
