"""Where models lie, how they get there, and what is said when they do not."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.config import load_settings
from pipeline.errors import ModelMissing, Unready
from pipeline.resources import configs
from pipeline.speech import hub, integrity, pace, weights
from pipeline.speech.choose import load_engine
from pipeline.speech.whisper import WhisperEngine

from .random_whisper import build, hub_layout


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "random")


def ignored(done: float, total: float) -> None:
    """Take progress and do nothing."""


def hidden(root: Path) -> list[str]:
    """What an installation left behind that is no model."""
    return [path.name for path in root.iterdir() if path.name.startswith(".")]


def test_without_a_model_the_next_step_is_setup(tmp_path: Path) -> None:
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ModelMissing) as caught:
            weights.find(None, root)
        assert "evenfall setup" in caught.value.next_step
        assert "--model DIR" in caught.value.next_step


def test_rough_is_a_name(tmp_path: Path) -> None:
    assert weights.find("rough", tmp_path) == "rough"


def test_a_folder_that_is_named_is_taken_or_told_what_it_lacks(model: Path, tmp_path: Path) -> None:
    assert weights.find(str(model), tmp_path) == model
    folder = shutil.copytree(model, tmp_path / "part")
    (folder / "tokenizer.json").unlink()
    (folder / "vocabulary.json").unlink()
    with pytest.raises(ModelMissing, match="lacks tokenizer.json, vocabulary"):
        weights.find(str(folder), tmp_path)
    with pytest.raises(ModelMissing, match="does not exist"):
        weights.find(str(tmp_path / "nowhere"), tmp_path)


def test_an_installed_model_is_found_by_name_and_the_last_one_by_default(model: Path, tmp_path: Path) -> None:
    root = tmp_path / "models"
    first = weights.install(model, root)
    second = weights.install(shutil.copytree(model, tmp_path / "other"), root)
    assert (first, second) == (root / "random", root / "other")
    os.utime(first, (1, 1))
    assert weights.find(None, root) == second
    assert weights.find("random", root) == first
    os.utime(second, (0, 0))
    assert weights.find(None, root) == first
    (first / "model.bin").unlink()
    assert weights.find(None, root) == second, "an incomplete one does not count"
    assert hidden(root) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_folder_of_the_hub_is_installed_with_its_files_not_its_links(model: Path, tmp_path: Path) -> None:
    cache = hub_layout(model, tmp_path / "hub")
    for number, source in enumerate((cache, cache.parent, next((cache / "snapshots").iterdir()))):
        root = tmp_path / f"models{number}"
        place = weights.install(source, root)
        assert place == root / "tiny.en"
        assert not any(path.is_symlink() for path in place.iterdir())
        assert (place / "model.bin").read_bytes() == (model / "model.bin").read_bytes()
    shutil.rmtree(cache / "blobs")
    with pytest.raises(ModelMissing, match="lacks"):
        weights.install(cache, tmp_path / "models0")


def test_a_model_that_does_not_run_is_not_installed_and_the_one_before_it_stays(model: Path, tmp_path: Path) -> None:
    root = tmp_path / "models"
    place = weights.install(model, root)
    before = (place / "model.bin").read_bytes()
    broken = shutil.copytree(model, tmp_path / "broken" / "random")
    (broken / "model.bin").write_bytes(before[:-100_000])
    with pytest.raises(Unready, match="does not load"):
        weights.install(broken, root)
    assert (place / "model.bin").read_bytes() == before
    assert weights.find(None, root) == place
    assert hidden(root) == []


def test_installing_again_replaces(model: Path, tmp_path: Path) -> None:
    place = weights.install(model, tmp_path / "models")
    (place / "stray").write_text("old", encoding="utf-8")
    weights.install(model, tmp_path / "models")
    assert not (place / "stray").exists()
    assert hidden(tmp_path / "models") == []


def test_what_is_no_model_is_not_installed(tmp_path: Path) -> None:
    for source in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ModelMissing, match="no speech model"):
            weights.install(source, tmp_path / "models")


@dataclass
class Hub:
    """A hub on this computer, of the protocol as much as a download asks for. It may be told to fail."""

    files: dict[str, bytes]
    cut: list[int] = field(default_factory=list)  # bytes after which the next answers with a file end too early
    wrong: bytes = b""  # what model.bin's last bytes are instead
    refuses: int = 0  # the HTTP status of each answer with a file
    ranges: bool = True  # whether it knows how to begin in the middle
    asked: list[str] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)  # bytes of each file

    def about(self) -> bytes:
        """Return what the hub says about the repository: large files by SHA-256, the others as git does."""
        siblings = []
        for name, data in {**self.files, "README.md": b"for people"}.items():
            git = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            large = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
            siblings.append(
                {"rfilename": name, "size": len(data), "blobId": git} | ({"lfs": large} if name == "model.bin" else {})
            )
        return json.dumps({"id": "Systran/faster-whisper-base.en", "sha": "a" * 40, "siblings": siblings}).encode()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path, start = request.path, int(request.headers.get("Range", "bytes=0-")[6:-1]) if self.ranges else 0
        self.asked.append(f"{path} {start}")
        if path.startswith("/api/models/"):
            status, data, end = 200, self.about(), None
        elif path.startswith("/cdn/"):
            name = path.rpartition("/")[2]
            whole = self.files[name]
            data = (whole[: -len(self.wrong)] + self.wrong if self.wrong and name == "model.bin" else whole)[start:]
            status, end = self.refuses or (206 if start else 200), self.cut.pop(0) if self.cut else None
            self.sent[name] = self.sent.get(name, 0) + len(data[:end])
        else:  # as the hub does: the file lies elsewhere
            request.send_response(302)
            request.send_header("Location", f"/cdn{path}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        request.send_response(status)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data[:end])


@pytest.fixture
def remote(model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    made = Hub({path.name: path.read_bytes() for path in model.iterdir()})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 (the library's name)
            made.answer(self)

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(hub, "PAUSE", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_is_verified_and_put_in_place_whole(remote: Hub, tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []
    root = tmp_path / "models"
    place = weights.download("fast", root, lambda done, total: told.append((done, total)))
    assert place == weights.find(None, root) == root / "base.en"
    assert {path.name: path.read_bytes() for path in place.iterdir() if path.name != integrity.RECORD} == remote.files
    total = sum(map(len, remote.files.values()))
    assert told[-1] == (total, total)
    assert hidden(root) == []
    assert remote.asked[0].startswith("/api/models/Systran/faster-whisper-base.en/revision/main")
    assert "README.md" not in " ".join(remote.asked), "only what a model needs"


@pytest.mark.parametrize("cuts", [[1000], [5000, 0, 5000, 1]], ids=["once", "again and again"])
def test_a_connection_that_is_cut_is_gone_on_with(remote: Hub, tmp_path: Path, cuts: list[int]) -> None:
    remote.cut = cuts
    place = weights.download("fast", tmp_path, ignored)
    assert (place / "model.bin").read_bytes() == remote.files["model.bin"]
    assert remote.sent == {name: len(data) for name, data in remote.files.items()}, "no byte twice"


def test_a_download_that_was_given_up_goes_on_in_the_next_run(remote: Hub, tmp_path: Path) -> None:
    remote.cut = [3000, *[0] * hub.TRIES]
    with pytest.raises(Unready, match="cannot be reached") as caught:
        weights.download("fast", tmp_path, ignored)
    assert "goes on from where it was cut" in caught.value.next_step
    assert "evenfall setup --from DIR" in caught.value.next_step
    assert weights.installed(tmp_path) == []
    assert sum(remote.sent.values()) == 3000
    told: list[float] = []
    weights.download("fast", tmp_path, lambda done, total: told.append(done))
    assert told[0] == 3000
    assert remote.sent == {name: len(data) for name, data in remote.files.items()}, "no byte twice"
    assert hidden(tmp_path) == []


def test_a_setup_that_was_stopped_at_the_end_fetches_nothing_again(
    remote: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(engine: WhisperEngine) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(WhisperEngine, "try_out", stop)
        weights.download("fast", tmp_path, ignored)
    weights.download("fast", tmp_path, ignored)
    assert remote.sent == {name: len(data) for name, data in remote.files.items()}, "no byte twice"


def test_a_download_that_does_not_load_for_want_of_memory_is_kept(
    remote: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("mkl_malloc: failed to allocate memory")

    with monkeypatch.context() as patched, pytest.raises(Unready, match="too little free memory") as caught:
        patched.setattr("faster_whisper.WhisperModel", refuse)
        weights.download("fast", tmp_path, ignored)
    assert "Close other programs" in caught.value.next_step
    assert weights.installed(tmp_path) == []
    weights.download("fast", tmp_path, ignored)
    assert remote.sent == {name: len(data) for name, data in remote.files.items()}, "no byte twice"
    assert hidden(tmp_path) == []


def test_a_model_from_a_stick_that_does_not_run_leaves_a_download_that_waits(
    remote: Hub, model: Path, tmp_path: Path
) -> None:
    remote.cut = [3000, *[0] * hub.TRIES]
    with pytest.raises(Unready, match="cannot be reached"):
        weights.download("fast", tmp_path / "models", ignored)
    broken = shutil.copytree(model, tmp_path / "base.en")
    (broken / "model.bin").write_bytes(b"?")
    with pytest.raises(Unready, match="does not load"):
        weights.install(broken, tmp_path / "models")
    weights.download("fast", tmp_path / "models", ignored)
    assert remote.sent == {name: len(data) for name, data in remote.files.items()}, "no byte twice"


def test_a_hub_that_cannot_begin_in_the_middle_is_borne_with(remote: Hub, tmp_path: Path) -> None:
    remote.cut, remote.ranges = [3000, 4000], False
    place = weights.download("fast", tmp_path, ignored)
    assert all((place / name).read_bytes() == data for name, data in remote.files.items())


def test_what_is_not_what_the_hub_promises_is_thrown_away(remote: Hub, tmp_path: Path) -> None:
    remote.wrong = b"other"
    with pytest.raises(Unready, match="damaged on its way"):
        weights.download("fast", tmp_path, ignored)
    assert weights.installed(tmp_path) == []
    remote.wrong = b""
    place = weights.download("fast", tmp_path, ignored)
    assert (place / "model.bin").read_bytes() == remote.files["model.bin"]


@pytest.mark.parametrize(("status", "words"), [(404, r"refuses it \(404\)"), (503, "cannot be reached")])
def test_a_hub_that_does_not_give_is_told(remote: Hub, tmp_path: Path, status: int, words: str) -> None:
    remote.refuses = status
    with pytest.raises(Unready, match=words):
        weights.download("fast", tmp_path, ignored)


def test_no_network_is_told_with_the_way_round_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    with pytest.raises(Unready, match="cannot be reached") as caught:
        weights.download("balanced", tmp_path, ignored)
    assert "evenfall setup --from DIR" in caught.value.next_step


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk to write to is Linux's")
def test_a_full_disk_is_told(remote: Hub, tmp_path: Path) -> None:
    parts = tmp_path / ".partial-base.en" / "parts"
    parts.mkdir(parents=True)
    for name in remote.files:
        (parts / hashlib.sha256(remote.files[name]).hexdigest()).symlink_to("/dev/full")
    with pytest.raises(Unready, match="disk"):
        weights.download("fast", tmp_path, ignored)


def test_a_damaged_file_on_the_stick_is_refused(model: Path, tmp_path: Path) -> None:
    stick = shutil.copytree(weights.install(model, tmp_path / "mine"), tmp_path / "stick" / "tiny")
    weights.install(stick, tmp_path / "models")
    with (stick / "model.bin").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"?")
    with pytest.raises(Unready, match=r"model\.bin in that folder is damaged"):
        weights.install(stick, tmp_path / "models")
    assert hidden(tmp_path / "models") == []


def test_what_setup_verified_is_written_down_and_changes_are_found(model: Path, tmp_path: Path) -> None:
    place = weights.install(model, tmp_path / "models")
    record = integrity.read(place)
    assert record
    assert set(record.files) == {path.name for path in model.iterdir()}
    assert record.files["model.bin"].sha256 == hashlib.sha256((model / "model.bin").read_bytes()).hexdigest()
    assert integrity.altered(place, record, thorough=True) == []
    then = (place / "model.bin").stat()
    with (place / "model.bin").open("r+b") as file:
        file.write(b"?")
    os.utime(place / "config.json", (1, 1))
    (place / "tokenizer.json").unlink()
    assert integrity.altered(place, record, thorough=False) == ["model.bin", "tokenizer.json"], "older, but the same"
    os.utime(place / "model.bin", ns=(then.st_atime_ns, then.st_mtime_ns))
    assert "model.bin" not in integrity.altered(place, record, thorough=False)
    assert "model.bin" in integrity.altered(place, record, thorough=True)


def test_a_folder_that_setup_did_not_make_has_no_record(model: Path, tmp_path: Path) -> None:
    assert integrity.read(model) is None
    place = weights.install(model, tmp_path)
    (place / integrity.RECORD).write_text("{}", encoding="utf-8")
    assert integrity.read(place) is None


def run(home: Path, *arguments: str, watched: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command as its own process; `watched`, it tells on standard error where it asks a network."""
    program = "from pipeline.cli import main; main()"
    if watched:
        program = f"{WATCH}\n{program}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "EVENFALL_"))}
    environment |= {"EVENFALL_HOME": str(home), "EVENFALL_PASSPHRASE": "only for this test"}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)


