"""The clinician's "I" in a dictation: "I did grounding with her" -> "Clinician did grounding with her".

Only before what clinicians do: another "I" may be the client's words ("negative cognition I am going to die").
"""

import re

from .vocabulary import ClinicianWords, any_of


class Clinician:
    """The rules of `clinician` in configs/wording.yaml."""

    def __init__(self, words: ClinicianWords) -> None:
        adverb = rf"(?:{any_of(words.adverbs)}\s+)?"
        does = rf"(?:{any_of(words.do)})"
        self._acts = re.compile(
            rf"(?:^|(?<=[,;]\s)|(?<=\b(?:and|but)\s)|(?<=\bso\s)|(?<=\bthen\s)|(?<=\bbefore\s)|(?<=\b(?:after|while)\s))"
            rf"i(?P<short>['’](?:ll|m|ve)|(?:\s+(?:will|am|have)))?(?=\s+{adverb}(?:"
            rf"(?P<did>(?!used\s+to\b){any_of(words.did)})|(?P<do>(?:didn['’]t|did\s+not)\s+{does})|(?P<will>{does})"
            rf"|(?P<doing>{any_of(words.doing)})))",
            re.I,
        )
        self._self = re.compile(r"(?<![\w'’-])i(?![\w-])", re.I)
        self._own = re.compile(any_of(words.own), re.I)
        teller = r"^(?:she|he|they|(?:the\s+)?(?:client|patient)|pt)"
        self._told = re.compile(rf"({teller}\s+{adverb}{any_of(words.told)})\s+me(?![\w'’-])", re.I)
        self._reporting = re.compile(any_of(words.reporting), re.I)

    def named(self, sentence: str) -> str:
        """Return the sentence with "I" as "clinician"; unchanged where one "I" of it is not surely the clinician's."""
        sentence = self._told.sub(r"\1 clinician", sentence)
        acts = list(self._acts.finditer(sentence))
        every = len(self._self.findall(sentence))
        if not acts or len(acts) < every or self._own.search(sentence):
            return sentence
        if self._reporting.search(sentence[: acts[-1].start()]):
            return sentence
        shorts = [self._short(match) for match in acts]
        if None in shorts:
            return sentence
        for match, short in reversed(list(zip(acts, shorts, strict=True))):
            word = "clinician" if match.start() else "Clinician"
            sentence = f"{sentence[: match.start()]}{word}{short}{sentence[match.end() :]}"
        return sentence

    def opens_quote(self, sentence: str) -> bool:
        """Whether the sentence ends so that the next one may be somebody else's words: "her thought was this"."""
        last = " ".join(re.findall(r"[\w'’]+", sentence)[-2:])
        return bool(self._reporting.search(last)) or sentence.rstrip().endswith(":")

    def _short(self, match: re.Match[str]) -> str | None:
        """Return what follows "clinician" for "'ll", "am", ... before this verb; None where they do not go together."""
        said = (match["short"] or "").replace("’", "'").strip().casefold()
        group = match.lastgroup
        if not said:
            return "" if group in ("did", "do") else None
        wanted = {"'ll": ("will", " will"), "will": ("will", " will"), "'m": ("doing", " is"), "am": ("doing", " is"),
                  "'ve": ("did", " has"), "have": ("did", " has")}  # fmt: skip
        form, word = wanted[said]
        return word if group == form else None
