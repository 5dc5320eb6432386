"""Other words for single statements by a language model on this computer, where the user has set one up."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from .. import resources
from ..config import RephraseSettings
from ..errors import SettingsInvalid
from ..types import QUOTED, Category, Progress, Statement
from .endpoint import Endpoint, Failed
from .faithful import faithful

NEVER_SENT: Final[tuple[Category, ...]] = ("risk", "medication")
MOST_FAILURES: Final = 3  # after so many it is asked no more
MOST_TOKENS: Final = 256  # of an answer
LEAST_WORDS: Final = 4  # outside quotation marks, for there to be something to reword


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    instructions: str


class _Reworded(BaseModel):
    model_config = ConfigDict(strict=True)

    text: str


class Rephraser:
    """Rewords one draft's statements; one that is not answered for, or not faithfully, stays as it was."""

    def __init__(
        self,
        settings: RephraseSettings,
        progress: Progress | None = None,
        clock: Callable[[], float] = time.monotonic,  # seconds
    ) -> None:
        if not settings.url or not settings.model:
            raise SettingsInvalid(
                "The setting draft.rephrase.model is empty.", "Name the model, or take draft.rephrase.url away."
            )
        self._endpoint = Endpoint.at(settings.url, settings.allow_host)
        self._model, self._seconds = settings.model, settings.seconds
        self._progress, self._clock = progress, clock
        self._began: float | None = None
        self._failures = self._unanswered = self._reworded = 0

    def __call__(self, statement: Statement) -> Statement:
        """Return the statement in other words that say the same, else as it was."""
        if not _may_be_sent(statement):
            return statement
        text = self._asked(statement.text)
        if text is None or text == statement.text or not faithful(statement, text):
            return statement
        self._reworded += 1
        return statement.replace(text=text)

    @property
    def versions(self) -> tuple[str, ...]:
        """What shaped the draft: none where nothing was reworded."""
        return (f"rephrase@{_shape().version}", f"model:{self._model}") if self._reworded else ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for the clinician where the model did not do what it was asked to, without anyone's words."""
        if not self._unanswered:
            return ()
        stand = "1 statement stands" if self._unanswered == 1 else f"{self._unanswered} statements stand"
        return (f"The language model that rewords statements did not answer as it should; {stand} as it was found.",)

    def _asked(self, text: str) -> str | None:
        """Return the model's words, stripped; None where it failed, has failed too often, or the time is over."""
        now = self._clock()
        self._began = now if self._began is None else self._began
        left = self._began + self._seconds - now
        try:
            if left <= 0 or self._failures >= MOST_FAILURES:
                raise Failed
            answer = self._endpoint.ask(_question(self._model, text), left)
            return _reworded(answer)
        except Failed:
            self._failures += 1
            self._unanswered += 1
            return None
        finally:
            if self._progress:
                self._progress(min(self._clock() - self._began, self._seconds), self._seconds)


def _may_be_sent(statement: Statement) -> bool:
    """Say whether a statement may be reworded: not risk, medication, typed, offered, or badly heard."""
    if statement.category in NEVER_SENT or statement.source == "typed" or statement.offer:
        return False
    if any(item.weighty for item in statement.spoken):
        return False
    return len(QUOTED.sub(" ", statement.text).split()) >= LEAST_WORDS


def _question(model: str, text: str) -> dict[str, Any]:
    return {
        "model": model,
        "messages": [{"role": "system", "content": _shape().instructions}, {"role": "user", "content": text}],
        "response_format": {"type": "json_object"},
        "temperature": 0,
        "max_tokens": MOST_TOKENS,
        "stream": False,
    }


def _reworded(answer: str) -> str:
    """Return the words of an answer.

    Raises:
        Failed: it is not the JSON that was asked for, or holds no words.
    """
    try:
        text = " ".join(_Reworded.model_validate_json(answer).text.split(" ")).strip()
    except ValueError:
        raise Failed from None
    if not text:
        raise Failed
    return text


@lru_cache
def _shape() -> _Shape:
    return resources.read_yaml(resources.configs() / "rephrase.yaml", _Shape)
