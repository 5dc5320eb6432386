"""A draft's wording after the rules': first the clinician's style, then a language model where one is set up."""

from collections.abc import Callable

from ..types import Draft, Statement, Style
from .rephrase import Rephraser
from .style import load_style_rules


class Rewriter:
    """Rewrites the statements of one draft, then finishes the draft with what that has left to say."""

    def __init__(self, style: Style | None, rephraser: Rephraser | None = None) -> None:
        self._rules, self._rephraser = load_style_rules(), rephraser
        self._used = self._rules.used(style) if style else ()
        self._styled = False

    def __call__(self, statement: Statement) -> Statement:
        """Return the statement in the clinician's words, and in the model's where they say the same."""
        worded = self._rules.worded(statement, self._used)
        self._styled = self._styled or worded != statement
        return self._rephraser(worded) if self._rephraser else worded

    def finish(self, draft: Draft, held: Callable[[Statement], bool] | None = None) -> Draft:
        """Return the draft with what the clinician always drops left out, what rewrote it named, and what failed.

        A statement that is `held` was chosen by hand and stays.
        """
        finished = self._rules.leave_out(draft, self._used, held)
        styled = (self._rules.name,) if self._styled or finished != draft else ()
        versions = (*styled, *(self._rephraser.versions if self._rephraser else ()))
        warnings = self._rephraser.warnings if self._rephraser else ()
        if not versions and not warnings:
            return finished
        return finished.replace(versions=(*finished.versions, *versions), warnings=(*finished.warnings, *warnings))
