"""Which engine hears a recording: the Whisper model that is there, or the rough one where it was asked for by name."""

from pathlib import Path

from ..config import SpeechSettings
from . import weights
from .engine import Engine


def load_engine(model: str | None, settings: SpeechSettings, models: Path) -> Engine:
    """Return the engine for `model`: a folder, an installed model's name, `rough`, or None for what is installed.

    Raises:
        ModelMissing: there is none, or what was named is no complete model.
    """
    chosen = weights.find(model or settings.model, models)
    if chosen == "rough":
        from .rough import RoughEngine

        return RoughEngine()
    from .whisper import WhisperEngine

    return WhisperEngine(chosen, settings.threads, settings.language)
