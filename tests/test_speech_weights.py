"""Where models lie, how they get there, and what is said when they do not."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ModelMissing, Unready
from pipeline.speech import weights

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


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_download_is_put_in_place_whole(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def fetch(name: str, **options: Any) -> str:
        asked.append((name, options))
        cache = hub_layout(model, Path(options["cache_dir"]), f"Systran/faster-whisper-{name}")
        return str(next((cache / "snapshots").iterdir()))

    monkeypatch.setattr("faster_whisper.utils.download_model", fetch)
    told: list[tuple[float, float]] = []
    root = tmp_path / "models"
    place = weights.download("fast", root, lambda done, total: told.append((done, total)))
    assert place == weights.model_folder("fast", root) == root / "base.en"
    assert weights.find(None, root) == place
    assert not any(path.is_symlink() for path in place.iterdir())
    assert told[-1] == (150, 150)
    assert hidden(root) == []
    ((name, options),) = asked
    assert name == "base.en"
    assert options["use_auth_token"] is False, "whoever is logged in to the hub is not told to it"


def test_no_network_is_told_with_the_way_round_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled

    for error in (LocalEntryNotFoundError("no"), OfflineModeIsEnabled("no"), ConnectionError("no")):

        def fetch(name: str, error: Exception = error, **options: Any) -> str:
            (Path(options["cache_dir"]) / "half").write_bytes(b"1")
            raise error

        monkeypatch.setattr("faster_whisper.utils.download_model", fetch)
        with pytest.raises(Unready, match="cannot be reached") as caught:
            weights.download("balanced", tmp_path, ignored)
        assert "evenfall setup --from DIR" in caught.value.next_step
        assert weights.installed(tmp_path) == []
        assert (tmp_path / ".partial-small.en" / "cache" / "half").exists(), "the next try goes on from there"


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(name: str, **options: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("faster_whisper.utils.download_model", fetch)
    with pytest.raises(Unready, match="disk"):
        weights.download("fast", tmp_path, ignored)


def test_the_choices_are_names_that_the_library_knows(tmp_path: Path) -> None:
    from faster_whisper import available_models

    for choice, size in weights.SIZES.items():
        assert {size.english, size.multilingual} <= set(available_models())
        assert not weights.model_name(choice, None).endswith(".en")
        assert not weights.model_name(choice, "de").endswith(".en")
    with pytest.raises(Unready, match="no speech model called"):
        weights.download("huge", tmp_path, ignored)
