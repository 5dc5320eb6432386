"""Which engine hears a recording: the Whisper model that is there, or a bundled one where it was asked for by name."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..config import SpeechSettings
from ..types import Dropped, Progress
from . import hub, terms, weights
from .engine import Engine, Heard, Remark, Sound


@dataclass(frozen=True)
class Untrusted:
    """An engine that is not for real recordings: every word it hears is doubtful."""

    engine: Engine

    @property
    def name(self) -> str:
        """The engine's own."""
        return self.engine.name

    def listen(self, sound: Sound, progress: Progress) -> Iterator[Heard | Dropped | Remark]:
        """Yield what the engine yields, its words doubtful."""
        for event in self.engine.listen(sound, progress):
            yield replace(event, all_doubtful=True) if isinstance(event, Heard) else event


def load_engine(model: str | None, settings: SpeechSettings, models: Path) -> Engine:
    """Return the engine for `model`: a folder, an installed or bundled model's name, or None for what is installed.

    A model that is not bundled is told the user's terms (those of the settings and of terms.txt beside `models`) and
    those of the field.

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

    if chosen == weights.demo():
        return Untrusted(WhisperEngine(chosen, settings.threads, terms.LANGUAGE))
    field = terms.of_the_field() if settings.terms_of_the_field and settings.language == terms.LANGUAGE else ()
    return WhisperEngine(chosen, settings.threads, settings.language, terms.own(models.parent, settings.terms), field)
