"""Checks on time and signature: minutes and their service code, hours since the session, who signs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from .entry import Check, Entry, Hit
from .view import View

SATURDAY = 5  # of datetime.weekday


class ServiceCode(Entry):
    """Minutes [least, most] of psychotherapy and the code that they support; `most: null` is open-ended."""

    code: str
    least: int
    most: int | None


class Minutes(Check):
    """The minutes support one of these codes; only where nobody else than `participants` took part."""

    kind: Literal["service code"]
    participants: tuple[str, ...]
    codes: Annotated[tuple[ServiceCode, ...], Field(min_length=1)]
    names: ClassVar[tuple[str, ...]] = ("minutes", "code")

    def find(self, view: View) -> Iterator[Hit]:
        """Yield the code that the minutes support."""
        minutes = _minutes(view)
        if minutes is None or view.known().get("participants", self.participants[0]) not in self.participants:
            return
        for code in self.codes:
            if code.least <= minutes and (code.most is None or minutes <= code.most):
                yield Hit(named={"minutes": str(minutes), "code": code.code})


class Short(Check):
    """Fewer minutes than this."""

    kind: Literal["short"]
    under: Annotated[int, Field(ge=1)]
    names: ClassVar[tuple[str, ...]] = ("minutes",)

    def find(self, view: View) -> Iterator[Hit]:
        """Yield one hit if the session was shorter."""
        minutes = _minutes(view)
        if minutes is not None and minutes < self.under:
            yield Hit(named={"minutes": str(minutes)})


class Elapsed(Check):
    """More time since the session's end than `hours`, or than `business_days`, and no more than `until_hours`."""

    kind: Literal["elapsed"]
    hours: Annotated[float | None, Field(gt=0)] = None
    business_days: Annotated[int | None, Field(ge=1)] = None
    until_hours: Annotated[float | None, Field(gt=0)] = None
    names: ClassVar[tuple[str, ...]] = ("since",)

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.hours is None) == (self.business_days is None):
            raise ValueError("name either hours or business_days")
        return self

    def find(self, view: View) -> Iterator[Hit]:
        """Yield one hit if the note is late by this clock; none where the session's date is not known."""
        ended = view.ended()
        if ended is None:
            return
        passed = (view.at - ended) / timedelta(hours=1)
        late = passed > self.hours if self.hours else _business_days(ended, view.at) > (self.business_days or 0)
        if late and not (self.until_hours and passed > self.until_hours):
            yield Hit(named={"since": f"{passed:.0f} hours" if passed < 48 else f"{passed / 24:.0f} days"})


class Unsigned(Check):
    """The signature lacks a full name, or a title or credentials; asked once it is given."""

    kind: Literal["signature"]

    def find(self, view: View) -> Iterator[Hit]:
        """Yield one hit if the name is one word, or either has no letters."""
        signed = view.signature
        if signed is None:
            return
        words = [word for word in signed.name.split() if any(map(str.isalpha, word))]
        if len(words) < 2 or not any(map(str.isalpha, signed.credentials)):
            yield Hit()


def _minutes(view: View) -> int | None:
    minutes = view.known().get("minutes", "")
    return int(minutes) if minutes.isdecimal() else None


def _business_days(start: datetime, end: datetime) -> int:
    """Count the days from Monday to Friday after the day of `start`, up to that of `end`; holidays are not known."""
    days = (end.astimezone(start.tzinfo).date() - start.date()).days
    return sum((start.date() + timedelta(days=n)).weekday() < SATURDAY for n in range(1, days + 1))
