"""What a clinician tells of people in general or of themselves, what was left, what a miracle would change."""

import pytest

from pipeline.findings.unmeant import load_unmeant
from pipeline.types import Category, Speaker

from .test_findings_examples import transcript

T: Speaker = "clinician"
C: Speaker = "client"
MIRACLE = (T, "If a miracle happened overnight, what would be different?")


@pytest.mark.parametrize(
    ("turns", "words", "category", "unmeant"),
    [
        ([(T, "Many people in your situation think about suicide.")], "suicide", "risk", True),
        ([(T, "These pills can make some young people suicidal at first.")], "suicidal", "risk", True),
        ([(T, "When people are that hopeless, they think about killing themselves.")], "killing", "risk", True),
        ([(T, "Lots of people who feel the way you feel think about suicide.")], "suicide", "risk", True),
        ([(T, "Zero is no urge and five is you cut yourself.")], "cut yourself", "risk", True),
        ([(T, "Zero is no urge and five is you cut yourself.")], "no urge and five", "risk", True),
        ([(T, "I ask everybody I see about dark thoughts.")], "dark thoughts", "risk", True),
        ([(T, "If somebody ever felt unsafe between sessions, call.")], "felt unsafe", "risk", True),
        ([(T, "So like many people, you think about suicide.")], "suicide", "risk", False),
        ([(T, "People at work have threatened to hurt you.")], "threatened to hurt", "risk", False),
        ([(T, "Your parents were abusive.")], "abusive", "risk", False),
        ([(C, "A lot of people think about suicide, and so do I.")], "suicide", "risk", False),
        ([(T, "I took Zoloft for a year.")], "took Zoloft for a year", "medication", True),
        ([(T, "I had postpartum depression myself.")], "postpartum depression", "assessment", True),
        ([(T, "I had a call about your lithium.")], "lithium", "medication", False),
        ([(C, "I took Zoloft for a year.")], "Zoloft", "medication", False),
        ([(T, "I used to cut myself.")], "cut myself", "risk", False),
        ([(T, "I thought about doing a role play, but let's not.")], "role play", "intervention", True),
        ([(T, "I thought about it. Let's do a role play.")], "role play", "intervention", False),
        ([MIRACLE, (C, "I'd be off Zoloft.")], "off Zoloft", "medication", True),
        ([MIRACLE, (C, "I'd be dead.")], "dead", "risk", False),
        ([MIRACLE, (C, "I'm off Zoloft.")], "off Zoloft", "medication", False),
        ([(T, "How is the Zoloft?"), (C, "I'd come off it.")], "come off", "medication", False),
    ],
)
def test_words_that_say_nothing_of_the_client(
    turns: list[tuple[Speaker, str]], words: str, category: Category, unmeant: bool
) -> None:
    start = turns[-1][1].index(words)
    said = transcript(*turns, kind="session")
    assert load_unmeant().holds(said, len(turns) - 1, start, start + len(words), category) is unmeant


@pytest.mark.parametrize(
    ("dictated", "words", "category", "unmeant"),
    [
        ("I am not sleeping well.", "not sleeping well", "behaviour", True),
        ("I felt sad. I have had thoughts of leaving the job.", "thoughts of leaving the job", "risk", True),
        ("I disclosed that I take sertraline myself.", "take sertraline", "medication", True),
        ("I told him I had been in therapy for depression.", "depression", "assessment", True),
        ("I have had thoughts of leaving the job and of killing myself.", "killing myself", "risk", False),
        ("She said I can't cope. I am not sleeping.", "not sleeping", "behaviour", False),
        ("She said I hate it. I'm sad. I have had thoughts of leaving the job.", "thoughts", "risk", False),
        ("I take the lithium level on Friday.", "lithium", "medication", False),
        ("I told her she is not sleeping enough.", "not sleeping", "behaviour", False),
        ("I said she should stop her lithium.", "lithium", "medication", False),
        ("I felt unsafe.", "unsafe", "risk", False),
    ],
)
def test_what_a_clinician_dictates_of_themselves(dictated: str, words: str, category: Category, unmeant: bool) -> None:
    start = dictated.index(words)
    said = transcript((T, dictated))
    assert load_unmeant().holds(said, 0, start, start + len(words), category) is unmeant


def test_a_dictated_technique_that_was_left_is_none() -> None:
    said = transcript((T, "I was going to do a role play but we ran out of time."))
    assert load_unmeant().holds(said, 0, 18, 27, "intervention")
