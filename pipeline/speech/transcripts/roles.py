"""Speaker labels of a transcript file ("Dr. Lee", "Speaker 1", "Patient") to roles."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from ...errors import SourceRefused
from ...types import Kind, Probability, Speaker
from ..speakers import who

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
FIRST: Final = frozenset({"client", "client 1", "patient", "patient 1"})  # as whole labels: not the second client
KIN: Final = frozenset(  # "son" and "nan" are not here, which are names, too
    {
        *("mother", "mom", "mum", "father", "dad", "parent", "parents", "stepmother", "stepfather", "guardian"),
        *("wife", "husband", "spouse", "partner", "fiancé", "fiancée", "boyfriend", "girlfriend"),
        *("brother", "sister", "sibling", "daughter", "stepson", "stepdaughter", "aunt", "uncle", "cousin"),
        *("grandmother", "grandfather", "grandma", "grandpa", "grandparent", "caregiver", "carer"),
    }
)
THEIRS: Final = re.compile(r"\b(\w+)['’]s?\s+(\w+)")  # "client's mother", "patients' friend"
DEVICES: Final = frozenset(  # what somebody speaks by, and is no other person
    {"android", "computer", "galaxy", "ipad", "iphone", "laptop", "mac", "macbook", "pc", "phone", "pixel", "tablet"}
)
TITLES: Final = frozenset({"doctor", "dr"})  # a client may have them, too
NOBODY: Final = frozenset({"unknown", "other"})  # roles of labels that stand for no person
LETTERS: Final[dict[str, Speaker]] = {  # as transcribers abbreviate; only as the whole label
    "t": "clinician",
    "th": "clinician",
    "c": "client",
    "cl": "client",
    "p": "client",
    "pt": "client",
}
PARTS: Final = frozenset({"social", "worker", "s", "of", "the"})  # of labels that are nothing but a role
WORD: Final = re.compile(r"\w+")
# By their words the clinician was found at this probability 1,383 times and mistaken never: whole conversations, and
# cuts of 8 and 16 turns, of gold/dev, primock57 and mts_dialog_mh, none of them trained on. Below, the user is asked.
SURE: Final[Probability] = 0.95
LEAST_SAID: Final = 50  # words of all that may be the clinician


@dataclass(frozen=True)
class Roles:
    """Each label's role, and the versioned name of what told who is the clinician if no label did."""

    of: Mapping[str, Speaker]
    told_by: str | None = None


def roles(said: Mapping[str, str], kind: Kind, clinician: str | None) -> Roles:
    """Return the role of each label in `said`; `clinician` is the label that the user says is theirs.

    A dictation has one speaker. In a session a label says its role itself, or is the other one of two; with the
    clinician's label given, the others are the clients in the order they speak, also those with a doctor's title.
    A second client is `client2`. "Unknown Speaker" stays unknown, and counts for nobody. If no label tells the
    clinician, all that was said under each one may.

    Raises:
        SourceRefused: a dictation of several speakers, a given label that is not there, or it stays unclear who is
            the clinician.
    """
    found = list(said)
    if kind == "dictation":
        if len(found) > 1:
            raise SourceRefused(
                f"{len(found)} people speak in this file: it is a session, not a dictation.",
                "Run it again with: --kind session --client REF.",
            )
        return Roles(dict.fromkeys(found, "clinician"))
    if clinician is not None and _plain(clinician) not in map(_plain, found):
        raise SourceRefused(
            "Nobody in this file has the label that was given for the clinician.",
            f"Give one of these with --clinician LABEL: {_listed(found)}",
        )
    if (known := _by_label(found, clinician)) is not None:
        return Roles(known)
    guess = _by_words(said) if clinician is None else None
    if guess is None or (known := _by_label(found, guess)) is None:
        raise SourceRefused(
            f"It is unclear who of the {len(found)} speakers is the clinician.",
            f"Name the clinician's label with --clinician LABEL: {_listed(found)}",
        )
    return Roles(known, f"who@{who.load_weights().version}")


def _by_label(found: Sequence[str], clinician: str | None) -> dict[str, Speaker] | None:
    """Return each label's role, or None if one says none or all are clinicians by their titles.

    A "mother" beside the client is `other`; where nobody else may be the client ("husband", "wife"), that says no role.
    """
    known = {label: role for label in found if (role := _told(label, clinician))}
    if len(known) == len(found) and not {"client", "client2"}.intersection(known.values()):
        known = {label: role for label, role in known.items() if role != "other" or not _is_kin(label)}
    people = [label for label in found if known.get(label) not in NOBODY]
    _infer(people, known, named=clinician is not None)
    if len(known) < len(found) or (len(people) > 1 and all(known[label] == "clinician" for label in people)):
        return None
    return numbered(found, known)


