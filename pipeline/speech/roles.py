"""Speaker labels of a transcript file ("Dr. Lee", "Speaker 1", "Patient") to roles."""

import re
from collections.abc import Iterable
from typing import Final, get_args

from ..errors import SourceRefused
from ..types import Kind, Speaker

CLINICIAN: Final = frozenset(
    {
        "clinician",
        "therapist",
        "counsellor",
        "counselor",
        "doctor",
        "dr",
        "provider",
        "psychologist",
        "psychotherapist",
        "psychiatrist",
    }
)
CLIENT: Final = frozenset({"client", "patient", "client2", "patient2"})
LETTERS: Final[dict[str, Speaker]] = {  # as transcribers abbreviate; only as the whole label
    "t": "clinician",
    "th": "clinician",
    "c": "client",
    "cl": "client",
    "p": "client",
    "pt": "client",
}
WORD: Final = re.compile(r"\w+")


def roles(labels: Iterable[str], kind: Kind, clinician: str | None) -> dict[str, Speaker]:
    """Return each label's role; `clinician` is the label that the user says is theirs.

    A dictation has one speaker. In a session a label says its role itself, or is the other one of two; with the
    clinician's label given, the others are the clients in the order they speak. A second client is `client2`.

    Raises:
        SourceRefused: a dictation of several speakers, a given label that is not there, a label without a role.
    """
    found = list(dict.fromkeys(labels))
    if kind == "dictation":
        if len(found) > 1:
            raise SourceRefused(
                f"{len(found)} people speak in this file: it is a session, not a dictation.",
                "Run it again with: --kind session --client REF.",
            )
        return dict.fromkeys(found, "clinician")
    if clinician is not None and _plain(clinician) not in map(_plain, found):
        raise SourceRefused(
            "Nobody in this file has the label that was given for the clinician.",
            f"Give one of these with --clinician LABEL: {_listed(found)}",
        )
    known: dict[str, Speaker] = {}
    for label in found:
        role = "clinician" if clinician and _plain(clinician) == _plain(label) else role_of(label)
        if role is not None:
            known[label] = role
    _infer(found, known, named=clinician is not None)
    if len(known) < len(found):
        raise SourceRefused(
            f"It is unclear who of the {len(found)} speakers is the clinician.",
            f"Name the clinician's label with --clinician LABEL: {_listed(found)}",
        )
    return _numbered(found, known)


def role_of(label: str) -> Speaker | None:
    """Return the role that a label says by itself, if it says one."""
    plain = _plain(label)
    roles_by_name: dict[str, Speaker] = {role: role for role in get_args(Speaker)}
    if plain in roles_by_name or plain in LETTERS:
        return roles_by_name.get(plain) or LETTERS[plain]
    words = set(plain.split())
    if words & CLINICIAN or {"social", "worker"} <= words:
        return None if words & CLIENT else "clinician"
    return "client" if words & CLIENT else None


def is_role(label: str) -> bool:
    """Say whether a label is nothing but a role and a number: "therapist", "client 2", not "my therapist said"."""
    words = _plain(label).split()
    return role_of(label) is not None and all(w.isdigit() or role_of(w) or w in ("social", "worker") for w in words)


def _infer(found: list[str], known: dict[str, Speaker], *, named: bool) -> None:
    """Give roles to labels that say none, where what is known leaves no other."""
    unknown = [label for label in found if label not in known]
    if len(found) == 2 and len(unknown) == 1:
        other = next(iter(known.values()))
        known[unknown[0]] = "client" if other == "clinician" else "clinician"
    elif named:
        known.update(dict.fromkeys(unknown, "client"))


def _numbered(found: list[str], known: dict[str, Speaker]) -> dict[str, Speaker]:
    """Tell several clients apart: the first is `client`, the second `client2`, any further one `other`."""
    numbered: dict[str, Speaker] = {}
    names: list[Speaker] = ["client", "client2"]
    names = [name for name in names if name not in known.values() or name == "client"]
    for label in found:
        role = known[label]
        if role == "client":
            role = names.pop(0) if names else "other"
        numbered[label] = role
    return numbered


def _plain(label: str) -> str:
    return " ".join(WORD.findall(label.casefold()))


def _listed(labels: list[str]) -> str:
    """Return up to eight labels for the eyes of the user, who has the file."""
    return ", ".join(label[:40] for label in labels[:8]) + (" ..." if len(labels) > 8 else "")
