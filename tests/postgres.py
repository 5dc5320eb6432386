"""A real PostgreSQL server of the tests' own: Debian's programs, a folder that goes afterwards, loopback alone."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

ROOT_PASSWORD = "root of the tests"
OWNER, OWNER_PASSWORD = "records_owner", "owner of the tests"


class Postgres:
    """One server; `database()` makes a new, empty database in it, owned by a login that is no superuser."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self.programs, self.port = folder, programs, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0

    def make(self) -> None:
        words = self.folder / "words"
        words.write_text(ROOT_PASSWORD)
        make_certificate(self.folder)
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, "postgres", "postgres")
        made = [self.programs / "initdb", "-D", self.folder / "data", "-U", "postgres", "--auth=scram-sha-256"]
        subprocess.run(as_postgres([*made, f"--pwfile={words}", "-E", "UTF8"]), check=True, capture_output=True)

    def start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "ssl": "on",
            "ssl_cert_file": self.folder / "server.crt",
            "ssl_key_file": self.folder / "server.key",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = as_postgres([self.programs / "postgres", "-D", self.folder / "data", *options])
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while True:
            try:
                return self.root().close()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)  # "immediate": as a power cut would
        self._process.wait(30)

    def root(self, database: str = "postgres") -> psycopg.Connection:
        return self.connect("postgres", ROOT_PASSWORD, database)

    def connect(self, login: str, password: str, database: str) -> psycopg.Connection:
        """Connect as this login with the driver alone, as somebody would who goes around Evenfall."""
        options = "-c search_path=evenfall"
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=login, password=password, dbname=database, options=options
        )

    def database(self, like: str | None = None) -> str:
        """Make a database, empty or like another one: then with the rights of that one's group of logins."""
        self._count += 1
        name = f"practice{self._count}"
        with self.root() as root:
            root.autocommit = True
            if self._count == 1:
                made = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB PASSWORD {}")
                root.execute(made.format(sql.Identifier(OWNER), sql.Literal(OWNER_PASSWORD)))
            names = sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(like or "template1")
            root.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*names))
            if like is not None:
                rights = "(SELECT datacl FROM pg_database WHERE datname = %s)"
                root.execute(f"UPDATE pg_database SET datacl = {rights} WHERE datname = %s", (like, name))
        return name

    def drop(self, database: str) -> None:
        with self.root() as root:
            root.autocommit = True
            root.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def address(self, login: str, password: str, database: str, host: str = "127.0.0.1", query: str = "") -> str:
        return f"postgresql+psycopg://{login}:{password.replace(' ', '%20')}@{host}:{self.port}/{database}{query}"


@contextmanager
def running() -> Iterator[Postgres]:
    """Run a server, or skip where none can be had."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not programs:
        pytest.skip("there is no PostgreSQL on this computer (Debian: postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="evenfall-postgres-"))
    server = Postgres(folder, programs[-1].parent)
    try:
        server.make()
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_postgres(command: list[object]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    words = [str(part) for part in command]
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    return [*user, *words] if os.geteuid() == 0 else words


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def make_certificate(folder: Path) -> None:
    """Make a certificate for localhost that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=2))
    made = made.add_extension(names, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    (folder / "server.crt").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.key").write_bytes(key.private_bytes(*plain))
    (folder / "server.key").chmod(0o600)
