"""What a draft is made of before it has sections: one statement to be, its place and its findings."""

from dataclasses import dataclass

from ..types import Finding, Statement


@dataclass(frozen=True)
class Passage:
    """One statement to be, its place in the format (section, take) and the findings that it carries."""

    statement: Statement
    place: tuple[int, int]
    findings: tuple[Finding, ...]
