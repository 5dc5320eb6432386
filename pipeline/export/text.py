"""Plain text: the whole note, or box by box as an EHR takes it; no marks but what the note itself holds."""

from collections.abc import Iterator

from ..errors import Refused
from .page import Page, Part, Proof
from .shapes import Shape, Template

Box = tuple[str, str]  # heading, text


def write(page: Page, shape: Shape, section: str | None) -> str:
    """Return every box under its heading, or one box's text alone where `section` names it.

    Raises:
        Refused: no box has that heading.
    """
    boxes = tuple(_marked(page, shape))
    if section is None:
        headed = "\n\n".join(f"{title.upper()}\n{text}" for title, text in boxes)
        return f"{page.title.upper()}\n\n{headed}\n" if shape.details else f"{headed}\n"
    chosen = [text for title, text in boxes if title.casefold() == section.casefold()]
    if not chosen:
        raise Refused("There is no such section.", f"Choose one of: {', '.join(title for title, _ in boxes)}.")
    return "\n\n".join(chosen) + "\n"


def _marked(page: Page, shape: Shape) -> Iterator[Box]:
    """Yield the boxes; in a draft each begins with the mark, so that a box pasted alone still says what it is."""
    for title, text in _boxes(page, shape):
        yield title, f"{page.banner}\n{text}" if page.banner else text


def _boxes(page: Page, shape: Shape) -> Iterator[Box]:
    if shape.details:
        yield "Session", "\n".join(f"{label}: {value}" for label, value in page.details)
    yield from _sections(page, shape)
    if page.still_open:
        yield "Open before signing", "\n".join(page.still_open)
    if shape.details:
        yield "Signature", "\n".join(page.signature)
    for part in page.addenda:
        yield part.title, "\n".join(part.lines)
    if page.evidence:
        yield "Evidence", "\n".join(map(_proof, page.evidence))


def _sections(page: Page, shape: Shape) -> Iterator[Box]:
    template = shape.template(page.format)
    if template is None:
        yield from ((part.title, _joined(part, shape)) for part in page.parts)
    elif template.one_box:
        yield template.one_box, "\n\n".join(f"{part.title}\n{_joined(part, shape)}" for part in page.parts)
    else:
        yield from _of_template(page, shape, template)


def _of_template(page: Page, shape: Shape, template: Template) -> Iterator[Box]:
    """Yield the template's boxes in its order, then each section that none of them takes under its own title."""
    taken: set[str] = set()
    for box in template.boxes:
        parts = [part for part in page.parts if part.key in box.takes]
        taken.update(box.takes)
        if parts:
            yield box.title, "\n".join(_joined(part, shape) for part in parts)
    yield from ((part.title, _joined(part, shape)) for part in page.parts if part.key not in taken)


def _joined(part: Part, shape: Shape) -> str:
    """Return the sentences joined as the shape says; what was not addressed has lines of its own."""
    sentences = (" " if shape.join == "space" else "\n").join(part.sentences)
    return "\n".join(filter(None, (sentences, *part.missing)))


def _proof(proof: Proof) -> str:
    return f"{proof.statement}\n    {proof.source}; {proof.who}, {proof.when}: {proof.quote}"
