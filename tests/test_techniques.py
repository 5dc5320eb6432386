"""Techniques: named where the clinician named them, offered by name where they only show in the talk."""

import pytest

from pipeline.draft.proof import violations
from pipeline.draft.techniques import MESSAGE, load_techniques
from pipeline.types import Finding

from .test_draft import composed, read

TECHNIQUES = load_techniques()


def talk(words: str, label: str) -> tuple[str, str | None]:
    """Return the statement and the offer of a clinician's words that were found to show this technique."""
    transcript, (marked,) = read(f"T: [intervention:{words}]", "session")
    found: Finding = marked.replace(label=label)
    (statement,) = composed(transcript, (found,)).statements()
    assert violations(statement) == ()
    return statement.text, statement.offer


@pytest.mark.parametrize(
    ("said", "statement"),
    [
        ("Let's try the grounding exercise we practised.", "Clinician proposed to try the grounding exercise."),
        ("Okay, let's do a body scan now.", "Clinician proposed to do a body scan."),
        ("Let's do some emdr today.", "Clinician proposed to do some EMDR."),
        ("And then let's draw a genogram.", "Clinician proposed to draw a genogram."),
        ("It's called urge surfing.", "Clinician said that it is called urge surfing."),
        ("This is called the downward arrow.", "Clinician said that this is called the downward arrow."),
        # More is said than a rule can tell.
        ("Let's not do the body scan.", None),
        ("Let's do the body scan if you're up to it.", None),
        ("Let's do the body scan, or rather the timeline.", None),
        ("Shall we do some EMDR today?", None),
        ("Did you do the body scan?", None),
        ("We did the body scan last week.", None),
        ("Let's draw it.", None),
        ("Your mother would call that grounding.", None),
        ("It's called nothing at all.", None),
    ],
)
def test_a_technique_is_named_where_the_clinician_named_it(said: str, statement: str | None) -> None:
    named = TECHNIQUES.named(said)
    assert (named.text if named else None) == statement
    text, offer = talk(said, "grounding")
    assert offer is None
    assert text == (statement or text)
    assert statement or said in text


@pytest.mark.parametrize(
    ("label", "said", "name"),
    [
        ("examining the evidence", "What's the evidence for that?", "Socratic questioning, asking"),
        ("examining the evidence", "What would you tell a friend in your place?", "Socratic questioning, asking"),
        ("breathing and relaxation", "Breathe in slowly, hold it, and out.", "a breathing exercise, saying"),
        ("breathing and relaxation", "Now tense your shoulders, and drop them.", "a relaxation exercise, saying"),
        ("psychoeducation", "Adrenaline makes the heart race, and then it fades.", "psychoeducation, saying"),
        ("acceptance", "Just notice the tightness, and let it be there.", "an acceptance strategy, saying"),
        ("scaling", "From one to ten, how confident are you?", "a scaling question, asking"),
        ("normalising", "It's very common to feel numb at first.", "normalising, saying"),
        ("reflection", "It sounds like you felt let down.", "reflective listening, saying"),
        ("role play", "I'll be your boss, and you ask me for the day off.", "role play, saying"),
    ],
)
def test_a_name_is_offered_for_what_shows_in_the_talk(label: str, said: str, name: str) -> None:
    text, offer = talk(said, label)
    assert text.endswith(f': "{said}"')
    assert offer == f'Clinician used {name}: "{said}"'


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("examining the evidence", "What would your mother say?"),  # no evidence is asked for
        ("examining the evidence", "There is evidence for that."),  # no question
        ("breathing and relaxation", "Do you breathe in through the nose at night?"),
        ("psychoeducation", "Can I tell you something about sleep?"),  # announced, not given
        ("reflection", "I wonder if that is about your father."),  # an interpretation
        ("reflection", "Does any part of you want to hurt him?"),
        ("role play", "Let's draw a map of the week."),
        ("scaling", "Out of ten?"),
        ("grounding", "Look around the room."),  # no name is offered for this label
    ],
)
def test_no_name_is_offered_where_the_words_do_not_bear_it(label: str, said: str) -> None:
    assert talk(said, label)[1] is None


def test_an_offered_name_must_be_touched() -> None:
    transcript, (marked,) = read("T: [intervention:What's the evidence for that?]", "session")
    made = composed(transcript, (marked.replace(label="examining the evidence"),))
    (statement,) = made.statements()
    (item,) = [item for item in made.must_touch if item.reason == "label from talk"]
    assert (item.target, item.message) == (statement.digest, MESSAGE)


def test_a_client_who_says_it_offers_nothing() -> None:
    transcript, (marked,) = read("C: [intervention:What's the evidence for that?]", "session")
    (statement,) = composed(transcript, (marked.replace(label="examining the evidence"),)).statements()
    assert statement.offer is None


@pytest.mark.parametrize(
    ("said", "name", "modality"),
    [
        ("E M D R", "EMDR", "EMDR"),
        ("guided discovery", "Socratic questioning", "CBT"),
        ("Behaviour chain analysis", "chain analysis", "DBT"),
        ("soft start-up", "softened start-up", "couples"),
        ("a walk", None, None),
    ],
)
def test_a_technique_is_known_by_its_spellings(said: str, name: str | None, modality: str | None) -> None:
    assert (TECHNIQUES.canonical(said), TECHNIQUES.modality(said)) == (name, modality)