WATCH = """
import sys
outward = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")
sys.addaudithook(lambda event, args: event in outward and print("OUTWARD", event, args, file=sys.stderr))
"""


def test_listening_and_drafting_ask_no_network(model: Path, tmp_path: Path) -> None:
    sample = configs() / "sample" / "dictation.wav"
    short = tmp_path / "short.wav"
    with wave.open(str(sample)) as whole, wave.open(str(short), "wb") as file:
        file.setparams(whole.getparams())
        file.writeframes(whole.readframes(10 * whole.getframerate()))
    for arguments in (("transcribe", str(short), "--model", str(model)), ("draft", str(sample), "--model", "rough")):
        done = run(tmp_path, *arguments, watched=True)
        assert done.returncode == 0, done.stderr
        assert "OUTWARD" not in done.stderr
    asking = f"{WATCH}\nimport socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    control = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True)
    assert "OUTWARD socket.connect" in control.stderr, "the watch sees what it is to see"


def test_the_hubs_library_is_switched_off_where_an_engine_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub
    from huggingface_hub.errors import OfflineModeIsEnabled

    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "0")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with pytest.raises(ModelMissing):
        load_engine(None, load_settings().speech, tmp_path)
    with pytest.raises(OfflineModeIsEnabled):
        huggingface_hub.HfApi().model_info("Systran/faster-whisper-tiny")


