"""A rule pack: rules as data that ask, with their source, and never write."""

import hashlib
from collections.abc import Iterable
from string import Formatter
from typing import Annotated, Final, Self, get_args

from pydantic import Field, model_validator

from ...errors import NotFound
from ...types import Category, Question, Severity
from .absent import DetailKey, NoCategory, NoDetail, NoGoal, NoMethod, NoWords
from .entry import Entry, Hit
from .timed import Elapsed, Minutes, Short, Unsigned
from .view import View
from .worded import Alike, Identified, Named, Said

AnyCheck = Annotated[
    NoCategory
    | NoDetail
    | NoMethod
    | NoWords
    | NoGoal
    | Said
    | Identified
    | Named
    | Alike
    | Minutes
    | Short
    | Elapsed
    | Unsigned,
    Field(discriminator="kind"),
]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)  # the gravest first
OWN: Final = "practice"  # whose rules are named so are the practice's own
SHOWN: Final = 12  # hex characters of what tells two questions of one rule apart


class Becomes(Entry):
    """What an answer becomes: a typed statement of a category, or a typed session detail."""

    category: Category | None = None
    detail: DetailKey | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.category is None) == (self.detail is None):
            raise ValueError("name either a category or a detail")
        return self


class Rule(Entry):
    """One rule: its check, the question where the check finds something, and where the fact is from.

    `ask` may name in braces what its check gives. `optional` rules are off until somebody switches them on. `formats`
    are the only formats that it is for, `not_formats` those that it is not for.
    """

    id: Annotated[str, Field(pattern=r"^[a-z_]+(?:\.[a-z_]+)*$")]
    severity: Severity
    source: Annotated[str, Field(min_length=1)]
    ask: Annotated[str, Field(min_length=1)]
    check: AnyCheck
    becomes: Becomes | None = None
    optional: bool = False
    formats: tuple[str, ...] = ()
    not_formats: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_what_is_found(self) -> Self:
        try:
            named = {name for _, name, _, _ in Formatter().parse(self.ask) if name is not None}
        except ValueError as error:
            raise ValueError(f"ask: {error}") from error
        if wrong := sorted(named - set(self.check.names)):
            raise ValueError(f"ask names {{{wrong[0]}}}, which a check of this kind does not give")
        return self

    def of(self, form: str) -> bool:
        """Say whether the rule is for notes of this format."""
        return form not in self.not_formats and (not self.formats or form in self.formats)

    def question(self, hit: Hit, pack: str) -> Question:
        """Return the question that this hit raises, in the name of a pack."""
        sign = hashlib.sha256(hit.sign.encode()).hexdigest()[:SHOWN]
        return Question(
            key=f"{self.id}:{sign}" if hit.sign else self.id,
            text=self.ask.format(**hit.named),
            citation=self.source,
            severity=self.severity,
            rule=f"{pack}:{self.id}",
            target=hit.target,
            category=self.becomes.category if self.becomes else None,
            detail=self.becomes.detail if self.becomes else None,
        )


class Pack(Entry):
    """A rule pack as it is shipped."""

    name: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    version: Annotated[int, Field(ge=1)]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [rule.id for rule in self.rules]
        if len(set(ids)) != len(ids):
            raise ValueError("two rules have one id")
        return self

    @property
    def versioned(self) -> str:
        """The pack's versioned name, such as `core@2`."""
        return f"{self.name}@{self.version}"


class Rules(Entry):
    """The rules of a practice: the pack's and its own, which of them are on, and what names them in a draft."""

    pack: Pack
    own: tuple[Rule, ...] = ()
    off: tuple[str, ...] = ()  # ids of all rules that do not run
    practice: str = ""  # versioned name of what is the practice's own, as practice@1a2b3c4d

    @property
    def versioned(self) -> str:
        """The pack's name with what differs from it, such as `core@2-necessity+timely.county`."""
        less = [rule.id for rule in self.pack.rules if rule.id in self.off and not rule.optional]
        more = [rule.id for rule in self.pack.rules if rule.id not in self.off and rule.optional]
        return f"{self.pack.versioned}{''.join(f'-{id_}' for id_ in less)}{''.join(f'+{id_}' for id_ in more)}"

    @property
    def versions(self) -> tuple[str, ...]:
        """What goes into every draft and note that these rules ran on."""
        return (self.versioned, self.practice) if self.practice else (self.versioned,)

    def all(self) -> tuple[Rule, ...]:
        """Return every rule, also those that are off."""
        return (*self.pack.rules, *self.own)

    def rule(self, id_: str) -> Rule:
        """Return the rule of this id.

        Raises:
            NotFound: there is none.
        """
        for rule in self.all():
            if rule.id == id_:
                return rule
        raise NotFound("There is no rule of that name.", "List the rules with: evenfall rules list")

    def asked(self, question: Question) -> bool:
        """Say whether a question is a rule's, of whatever version of this pack."""
        return question.rule.partition("@")[0] in (self.pack.name, OWN)

    def check(self, view: View) -> tuple[Question, ...]:
        """Return what the rules that are on ask about this note, the gravest first; the note stays as it is."""
        asked: dict[str, Question] = {}
        sources = ((self.pack.versioned, self.pack.rules), (self.practice, self.own))
        for name, rule in ((name, rule) for name, rules in sources for rule in rules):
            if rule.id not in self.off and rule.of(view.format):
                for hit in rule.check.find(view):
                    question = rule.question(hit, name)
                    asked.setdefault(question.key, question)
        return by_severity(asked.values())


def by_severity(questions: Iterable[Question]) -> tuple[Question, ...]:
    """Return the questions with `must` first, then `should`, then `consider`, each in the order given."""
    return tuple(sorted(questions, key=lambda question: SEVERITIES.index(question.severity)))
