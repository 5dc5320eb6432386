"""What a statement may say of its evidence: honest wordings pass, lies do not, and no lie of a kind slips through."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.draft import compose, load_format, load_rules
from pipeline.draft.proof import demand_proven, plain, prove, violations
from pipeline.draft.proof.vocabulary import load_vocabulary
from pipeline.errors import Unproven
from pipeline.findings.lexicon import read_library
from pipeline.findings.vocabulary import Term, write_out
from pipeline.resources import configs
from pipeline.types import Evidence, Finding, Recording, SourceClass, Speaker, Statement, Transcript, Turn, Typed

DATA = Path(__file__).parent / "data" / "proof"
SPOKEN = re.compile(r"(clinician|client2|client|other|unknown): ")
SOURCES: dict[str, SourceClass] = {
    "clinician": "clinician said",
    "client": "client said",
    "client2": "client said",
    "other": "other person said",
    "unknown": "other person said",
}


def evidence(said: str) -> tuple[Evidence, ...]:
    """Read turns parted by a stroke, each with its speaker; what has none is dictated."""
    parts = [SPOKEN.split(part, 1) for part in said.split(" / ")]
    who: list[Speaker] = [part[1] if len(part) > 1 else "clinician" for part in parts]  # type: ignore[misc]
    turns = tuple(
        Turn(id=f"t{number}", speaker=speaker, start=0.0, end=1.0, text=part[-1].strip())
        for number, (speaker, part) in enumerate(zip(who, parts, strict=True))
    )
    kind = "session" if SPOKEN.match(said) else "dictation"
    transcript = Transcript(recording="a" * 64, kind=kind, engine="typed", turns=turns)  # type: ignore[arg-type]
    return tuple(transcript.evidence(turn.id, 0, len(turn.text)) for turn in turns)


def statement(said: str, text: str, offer: str | None = None) -> Statement:
    items = evidence(said)
    source = SOURCES[items[-1].speaker] if SPOKEN.match(said) else "clinician dictated"
    return Statement(text=text, source=source, category="mood", evidence=items, offer=offer)


def examples(name: str) -> Iterator[tuple[str, str, str]]:
    for line in (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _, text = line.partition(" => ")
            text, _, fault = text.partition(" | ")
            yield said, text, fault


HONEST = [(said, text) for said, text, _ in examples("honest")]


@pytest.mark.parametrize(("said", "text"), HONEST)
def test_what_follows_from_the_evidence_passes(said: str, text: str) -> None:
    assert violations(statement(said, text)) == ()


@pytest.mark.parametrize(("said", "text", "fault"), list(examples("lies")))
def test_what_does_not_follow_is_refused(said: str, text: str, fault: str) -> None:
    found = violations(statement(said, text))
    assert fault in {violation.kind for violation in found}
    assert all(violation.words and violation.reason.endswith(".") for violation in found)


DENIAL = re.compile(r"\b(?:not|never|no|cannot|barely|denied|denies|without) ?", re.I)
NUMBER = re.compile(r"\d+(?:[.:]\d+)?|\b(?:two|three|four|five|six|seven|eight|nine)\b")
INVENTED = ("suicidal", "severe", "husband", "cocaine", "Boris", "improved", "not", "never", "12", "always")
told = st.sampled_from([(said, text) for said, text in HONEST if '"' not in text])


@given(told, st.data())
def test_no_negation_may_go(pair: tuple[str, str], data: st.DataObject) -> None:
    said, text = pair
    if places := list(DENIAL.finditer(text)):
        place = data.draw(st.sampled_from(places))
        assert violations(statement(said, text[: place.start()] + text[place.end() :]))


@given(told, st.data())
def test_no_number_may_change(pair: tuple[str, str], data: st.DataObject) -> None:
    said, text = pair
    if places := list(NUMBER.finditer(text)):
        place = data.draw(st.sampled_from(places))
        other = data.draw(st.integers(11, 999).map(str).filter(lambda number: number not in said + text))
        assert violations(statement(said, text[: place.start()] + other + text[place.end() :]))


@given(told)
def test_no_two_numbers_may_change_places(pair: tuple[str, str]) -> None:
    said, text = pair
    for one, other in pairwise(NUMBER.finditer(text)):
        swapped = text[: one.start()] + other[0] + text[one.end() : other.start()] + one[0] + text[other.end() :]
        assert one[0] == other[0] or violations(statement(said, swapped))


@given(told, st.sampled_from(INVENTED), st.data())
def test_no_word_may_be_put_in(pair: tuple[str, str], word: str, data: st.DataObject) -> None:
    said, text = pair
    words = text.split()
    place = data.draw(st.integers(0, len(words) - 1))
    assert violations(statement(said, " ".join([*words[:place], word, *words[place:]])))


@given(told, st.data())
def test_no_word_of_weight_may_go(pair: tuple[str, str], data: st.DataObject) -> None:
    said, text = pair
    vocabulary = load_vocabulary()
    light = (
        vocabulary.frame | vocabulary.telling | vocabulary.idle | {"client", "clinician", "be", "have", "do", "ever"}
    )
    words = text.rstrip(".").split()
    weighty = [at for at, word in enumerate(words) if word.isalpha() and vocabulary.key(word) not in light]
    weighty = [at for at in weighty if vocabulary.lexeme(words[at].casefold()).kind in ("word", "hedge", "number")]
    if weighty:
        place = data.draw(st.sampled_from(weighty))
        assert violations(statement(said, " ".join(words[:place] + words[place + 1 :])))


def test_an_offer_is_proven_but_for_the_name_of_the_technique() -> None:
    said = "clinician: What is the evidence for that?"
    text = plain(statement(said, "."))
    named = 'Clinician used Socratic questioning, asking: "What is the evidence for that?"'
    assert violations(statement(said, text, named)) == ()
    assert violations(statement(said, text, named.replace("asking", "gladly asking")))
    assert violations(statement(said, text, named.replace("Socratic questioning", "hypnosis")))
    assert prove(statement(said, text, named.replace("Socratic questioning", "hypnosis"))).offer is None


@pytest.mark.parametrize(
    ("said", "own"),
    [
        ("sertraline fifty milligrams, um, at night", "Sertraline 50 mg, um, at night."),
        ("client: I don't sleep.", 'Client said: "I don\'t sleep."'),
        ("clinician: Any plans? / client: No.", 'Clinician asked: "Any plans?" Client said: "No."'),
    ],
)
def test_what_is_not_proven_falls_back_to_the_evidences_own_words(said: str, own: str) -> None:
    lie = statement(said, "Client is doing well.")
    proven = prove(lie)
    assert proven.text == own
    demand_proven((proven,))
    with pytest.raises(Unproven, match="fault of Evenfall"):
        demand_proven((lie,))


def test_a_rewriting_stands_only_if_it_is_proven_and_changes_words_alone() -> None:
    told = statement("client: I don't sleep.", "Client reported that they do not sleep.")
    kept = prove(told, lambda s: s.replace(text="Client denied sleeping."))
    assert kept.text == "Client denied sleeping."
    assert prove(told, lambda s: s.replace(text="Client reported sleeping.")) == told
    assert prove(told, lambda s: s.replace(text="Client denied sleeping.", category="risk")) == told


def test_typed_words_are_the_clinicians_own() -> None:
    typed = Typed(by="A. Ruiz", at=datetime(2026, 3, 31, tzinfo=UTC), quote="She slept.")
    assert violations(Statement(text="She did not eat.", source="typed", category="mood", evidence=(typed,))) == ()


def test_no_lie_of_a_rewriting_or_a_link_reaches_a_draft() -> None:
    (item,) = evidence("she is not anxious and takes sertraline fifty milligrams")
    turn = Turn(id="t0", speaker="clinician", start=0.0, end=1.0, text=item.quote)
    transcript = Transcript(recording="a" * 64, kind="dictation", engine="typed", turns=(turn,))
    found = Finding(category="medication", label="sertraline", evidence=(item,), rule="test@1")
    made = compose(
        Recording(kind="dictation", medium="text", format="txt", sha256="a" * 64, duration=0.0),
        transcript,
        (found,),
        (),
        form=load_format("soap"),
        rules=load_rules(),
        versions=(),
        drafted_at=datetime(2026, 3, 31, tzinfo=UTC),
        due_hours=24,
        expires_days=14,
        rewrite=lambda s: s.replace(text="Client is anxious and takes sertraline 15 mg."),
    )
    assert [s.text for s in made.statements()] == ["Client is not anxious and takes sertraline 50 mg."]


def test_what_may_be_put_in_is_no_word_of_a_finding() -> None:
    vocabulary = load_vocabulary()
    library = write_out(read_library(configs() / "lexicons"))
    clinical = ("mood", "behaviour", "risk", "medication")
    wordings = {
        wording
        for key, wording in library.phrases
        if isinstance(term := library.meanings[key], Term) and term.category in clinical and " " not in wording
    }
    assert len(wordings) > 500
    assert not {word for word in wordings if vocabulary.key(word) in vocabulary.frame | vocabulary.speech}