def _by_words(said: Mapping[str, str]) -> str | None:
    """Return the label of the one who speaks as a clinician does, if that is beyond doubt and no label denies it."""
    told = {label: role_of(label) for label in said}
    people = [label for label in said if told[label] not in NOBODY]
    open_ones = [label for label in people if told[label] is None or set(_plain(label).split()) & TITLES]
    if any(told[label] == "clinician" for label in people if label not in open_ones) or len(open_ones) < 2:
        return None
    if sum(len(said[label].split()) for label in open_ones) < LEAST_SAID:
        return None
    likely = who.clinician([said[label] for label in open_ones], who.load_weights().weights)
    best = max(range(len(likely)), key=likely.__getitem__)
    return open_ones[best] if likely[best] >= SURE else None


def role_of(label: str) -> Speaker | None:
    """Return the role that a label says by itself, if it says one; who is said to be somebody's is `other`."""
    plain = _plain(label)
    if plain == "unknown speaker":
        return "unknown"
    roles_by_name: dict[str, Speaker] = {role: role for role in get_args(Speaker)}
    if plain in roles_by_name or plain in LETTERS:
        return roles_by_name.get(plain) or LETTERS[plain]
    words = set(plain.split())
    if words & KIN or (_is_somebodys(label) and not (words & CLINICIAN and words & CLIENT)):
        return "other"
    if words & CLINICIAN or {"social", "worker"} <= words:
        return None if words & CLIENT else "clinician"
    return "client" if words & CLIENT else None


def _is_kin(label: str) -> bool:
    """Say whether a label says of whom it is kin by no word: "mother", not "client's mother"."""
    return bool(KIN.intersection(_plain(label).split())) and not _is_somebodys(label)


def _is_somebodys(label: str) -> bool:
    """Say whether a label names a person by a client or clinician: "patient's friend", "a friend of the client"."""
    owned = any(
        owner.removesuffix("s") in CLIENT | CLINICIAN and of not in DEVICES
        for owner, of in THEIRS.findall(label.casefold())
    )
    words = _plain(label).split()
    return owned or ("of" in words and bool((CLIENT | CLINICIAN - TITLES).intersection(words[words.index("of") :])))


def is_role(label: str) -> bool:
    """Say whether a label is nothing but a role and a number: "therapist", "client 2", not "my therapist said"."""
    words = _plain(label).split()
    return role_of(label) is not None and all(w.isdigit() or role_of(w) or w in PARTS for w in words)


def _told(label: str, clinician: str | None) -> Speaker | None:
    """Return the role that a label says, or that follows from the clinician's label; a title alone then says none."""
    if clinician is None:
        return role_of(label)
    if _plain(clinician) == _plain(label):
        return "clinician"
    return None if TITLES.intersection(_plain(label).split()) else role_of(label)


def _infer(found: Sequence[str], known: dict[str, Speaker], *, named: bool) -> None:
    """Give roles to labels that say none, where what is known leaves no other."""
    unknown = [label for label in found if label not in known]
    if len(found) == 2 and len(unknown) == 1:
        other = next(known[label] for label in found if label in known)
        known[unknown[0]] = "client" if other == "clinician" else "clinician"
    elif named:
        known.update(dict.fromkeys(unknown, "client"))


def numbered(found: Sequence[str], known: Mapping[str, Speaker]) -> dict[str, Speaker]:
    """Tell several clients apart: the first is `client`, the second `client2`, any further one `other`.

    One whose label says no more than "client" is the first, wherever it stands.
    """
    given: dict[str, Speaker] = {}
    names: list[Speaker] = ["client", "client2"]
    names = [name for name in names if name not in known.values() or name == "client"]
    for label in sorted(found, key=lambda label: _plain(label) not in FIRST):
        role = known[label]
        if role == "client":
            role = names.pop(0) if names else "other"
        given[label] = role
    return {label: given[label] for label in found}


def _plain(label: str) -> str:
    return " ".join(WORD.findall(label.casefold()))


def _listed(labels: list[str]) -> str:
    """Return up to eight labels for the eyes of the user, who has the file."""
    return ", ".join(label[:40] for label in labels[:8]) + (" ..." if len(labels) > 8 else "")
