"""What a complete note still lacks: rules as data that ask, with their citation, and never write."""

from collections.abc import Iterable, Set
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from .. import resources
from ..types import Category, Detail, Question


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Missing(_Entry):
    """What a rule looks for: a category of statements, or a session detail."""

    category: Category | None = None
    detail: str | None = None


class AskRule(_Entry):
    """One question, asked where nothing was found."""

    id: str
    missing: Missing
    ask: str
    citation: str


class ServiceCode(_Entry):
    """Minutes [least, most] of psychotherapy and the code that they support."""

    code: str
    least: int
    most: int | None


class ServiceCodes(_Entry):
    """The codes in rising order, with their source."""

    citation: str
    codes: tuple[ServiceCode, ...]

    def suggest(self, minutes: int) -> str | None:
        """Return the code that this many minutes support, or None where they support none."""
        for code in self.codes:
            if code.least <= minutes and (code.most is None or minutes <= code.most):
                return code.code
        return None


class Rules(_Entry):
    """A rule pack; `versioned` goes into every draft that it asked questions of."""

    name: str
    version: Annotated[int, Field(ge=1)]
    questions: tuple[AskRule, ...]
    service_codes: ServiceCodes

    @property
    def versioned(self) -> str:
        """The pack's versioned name, such as `core@1`."""
        return f"{self.name}@{self.version}"

    def ask(self, addressed: Set[Category], details: Iterable[Detail]) -> tuple[Question, ...]:
        """Return what is open: each rule whose category or detail nothing was found for, and the service code."""
        known = {detail.key: detail.value for detail in details}
        if "start_time" in known and "end_time" in known:
            known.setdefault("minutes", "")
        asked = [
            Question(key=rule.id, text=rule.ask, citation=rule.citation)
            for rule in self.questions
            if (rule.missing.category is not None and rule.missing.category not in addressed)
            or (rule.missing.detail is not None and rule.missing.detail not in known)
        ]
        return (*asked, *self._service_code(known.get("minutes") or ""))

    def _service_code(self, minutes: str) -> tuple[Question, ...]:
        if not minutes.isdecimal():
            return ()
        code = self.service_codes.suggest(int(minutes))
        text = (
            f"{minutes} minutes support service code {code}. Is that the service you bill?"
            if code
            else f"{minutes} minutes are not reportable as psychotherapy. Is the time right?"
        )
        return (Question(key="service_code", text=text, citation=self.service_codes.citation),)


def load_rules(name: str = "core") -> Rules:
    """Load configs/rules/<name>.yaml.

    Raises:
        SettingsInvalid: there is no such pack, or a key of it is wrong.
    """
    return resources.read_yaml(resources.configs() / "rules" / f"{name}.yaml", Rules)
