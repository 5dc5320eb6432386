"""How likely English words are where they stand, by the general trigram model that pocketsphinx carries."""

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from ...errors import ModelMissing

CONTEXT: Final = 2  # words on either side that a trigram sees
UNKNOWN: Final = -6.0  # log10 of the probability of a word that the model has never seen: about its rarest


class English:
    """The trigram model; read when it is first asked."""

    @cached_property
    def _model(self) -> tuple[Any, Any]:
        import pocketsphinx

        scale = pocketsphinx.LogMath()
        path = Path(pocketsphinx.get_model_path(), "en-us/en-us.lm.bin")
        try:
            return pocketsphinx.NGramModel(pocketsphinx.Config(), scale, str(path)), scale
        except (RuntimeError, ValueError) as error:
            raise ModelMissing("The model of general English cannot be read.", "Install Evenfall again.") from error

    def preference(self, words: Sequence[str], start: int, end: int, instead: Sequence[str]) -> float:
        """Return by how much other words are likelier than [start, end): log10 of the ratio, with what stands around.

        Words are in lower case.

        Raises:
            ModelMissing: pocketsphinx lacks its model.
        """
        before, after = words[max(0, start - CONTEXT) : start], words[end : end + CONTEXT]
        return self._log10(before, [*instead, *after]) - self._log10(before, [*words[start:end], *after])

    def _log10(self, before: Sequence[str], words: Sequence[str]) -> float:
        model, scale = self._model
        history, total = list(before), 0.0
        for word in words:
            # The model takes the word, then what came before it, the nearest first.
            likely = scale.log_to_log10(model.prob([word, *reversed(history[-CONTEXT:])]))
            total += max(likely, UNKNOWN)
            history = [*history, word] if likely > UNKNOWN else []
        return total


@cache
def english() -> English:
    """Return the model, the same one each time."""
    return English()