def test_setup_explains_installs_and_times_and_doctor_tells_of_changes(model: Path, tmp_path: Path) -> None:
    done = run(tmp_path, "setup", "--from", str(model))
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"Timed with it: a 50-minute session takes about (a minute|\d+ minutes|\d+\.\d hours)", done.stdout
    )
    assert "unchanged, as setup verified it on" in run(tmp_path, "doctor").stdout
    assert "every byte is as setup verified it on" in run(tmp_path, "doctor", "--verify").stdout
    with (tmp_path / "models" / "random" / "model.bin").open("ab") as file:
        file.write(b"?")
    after = run(tmp_path, "doctor")
    assert after.returncode == 4
    assert re.search(
        r"MISSING  speech model: .*changed or damaged since .*: model\.bin\. Run: evenfall setup", after.stdout
    )


def test_the_expected_times_are_of_the_shapes_of_the_choices() -> None:
    expected = pace.expected(threads=0)
    assert set(expected) == {size.multilingual for size in weights.SIZES.values()}
    fast, balanced, accurate = expected.values()
    assert 0 < fast < balanced < accurate


def test_the_choices_are_names_that_the_library_knows(tmp_path: Path) -> None:
    from faster_whisper import available_models
    from faster_whisper.utils import _MODELS

    for choice, size in weights.SIZES.items():
        assert {size.english, size.multilingual} <= set(available_models())
        assert all(weights.repository(name) == _MODELS[name] for name in (size.english, size.multilingual))
        assert not weights.model_name(choice, None).endswith(".en")
        assert not weights.model_name(choice, "de").endswith(".en")
    with pytest.raises(Unready, match="no speech model called"):
        weights.download("huge", tmp_path, ignored)
