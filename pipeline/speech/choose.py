"""Which engine hears a recording: the Whisper model that is there, or the rough one where it was asked for by name."""

from pathlib import Path

from ..config import SpeechSettings
from . import hub, terms, weights
from .engine import Engine


def load_engine(model: str | None, settings: SpeechSettings, models: Path) -> Engine:
    """Return the engine for `model`: a folder, an installed model's name, `rough`, or None for what is installed.

    It is told the user's terms (those of the settings and of terms.txt beside `models`) and those of the field.

    From here on the hub's library is switched off in this process: what listens and drafts uses no network.

    Raises:
        ModelMissing: there is none, or what was named is no complete model.
    """
    hub.switch_off()
    chosen = weights.find(model or settings.model, models)
    if chosen == "rough":
        from .rough import RoughEngine

        return RoughEngine()
    from .whisper import WhisperEngine

    field = terms.of_the_field() if settings.terms_of_the_field and settings.language == terms.LANGUAGE else ()
    return WhisperEngine(chosen, settings.threads, settings.language, terms.own(models.parent, settings.terms), field)
