"""Third persons by role, not by name: whom a transcript itself names with a role, and the names that it leaves open.

A role counts only where the words leave no doubt: of two people in one role, or one name in two, every name stays and
is reported.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from functools import partial
from typing import Self

from ..types import Kind, Transcript, Turn
from .namings import STARTS, Named, bare_namings, load_words, namings, phoned
from .written.quotes import shielded, unshielded


class People:
    """The third persons of one transcript whose role is known, by name; `People()` knows none."""

    def __init__(self, known: Mapping[str, Named] | None = None, *, alone: Container[str] = ()) -> None:
        self._known = dict(known or {})
        self._words = load_words()
        self._uses = [(named, self._use(named) if named.name in alone else None) for named in self._known.values()]

    @classmethod
    def of(cls, transcript: Transcript) -> Self:
        """Return the people whom the transcript names together with their role, as far as that is clear."""
        words = load_words()
        found: dict[str, set[Named]] = defaultdict(set)
        beside: set[str] = set()  # the names that surely have their role beside the client
        couple = any(turn.speaker == "client2" for turn in transcript.turns)
        for turn in transcript.noted().turns:
            for named in namings(turn.text, words):
                found[named.name].add(named)
                if _clients(named, transcript.kind, turn, couple=couple):
                    beside.add(named.name)
        by_role: dict[str, set[str]] = defaultdict(set)
        for name, every in found.items():
            for named in every:
                by_role[_kind(named)].add(name)
        clear = {name: _whole(every) for name, every in found.items() if _clear(every, by_role)}
        return cls(clear, alone=beside)

    def plain(self, text: str) -> str:
        """Return the text with the known names as roles; quotes stay as they are.

        "Her husband Mark" is "her husband", "Mark" alone is "husband" at the start of a sentence, else "the husband".
        """
        text, quotes = shielded(text)
        for named, use in self._uses:
            text = self._without(text, named)
            if use:
                text = use.sub(partial(self._as_role, named), text)
        return unshielded(text, quotes)

    def unnamed(self, text: str) -> tuple[str, ...]:
        """Return the names of people that stand in a text, also within quotes, as they are written there, each once."""
        words, found = self._words, dict[int, str]()
        for match in words.titled.finditer(text):
            found[match.start("name")] = match["name"]
        for match in words.capital.finditer(text):
            if match["name"].casefold() in (words.names | self._known.keys()) and self._is_name(text, match):
                found[match.start()] = match["name"]
        for match in words.name_role.finditer(text):
            if match["name"].casefold() in words.names:
                found[match.start("name")] = match["name"]
        for match, _ in bare_namings(text, words):
            found[match.start("name")] = match["name"]
        return tuple(dict.fromkeys(found[at] for at in sorted(found)))

    def mentioned(self, text: str) -> bool:
        """Whether a person's name stands in a text, also one in lower case that is no other word."""
        words = self._words
        bare = re.findall(r"(?<![\w’'-])[a-z]{3,}(?![\w’'-])", text)
        return bool(self.unnamed(text)) or any(word in words.names and word not in words.words_too for word in bare)

    def _is_name(self, text: str, match: re.Match[str]) -> bool:
        words, name = self._words, match["name"].casefold()
        before = re.search(r"([\w’']+)\s+$", text[: match.start()])
        placed = before is not None and before[1].casefold() in words.places_after
        if name in words.months:
            return name in self._known
        if name in words.places and (placed or re.match(r"\s+\d|,\s+[A-Z]", text[match.end() :])):
            return False
        if name in words.words_too and STARTS.search(text[: match.start()]):
            return bool(words.finite.match(text, match.end()))
        return True

    def _without(self, text: str, named: Named) -> str:
        """Return the text without the name where its role stands beside it."""
        words = self._words

        def after_role(match: re.Match[str]) -> str:
            same = match["role"].split()[-1].casefold() == named.role.split()[-1].casefold()
            if match["name"].casefold() != named.name or not same or phoned(text, match, words):
                return match[0]
            whole = match[0][: match.start("role") - match.start()] + match["role"]
            return whole if match["comma"] or not match["close"] else f"{whole},"

        def before_role(match: re.Match[str]) -> str:
            if match["name"].casefold() != named.name:
                return match[0]
            owner = match["owner"] if match.start() else match["owner"].capitalize()
            return f"{owner} {match['role']}"

        text = words.role_name.sub(after_role, text)
        for match, _ in reversed(list(bare_namings(text, words))):
            text = text[: match.start()] + after_role(match) + text[match.end() :]
        return words.name_role.sub(before_role, text)

    def _use(self, named: Named) -> re.Pattern[str]:
        """Return the pattern of the name where it stands alone; an everyday word must have its capital."""
        first = named.name[0]
        capital = first.upper() if named.name in self._words.words_too else f"[{first.upper()}{first}]"
        surname = rf"(?:\s+{re.escape(named.surname)})?" if named.surname else ""
        name = rf"{capital}(?i:{re.escape(named.name[1:])}){surname}"
        return re.compile(rf"(?<![\w’'-]){self._words.owned}{name}(?![\w-])(?!\s+[A-Z][a-z])")

    def _as_role(self, named: Named, match: re.Match[str]) -> str:
        words = self._words
        starts = bool(STARTS.search(match.string[: match.start()]))
        explained = words.copula.match(match.string, match.start())
        unsure = starts and named.name in words.words_too and not words.finite.match(match.string, match.end())
        if explained or unsure:
            return match[0]
        return named.role[:1].upper() + named.role[1:] if starts else f"the {named.role}"


def _clients(named: Named, kind: Kind, turn: Turn, *, couple: bool) -> bool:
    """Whether a name's role is one beside the client: "her husband" in a dictation, "my husband" of the client's own.

    What "my" is in a dictation may be the clinician's or quoted; in a session "her husband" may be a friend's.
    """
    if named.owner in ("the", ""):
        return True
    if kind == "dictation":
        return named.owner not in ("my", "your", "our")
    own = {"client": ("my", "our"), "clinician": ("your",)}.get(turn.speaker, ())
    return named.owner in own and not couple


def _whole(every: Iterable[Named]) -> Named:
    """Return the naming that says most."""
    return max(every, key=lambda named: (len(named.surname), len(named.role), named.owner))


def _kind(named: Named) -> str:
    return named.role.split()[-1].casefold()


def _clear(every: Iterable[Named], by_role: Mapping[str, set[str]]) -> bool:
    """Whether the name has one role, the role one name, and it is clear whose."""
    kinds = {_kind(named) for named in every}
    owners = {named.owner for named in every} - {"the", ""}
    return len(kinds) == 1 and len(owners) < 2 and all(len(by_role[kind]) == 1 for kind in kinds)
