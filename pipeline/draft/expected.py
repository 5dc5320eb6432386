"""What a format expects by name and the session did not hold: questions, never text."""

from collections.abc import Iterator, Sequence

from ..types import Question
from .formats import Format, Take, Traits
from .passage import Passage


def ask(form: Format, found: Sequence[Passage]) -> Iterator[Question]:
    """Yield the question of each take that has one and that no finding about the client meets."""
    for section in form.sections:
        for number, take in enumerate(section.takes):
            if take.ask and not any(_meets(take, passage) for passage in found):
                yield Question(
                    key=f"{form.name}:{section.key}:{number}",
                    text=take.ask,
                    citation=form.source,
                    rule=form.versioned,
                    target=section.key,
                    category=take.category[0],
                )


def _meets(take: Take, passage: Passage) -> bool:
    spoken = passage.statement.spoken
    said = "\n".join(item.quote for item in spoken)
    return any(
        finding.subject == "client"
        and take.fits(finding.category, observed, Traits.of((finding,), spoken[-1].speaker if spoken else None, said))
        for finding in passage.findings
        for observed in (False, True)
    )
