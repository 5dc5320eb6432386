"""Rules and tagger together: what is kept, what one turn says twice, what is never put aside."""

from pipeline.findings.merge import Bars, Weighed, select
from pipeline.types import CATEGORIES, Category, Finding, Kind, Polarity, Transcript, Turn

TEXT = "I was low. Really low, you know. Fed up. I wouldn't do it. I haven't got a plan."
TALK = Transcript(
    recording="a" * 64,
    kind="session",
    engine="file",
    turns=(Turn(id="t1", speaker="client", start=0.0, end=9.0, text=TEXT),),
)
KINDS: tuple[Kind, ...] = ("dictation", "session")
BARS = {(kind, category): Bars(rule=0.2, alone=0.6) for kind in KINDS for category in CATEGORIES}


def weighed(
    words: str,
    label: str,
    support: float,
    *,
    by_rule: bool = True,
    category: Category = "mood",
    polarity: Polarity = "affirmed",
) -> Weighed:
    start = TEXT.index(words)
    evidence = TALK.evidence("t1", start, start + len(words))
    finding = Finding(
        category=category, label=label, evidence=(evidence,), rule="a@1", polarity=polarity, score=support
    )
    return Weighed(finding, 0, support, by_rule)


def quotes(found: tuple[Finding, ...]) -> list[list[str]]:
    return [[evidence.quote for evidence in finding.evidence] for finding in found]


def test_in_a_session_one_thing_said_in_several_goes_is_one_finding_with_all_its_words() -> None:
    said = [weighed("I was low", "low", 0.9), weighed("Really low", "low", 0.9)]
    said.append(weighed("Fed up", "fed up", 0.9, by_rule=False))
    assert quotes(select(said, "session", BARS)) == [["I was low", "Really low", "Fed up"]]
    assert quotes(select(said, "dictation", BARS)) == [["I was low"], ["Really low"], ["Fed up"]]


def test_two_feelings_that_rules_name_are_two_findings() -> None:
    said = [weighed("I was low", "low", 0.9), weighed("Fed up", "angry", 0.9)]
    assert len(select(said, "session", BARS)) == 2


def test_each_denied_risk_stands_for_itself() -> None:
    said = [
        weighed("I wouldn't do it", "intent", 0.0, category="risk", polarity="denied"),
        weighed("I haven't got a plan", "plan", 0.0, category="risk", polarity="denied"),
    ]
    assert len(select(said, "session", BARS)) == 2, "and no bar puts a rule's risk aside"


def test_what_falls_short_of_its_bar_is_put_aside() -> None:
    said = [weighed("I was low", "low", 0.1), weighed("Fed up", "fed up", 0.5, by_rule=False)]
    assert select(said, "session", BARS) == ()


def test_a_score_that_a_rule_reads_is_never_put_aside() -> None:
    one = weighed("I was low", "phq-9", 0.0, category="assessment")
    scale = Weighed(one.finding.replace(rule="assessment.score@1"), 0, 0.0, by_rule=True)
    assert len(select([scale], "dictation", BARS)) == 1
    assert select([one], "dictation", BARS) == ()
