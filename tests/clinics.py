"""A clinic on loopback: a certificate authority of its own, a Dask scheduler over TLS, workers by the real command."""

import datetime
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .batches import Evening

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """A certificate authority in a folder: ca.pem, and one certificate with its key for every computer."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        own, key = _key(), _key()
        ca = _certificate("clinic", "clinic", own, own, ca=True)
        cert = _certificate("clinic", "computer", own, key, ca=False)
        (self.folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        (self.folder / "cert.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
        (self.folder / "key.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    @property
    def options(self) -> list[str]:
        """The options of `evenfall batch` and `evenfall worker`; `dask scheduler` calls the first --tls-ca-file."""
        files = {"ca": "ca.pem", "cert": "cert.pem", "key": "key.pem"}
        return [word for name, file in files.items() for word in (f"--tls-{name}", str(self.folder / file))]


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _certificate(
    issuer: str, subject: str, own: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (issuer, subject)]
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .issuer_name(names[0])
        .subject_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(own, hashes.SHA256())
    )


@dataclass
class Clinic:
    """A folder of the clinic's, with what its processes print."""

    root: Path

    @cached_property
    def authority(self) -> Authority:
        return Authority(self.root / "tls")

    @cached_property
    def port(self) -> int:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return int(free.getsockname()[1])

    @property
    def address(self) -> str:
        return f"tls://127.0.0.1:{self.port}"

    @property
    def options(self) -> list[str]:
        return ["--scheduler", self.address, *self.authority.options]

    @contextmanager
    def scheduler(self) -> "Iterator[subprocess.Popen[bytes]]":
        """Run Dask's own scheduler."""
        tls = [word.replace("--tls-ca", "--tls-ca-file") for word in self.authority.options]
        command = [sys.executable, "-m", "dask", "scheduler", "--host", self.address, "--no-dashboard", *tls]
        with running(command, Evening(self.root / "scheduler"), self.root / "scheduler.log", "Scheduler at") as process:
            yield process

    @contextmanager
    def worker(self, name: str = "worker") -> "Iterator[subprocess.Popen[bytes]]":
        """Run `evenfall worker` with one process, on a computer with a home of its own and no passphrase."""
        evenfall = [sys.executable, "-c", "from pipeline.cli import main; main()"]
        command = [*evenfall, "worker", "--workers", "1", *self.options]
        with running(command, Evening(self.root / name), self.root / f"{name}.log", "Ready") as process:
            yield process


@contextmanager
def running(command: list[str], place: Evening, log: Path, word: str) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a command until the end of the block, from when its log says a word."""
    place.root.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        begun = file.tell()
        process = subprocess.Popen(
            command,
            stdout=file,
            stderr=file,
            env=place.environment(EVENFALL_PASSPHRASE="", EVENFALL_SPEECH__THREADS="1"),
            start_new_session=True,
        )
    try:
        wait_for(lambda: word.encode() in log.read_bytes()[begun:] or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it is not, in that time.
    """
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise TimeoutError("what was waited for did not come")
        time.sleep(0.05)
