"""Workers on a clinic's computers: Dask distributed, over TLS, as it is; retries and dead workers are Dask's.

A worker has the speech model and no key of any record. It keeps what it is sent in memory, and writes none of it.
"""

import asyncio
import ipaddress
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from .. import workflow
from ..config import ClinicSettings, Settings
from ..errors import Refused, Unready
from .desk import Crew
from .processes import cores
from .work import TOPIC

if TYPE_CHECKING:
    from distributed import Client, Nanny, Security

    from .preparing import Preparing

AHEAD: Final = 2  # recordings on their way for each worker
PAUSE: Final = 1.0  # seconds before a worker looks for its scheduler again
RETRIES: Final = 2  # of a recording whose worker died
CONFIG: Final = {
    # Nothing of a recording is ever written to a worker's disk, and no worker is paused or ended by a guess.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    "distributed.admin.low-level-log-length": 0,
    # What Dask measures of itself fifty times a second takes some percent of a core from who listens there.
    "distributed.admin.tick.interval": "1 s",
    "distributed.admin.system-monitor.interval": "10 s",
    "distributed.admin.large-graph-warning-threshold": "8 GiB",  # a recording is an argument, so that it may be resent
    "distributed.worker.preload": [],
    "distributed.nanny.preload": [],
}
INSTALL: Final = 'Install it: pip install "evenfall[clinic]".'


@contextmanager
def crew(address: str, settings: ClinicSettings) -> "Iterator[Crew]":
    """Work with the workers of a scheduler.

    Raises:
        Refused: the address is without TLS, and not this computer's own.
        Unready: Dask is not installed, a certificate is missing, or nobody answers there.
    """
    security = _security(address, settings)
    import dask
    from distributed import Client

    with dask.config.set(CONFIG):
        try:
            client = Client(address, security=security, timeout=settings.connect_seconds, set_as_default=False)
        except (OSError, ValueError) as error:
            raise _no_answer() from error
        shares: dict[int, float] = {}
        client.subscribe_topic(TOPIC, lambda event: shares.update([event[1]]))
        executor = client.get_executor(pure=False, retries=RETRIES)
        try:
            yield Crew(executor, executor, partial(_ahead, client), lambda number: shares.get(number, 0.0))
        finally:
            executor.shutdown(wait=False)
            client.close()


def _ahead(client: "Client") -> int:
    """Return how many recordings may be on their way; those of one worker while the scheduler is away."""
    workers = 1
    with suppress(OSError, RuntimeError):
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
    return AHEAD * max(1, workers)


def work_for(settings: Settings, model: str | None, workers: int, ready: Callable[[], None]) -> None:
    """Work for the settings' scheduler until this process is told to end; a worker process that dies is started again.

    Raises:
        Refused, Unready: as `crew` says.
    """
    address = settings.clinic.scheduler or ""
    security = _security(address, settings.clinic)
    import dask

    from .preparing import Preparing

    threads = settings.speech.threads or max(1, cores() // workers)
    plugin = Preparing(settings.speech.model_copy(update={"threads": threads}), workflow.models(settings), model)
    with dask.config.set(CONFIG), TemporaryDirectory(prefix="evenfall-worker-") as folder:
        asyncio.run(_work(address, security, plugin, workers, folder, ready))


async def _work(
    address: str, security: "Security", plugin: "Preparing", workers: int, folder: str, ready: Callable[[], None]
) -> None:
    from distributed import Nanny

    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows has no handlers in a loop; Ctrl-C ends it there
            asyncio.get_running_loop().add_signal_handler(number, told.set)
    nanny = partial(
        Nanny,
        address,
        nthreads=1,
        security=security,
        memory_limit=0,
        local_directory=folder,
        dashboard=False,
        dashboard_address="127.0.0.1:0",
        plugins=(plugin,),
    )
    await asyncio.gather(*(_stay(nanny, told, ready) for _ in range(workers)))


async def _stay(nanny: "Callable[[], Nanny]", told: asyncio.Event, ready: Callable[[], None]) -> None:
    """Keep a worker at a scheduler; Dask ends one whose scheduler is gone, and then it waits for the next.

    Raises:
        Unready: there is no scheduler from the beginning.
    """
    known = False
    while not told.is_set():
        try:
            async with nanny() as one:
                if not known:
                    ready()
                known = True
                over = [asyncio.create_task(told.wait()), asyncio.create_task(one.finished())]
                await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
                for task in over:
                    task.cancel()
        except (OSError, RuntimeError) as error:  # RuntimeError: what Dask makes of any failure to start
            if not known:
                raise _no_answer() from error
        if not told.is_set():
            await asyncio.sleep(PAUSE)


def _security(address: str, settings: ClinicSettings) -> "Security":
    try:
        from distributed import Security
    except ImportError as error:
        raise Unready("Dask distributed is not installed.", INSTALL) from error
    parts = urlsplit(address)
    if parts.scheme == "tcp" and _is_loopback(parts.hostname or ""):
        return Security(require_encryption=False)
    if parts.scheme != "tls":
        raise Refused(
            "A scheduler without TLS is not used: recordings would cross the network with their keys.",
            "Start it with --tls-ca-file, --tls-cert and --tls-key, and name it as tls://HOST:8786.",
        )
    files = {name: getattr(settings, name) for name in ("tls_ca", "tls_cert", "tls_key")}
    for name, path in files.items():
        if path is None or not path.is_file():
            raise Unready(
                f"The file of clinic.{name} is not there.",
                "Name it by --tls-ca, --tls-cert, --tls-key, or under `clinic` in config.yaml.",
            )
    ca, cert, key = (str(path) for path in files.values())
    return Security(
        require_encryption=True,
        tls_ca_file=ca,
        tls_client_cert=cert,
        tls_client_key=key,
        tls_worker_cert=cert,
        tls_worker_key=key,
    )


def _no_answer() -> Unready:
    return Unready(
        "The scheduler does not answer, or does not take this certificate.",
        "See whether it runs, and whether its certificates are of the same authority.",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
