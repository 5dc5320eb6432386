"""Files of a model on the Hugging Face hub, fetched over plain HTTPS: resumed where they were cut, and verified.

This is Evenfall's only use of a network. The hub's own library stays switched off in every command: of version 2.4 a
download that was cut begins anew in the next process, and it tells the hub about the computer it runs on.
"""

import hashlib
import http.client
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ..errors import Unready

CHUNK: Final = 1 << 20  # bytes
PATIENCE: Final = 30.0  # seconds without a byte after which a connection counts as cut
TRIES: Final = 5  # in a row that bring no byte
PAUSE: Final = 2.0  # seconds before the next try
BUSY: Final = frozenset({408, 429, 500, 502, 503, 504})  # HTTP's ways to say: later
CUT: Final = (urllib.error.URLError, TimeoutError, ConnectionError, ssl.SSLError, http.client.HTTPException)
ELSEWHERE: Final = "Or fetch the model on another computer and run: evenfall setup --from DIR."


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository; `digest` is the SHA-256 of a large file, of others git's SHA-1 of a blob, in hex."""

    name: str
    url: str
    size: int
    digest: str


def switch_off() -> None:
    """Keep huggingface_hub, which faster-whisper brings along, off the network in this process and its children."""
    os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
    if loaded := sys.modules.get("huggingface_hub.constants"):
        loaded.HF_HUB_OFFLINE = True  # type: ignore[attr-defined]


def listing(repository: str) -> list[RemoteFile]:
    """Return the files of a repository's newest revision; the hub's address is HF_ENDPOINT, where that is set.

    Raises:
        Unready: the hub cannot be reached, or does not know the repository.
    """
    from huggingface_hub.constants import ENDPOINT

    try:
        with _open(f"{ENDPOINT}/api/models/{repository}/revision/main?blobs=true") as answer:
            known = json.load(answer)
        base = f"{ENDPOINT}/{repository}/resolve/{known['sha']}/"
        return [_file(base, sibling) for sibling in known["siblings"]]
    except urllib.error.HTTPError as error:
        raise _failed(f"the Hugging Face hub refuses it ({error.code})") from error
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise _failed() from error


def _file(base: str, sibling: dict[str, Any]) -> RemoteFile:
    large = sibling.get("lfs")
    digest = large["sha256"] if large else sibling["blobId"]
    return RemoteFile(sibling["rfilename"], base + quote(sibling["rfilename"]), int(sibling["size"]), digest)


def fetch(remote: RemoteFile, folder: Path, came: Callable[[int], None]) -> Path:
    """Return the file, whole and verified, in `folder`; what an earlier try brought is kept and gone on from.

    `came` is told how many bytes are new to it, those on the disk already among them.

    Raises:
        Unready: the network failed again and again, or what came is not what the hub says it holds.
        OSError: the disk is full.
    """
    part = folder / remote.digest
    had = part.stat().st_size if part.exists() else 0
    came(had)
    vain = 0
    while had < remote.size:
        got = _go_on(remote, part, had, came)
        had, vain = had + got, 0 if got else vain + 1
        if vain == TRIES:
            raise _failed()
        if had < remote.size:
            time.sleep(PAUSE)
    if digest_of(part, like=remote.digest) != remote.digest:
        part.unlink()
        raise Unready("The speech model was damaged on its way here.", f"Run evenfall setup again. {ELSEWHERE}")
    return part


def _go_on(remote: RemoteFile, part: Path, had: int, came: Callable[[int], None]) -> int:
    """Append what comes until the file is whole or the connection cut; return the number of bytes.

    Raises:
        Unready: the hub refuses.
        OSError: the disk is full.
    """
    got = 0
    try:
        with _open(remote.url, had) as answer, part.open("ab") as file:
            skip = 0 if answer.status == http.HTTPStatus.PARTIAL_CONTENT else had
            while data := answer.read(CHUNK):
                fresh = data[skip:]
                skip = max(0, skip - len(data))
                file.write(fresh)
                got += len(fresh)
                came(len(fresh))
    except urllib.error.HTTPError as error:
        if error.code not in BUSY:
            raise _failed(f"the Hugging Face hub refuses it ({error.code})") from error
    except CUT:
        pass  # the next try goes on from here
    return got


def digest_of(path: Path, like: str = "") -> str:
    """Return the file's SHA-256 in hex, or git's SHA-1 of a blob where `like` is as long as one (40 digits)."""
    sha = hashlib.sha1(usedforsecurity=False) if len(like) == 40 else hashlib.sha256()
    if len(like) == 40:
        sha.update(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            sha.update(data)
    return sha.hexdigest()


def _open(url: str, start: int = 0) -> http.client.HTTPResponse:
    import certifi

    context = ssl.create_default_context()  # the computer's own authorities, a clinic's among them
    context.load_verify_locations(certifi.where())
    headers = {"User-Agent": "evenfall", **({"Range": f"bytes={start}-"} if start else {})}
    request = urllib.request.Request(url, headers=headers)
    answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=PATIENCE, context=context)
    return answer


def _failed(why: str = "the Hugging Face hub cannot be reached") -> Unready:
    return Unready(
        f"The speech model could not be downloaded: {why}.",
        f"Check the network and run evenfall setup again; it goes on from where it was cut. {ELSEWHERE}",
        safe="What has come so far is kept.",
    )
