"""The manifest of the bundled models: digests and sizes, set by the scripts that build them."""

import hashlib
import re
from pathlib import Path

MODELS = Path(__file__).resolve().parent.parent / "models"


def stamp(folder: str) -> None:
    """Put the digests and sizes of the files of models/<folder> into models/manifest.yaml, which must name each."""
    manifest = MODELS / "manifest.yaml"
    text = manifest.read_text(encoding="utf-8")
    for path in sorted((MODELS / folder).iterdir()):
        data = path.read_bytes()
        line = rf"(path: {folder}/{re.escape(path.name)}\n\s+sha256: )\S+(\n\s+bytes: )\d+"
        text, found = re.subn(line, rf"\g<1>{hashlib.sha256(data).hexdigest()}\g<2>{len(data)}", text)
        if found != 1:
            raise SystemExit(f"{manifest} does not name {folder}/{path.name}")
    manifest.write_text(text, encoding="utf-8")
