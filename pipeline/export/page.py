"""What every readable export shows, in its order: details, sections, what is open, signature, addenda, evidence."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..moments import clock
from ..types import Addendum, Detail, Draft, Evidence, Note, Section, Signature, Statement, Typed

TITLE: Final = "Progress note"
DRAFT: Final = "DRAFT, not signed. As drafted, before any decision at review."
# What no XML document can hold (https://www.w3.org/TR/xml/#charsets) or no font shows: control characters.
UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


@dataclass(frozen=True)
class Part:
    """A titled part: its sentences, then what it did not address, then who signed it where it is an addendum."""

    key: str
    title: str
    sentences: tuple[str, ...]
    missing: tuple[str, ...] = ()
    signed: str = ""
    signer: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """Everything under the title."""
        return (*self.sentences, *self.missing, *((self.signed,) if self.signed else ()))


@dataclass(frozen=True)
class Proof:
    """One piece of evidence of one statement or detail; `when` is m:ss from the recording's start, or a date.

    `quote` is in quotation marks, or says that the words were not kept.
    """

    statement: str
    quote: str
    who: str
    when: str
    source: str


@dataclass(frozen=True)
class Page:
    """A note or a draft ready to be set; `header` stands on every page, so that no page is without its client.

    `banner` is empty for a signed note, and stands in every part of a draft. `added` says who signed the
    addenda that amend it, and when, `cosigned` who only signed it, too.
    """

    title: str
    header: str
    banner: str
    format: str
    details: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    still_open: tuple[str, ...]
    signature: tuple[str, ...]
    addenda: tuple[Part, ...]
    added: tuple[tuple[str, datetime], ...]
    cosigned: tuple[tuple[str, datetime], ...]
    evidence: tuple[Proof, ...]
    author: str
    at: datetime

    def heading(self, title: str) -> str:
        """Return a part's title, marked where this is a draft."""
        return f"{title} (DRAFT)" if self.banner else title


def lay_out(note: Note | Draft, addenda: tuple[Addendum, ...], appendix: bool) -> Page:
    """Lay a note out; `appendix` adds the evidence. Statements stay letter by letter, save what cannot be printed."""
    signature = note.signature if isinstance(note, Note) else None
    kind, banner = ("Note", "") if signature else ("Draft", DRAFT)
    client = printable(note.client or "not given")
    return Page(
        title=TITLE,
        header=f"{banner or f'{TITLE}.'} Client: {client}",
        banner=banner,
        format=note.format.split("@")[0],
        details=(("Client", client), *_details(note)),
        parts=tuple(map(_part, note.sections)),
        still_open=_still_open(note) if isinstance(note, Draft) else (),
        signature=(
            _signed(signature) if signature else "Not signed.",
            f"{kind} digest (SHA-256): {note.digest}",
        ),
        addenda=tuple(map(_addendum, addenda)),
        added=tuple((_who(one.signature), one.signature.at) for one in addenda if not one.cosigns),
        cosigned=tuple((_who(one.signature), one.signature.at) for one in addenda if one.cosigns),
        evidence=_evidence(note) if appendix else (),
        author=_who(signature) if signature else "",
        at=note.signature.at if isinstance(note, Note) else note.drafted_at,
    )


def printable(text: str) -> str:
    """Return text with plain line ends, and the replacement character for what cannot be printed."""
    return UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def local(moment: datetime) -> str:
    """Return a moment in local time, to the minute, with its distance from UTC: the paper may travel."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M UTC%z}"


def _details(note: Note | Draft) -> tuple[tuple[str, str], ...]:
    return (
        *((_label(detail.key), printable(detail.value)) for detail in note.details),
        *((_label(name), "not addressed") for name in note.details_not_addressed),
        ("Source", note.kind),
        ("Format", note.format),
    )


def _label(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _part(section: Section) -> Part:
    missing = tuple(f"{name.capitalize()}: not addressed." for name in section.not_addressed)
    empty = not section.statements and not missing
    return Part(
        key=section.key,
        title=section.title,
        sentences=tuple(printable(statement.text) for statement in section.statements),
        missing=("Not addressed.",) if empty else missing,
    )


def _addendum(addendum: Addendum) -> Part:
    cosigned = addendum.cosigns
    return Part(
        key="co-signature" if cosigned else "addendum",
        title=f"{addendum.label}, {local(addendum.signature.at)}",
        sentences=(printable(addendum.text),),
        signed=_signed(addendum.signature, "Co-signed" if cosigned else "Signed"),
        signer=_who(addendum.signature),
    )


def _signed(signature: Signature, verb: str = "Signed") -> str:
    return f"{verb} by {_who(signature)}, {local(signature.at)}"


def _who(signature: Signature) -> str:
    return printable(f"{signature.name}, {signature.credentials}")


def _still_open(draft: Draft) -> tuple[str, ...]:
    asked = (f"{question.text} [{question.citation}]" for question in draft.questions)
    return tuple(printable(line) for line in dict.fromkeys((*(item.message for item in draft.must_touch), *asked)))


def _evidence(note: Note | Draft) -> tuple[Proof, ...]:
    details = (proof for detail in note.details for proof in _proofs(detail, f"{_label(detail.key)}: {detail.value}"))
    statements = (proof for statement in note.statements() for proof in _proofs(statement, statement.text))
    return (*details, *statements)


def _proofs(of: Statement | Detail, text: str) -> tuple[Proof, ...]:
    return tuple(
        Proof(
            statement=printable(text),
            quote=f"“{printable(item.quote)}”" if item.quote else "words not kept",
            who=printable(item.by if isinstance(item, Typed) else item.speaker),
            when=local(item.at) if isinstance(item, Typed) else _clock(item),
            source=of.source,
        )
        for item in of.evidence
    )


def _clock(item: Evidence) -> str:
    """Return where in the recording the words are; a typed or transcribed source without times has turns only."""
    if not item.end_time:
        return f"turn {item.turn_id}"
    return f"{clock(item.start_time)}-{clock(item.end_time)}"
