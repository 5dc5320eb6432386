"""Every bundled model file is named in the manifest, with its digest, and nothing is a pickle."""

import hashlib

import yaml

from pipeline.resources import models


def test_the_manifest_names_every_file_as_it_is() -> None:
    manifest = yaml.safe_load((models() / "manifest.yaml").read_text(encoding="utf-8"))
    named = {file["path"]: (file["bytes"], file["sha256"]) for model in manifest["models"] for file in model["files"]}
    here = {
        path.relative_to(models()).as_posix(): (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in models().rglob("*")
        if path.is_file() and path.name != "manifest.yaml"
    }
    assert named == here
    assert not [name for name in here if name.endswith((".pt", ".pkl", ".pickle"))]
    kinds = {"rough/notes.lm.bin": b"Trie Language Model", "demo/model.bin": b"\x06\0\0\0\x0c\0WhisperSpec\0"}
    assert {name for name in here if name.endswith(".bin")} == set(kinds)
    for name, begins in kinds.items():
        assert (models() / name).read_bytes().startswith(begins)


def test_every_model_says_what_it_is() -> None:
    manifest = yaml.safe_load((models() / "manifest.yaml").read_text(encoding="utf-8"))
    for model in manifest["models"]:
        assert {"name", "version", "files", "trained_on", "rebuild", "score_command", "scores", "licence"} <= set(model)
        assert model["not_for"]
