"""What the law and the codes of ethics ask of a consent: profiles with their sources, the strictest of all counts.

No legal advice, and no decision: `consent.ask` decides by them.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from . import resources
from .errors import SettingsInvalid
from .types import Consent, Method, Topic, Words

FOLDER: Final = "law"  # of the practice's own profiles, in the data folder
ETHICS: Final = "ethics"  # it holds in every practice
NO_ADVICE: Final = "This is no legal advice; have it read by whoever advises your practice."
TOPICS: Final[dict[Topic, str]] = {
    "ai": "that artificial intelligence is used",
    "purpose": "what it is used for",
    "revocable": "that the consent can be taken back",
    "apart": "that nothing else is agreed to with it (a form of its own, not part of general terms)",
}
DEMANDS: Final = ("methods", "told", "guardian", "renew_months", "announce", "note_years", "always")


class Rule(BaseModel):
    """One rule of a profile: what it says, who says so, and at most one demand; see configs/law/ethics.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: Words
    source: Words
    name: str = ""  # versioned, as illinois@1:written; set when it is loaded
    methods: tuple[Method, ...] = ()
    told: tuple[Topic, ...] = ()
    guardian: bool = False
    renew_months: Annotated[int, Field(ge=1, le=120)] | None = None
    announce: Words | None = None
    note_years: Annotated[int, Field(ge=1, le=99)] | None = None
    minor_years: Annotated[int, Field(ge=0, le=99)] | None = None
    always: bool = False

    @model_validator(mode="after")
    def _one_demand(self) -> Self:
        if len([name for name in DEMANDS if getattr(self, name)]) != 1:
            raise ValueError(f"it asks for exactly one of: {', '.join(DEMANDS)}")
        if self.minor_years is not None and self.note_years is None:
            raise ValueError("minor_years goes with note_years")
        return self

    def lacks(self, consent: Consent, at: datetime) -> str:
        """Return what a consent lacks at a moment, and how to mend it, in a sentence; "" where it lacks nothing."""
        if self.methods and consent.method not in self.methods:
            return f"It was given {consent.method}; have it given {' or '.join(self.methods)}."
        if missing := [topic for topic in self.told if topic not in consent.told]:
            what, keys = " and ".join(TOPICS[topic] for topic in missing), ",".join(missing)
            return f"It is not on file that its wording says {what}. If it does: --told {keys}"
        if self.guardian and consent.minor and not consent.by:
            return "It is of a minor, and it is not on file who consented as the legal representative."
        if self.renew_months and at >= _months_after(consent.given_at, self.renew_months):
            return f"It is older than {self.renew_months} months; have it given anew."
        return ""


class Profile(BaseModel):
    """One law or code with its rules, a file of configs/law or of the folder `law` in the data folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    title: Words
    rules: Annotated[dict[str, Rule], Field(min_length=1)]

    def named(self) -> tuple[Rule, ...]:
        """Return the rules, each with its versioned name."""
        prefix = f"{self.name}@{self.version}"
        return tuple(rule.model_copy(update={"name": f"{prefix}:{key}"}) for key, rule in self.rules.items())


@dataclass(frozen=True)
class Law:
    """The profiles that count, the codes of ethics first; of each demand the strictest counts."""

    profiles: tuple[Profile, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order of the profiles."""
        return tuple(rule for profile in self.profiles for rule in profile.named())

    @property
    def names(self) -> tuple[str, ...]:
        """The versioned names of the profiles."""
        return tuple(f"{profile.name}@{profile.version}" for profile in self.profiles)

    def lacking(self, consent: Consent, at: datetime) -> tuple[tuple[Rule, str], ...]:
        """Return the rules that a consent does not meet at a moment, each with what it lacks."""
        return tuple((rule, lack) for rule in self.rules if (lack := rule.lacks(consent, at)))

    @property
    def methods(self) -> tuple[Method, ...]:
        """How a consent may be given so that every rule is met."""
        every: tuple[Method, ...] = ("written", "on screen", "spoken")
        allowed = [rule.methods for rule in self.rules if rule.methods]
        return tuple(method for method in every if all(method in some for some in allowed))

    @property
    def told(self) -> tuple[Topic, ...]:
        """What a wording must hold so that every rule is met."""
        return tuple(topic for topic in TOPICS if any(topic in rule.told for rule in self.rules))

    @property
    def announcements(self) -> tuple[str, ...]:
        """What is to be said aloud when a recording has begun, each once."""
        return tuple(dict.fromkeys(rule.announce for rule in self.rules if rule.announce))

    def years(self, note_years: int, minor_years: int) -> tuple[int, int]:
        """Return how many years notes are kept, a minor's after majority, where a setting says so many: the longer."""
        of_all = [rule.note_years or 0 for rule in self.rules]
        of_minors = [rule.minor_years or 0 for rule in self.rules]
        return max(note_years, *of_all), max(minor_years, *of_minors)


def load(names: Iterable[str], home: Path | None = None) -> Law:
    """Return what these profiles ask together, the codes of ethics always among them; a practice's own file counts.

    Raises:
        SettingsInvalid: there is no such profile, or it is wrong; the error names file and key.
    """
    return Law(tuple(_profile(name, home) for name in dict.fromkeys((ETHICS, *names))))


def known(home: Path | None = None) -> Law:
    """Return every profile there is, in the order of their names.

    Raises:
        SettingsInvalid: one is wrong.
    """
    return Law(tuple(_profile(name, home) for name in sorted(_files(home))))


def of_client(names: Iterable[str], consents: Iterable[Consent], home: Path) -> Law:
    """Return what counts for one client: the practice's profiles, and those that the client's own consents name.

    Of each participant the newest consent that names any counts, also when it has ended: who has moved gives a new one.

    Raises:
        SettingsInvalid: there is no such profile, or it is wrong.
    """
    newest = {one.participant: one.law for one in sorted(consents, key=lambda one: one.given_at) if one.law}
    return load((*names, *(name for own in newest.values() for name in own)), home)


def _files(home: Path | None) -> dict[str, Path]:
    """Return the file of each profile; the practice's own stands in the place of ours."""
    folders = [resources.configs() / "law", *([home / FOLDER] if home else [])]
    return {path.stem: path for folder in folders for path in folder.glob("*.yaml")}


def _profile(name: str, home: Path | None) -> Profile:
    files = _files(home)
    if name not in files:
        raise SettingsInvalid(f"There is no law profile by the name of {name!r}.", "See: evenfall law list")
    found = resources.read_yaml(files[name], Profile)
    if found.name != name:
        raise SettingsInvalid(f"{files[name]}: name: it is not the file's.", "Mend that key.")
    return found


def _months_after(moment: datetime, months: int) -> datetime:
    """Return the same day of the month so many months later, or that month's last."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
