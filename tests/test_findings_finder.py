"""The Finder on any text, its errors, its speed and what it promises of its evidence."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import SettingsInvalid
from pipeline.findings import Finder
from pipeline.resources import configs
from pipeline.types import Finding, Kind, Speaker, Transcript, Turn

FINDER = Finder()
SAID = (
    "she denies SI HI or self-harm but, no wait, scratch that. homework colon walk daily and Plan: weekly we practised "
    "breathing “anxious” \n doesn’t can't ... PHQ-9 was 12; sertraline 50mg mum is sad? I’ll 🙂 ﬁ İ \x00 ！ 抑郁 sehr"
)
WORDS = st.sampled_from(SAID.split(" "))
TEXT = st.one_of(st.text(min_size=1, max_size=200), st.lists(WORDS, min_size=1, max_size=40).map(" ".join))
SPEAKERS = st.sampled_from(["clinician", "client", "client2", "other", "unknown"])


def transcript(turns: list[tuple[Speaker, str]], kind: Kind = "dictation") -> Transcript:
    made = tuple(Turn(id=f"t{n}", speaker=s, start=float(n), end=float(n), text=t) for n, (s, t) in enumerate(turns))
    return Transcript(recording="0" * 64, kind=kind, engine="test", turns=made)


def place(said: Transcript, finding: Finding) -> tuple[int, int]:
    evidence = finding.evidence[0]
    return [turn.id for turn in said.turns].index(evidence.turn_id), evidence.start


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(SPEAKERS, TEXT), max_size=6), st.sampled_from(["dictation", "session"]))
def test_any_text_gives_findings_in_order_or_none(turns: list[tuple[Speaker, str]], kind: Kind) -> None:
    said = transcript(turns, kind)
    findings = FINDER.find(said)
    assert list(findings) == sorted(findings, key=lambda finding: place(said, finding))
    texts = {turn.id: turn.text for turn in said.turns}
    for finding in findings:
        for evidence in finding.evidence:
            assert texts[evidence.turn_id][evidence.start : evidence.end] == evidence.quote
            assert evidence.quote == evidence.quote.strip()
    assert Finder().find(said) == findings


def test_no_turns_no_findings() -> None:
    assert FINDER.find(transcript([])) == ()


def test_every_finding_names_a_readable_versioned_rule() -> None:
    findings = FINDER.find(transcript([("clinician", "Risk: denies SI. Homework: walk daily. She is anxious.")]))
    assert {f.rule for f in findings} == {"risk.suicidal-ideation@1", "cue.homework@1", "mood.feeling@1"}
    assert all(0.5 <= f.score <= 1.0 for f in findings)


def test_words_before_now_are_past() -> None:
    (finding,) = FINDER.find(transcript([("clinician", "History of suicide attempts.")]))
    assert (finding.category, finding.polarity, finding.temporality) == ("risk", "affirmed", "past")


def test_a_heading_holds_until_the_next() -> None:
    said = transcript([("clinician", "Homework: sleep diary."), ("clinician", "Plan: meet weekly.")])
    assert [(f.category, f.evidence[0].quote) for f in FINDER.find(said)] == [
        ("homework", "sleep diary"),
        ("plan", "meet weekly"),
    ]


def test_scratch_that_takes_back_the_turn_before() -> None:
    said = transcript(
        [("clinician", "She is hopeless."), ("clinician", "Scratch that."), ("clinician", "She is hopeful.")]
    )
    assert [f.evidence[0].quote for f in FINDER.find(said)] == ["hopeful"]


def test_a_very_long_turn_without_full_stops_is_read() -> None:
    findings = FINDER.find(transcript([("clinician", "she is anxious and denies suicidal thoughts " * 2000)]))
    assert sum(f.category == "risk" for f in findings) == 2000


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        ("mood.yaml", "category: mood", "category: moods", "category"),
        ("risk.yaml", "version: 1", "version: 1\nextra: 2", "extra"),
        ("context.yaml", "kind: past", "kind: passed", "modifiers"),
        ("cues.yaml", "  plan:", "  planning:", "planning"),
    ],
)
def test_a_wrong_lexicon_is_refused_by_file_and_key(tmp_path: Path, name: str, old: str, new: str, key: str) -> None:
    folder = tmp_path / "lexicons"
    shutil.copytree(configs() / "lexicons", folder)
    file = folder / name
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsInvalid) as refused:
        Finder(folder)
    assert name in str(refused.value)
    assert key in str(refused.value)


def test_a_missing_lexicon_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"frames\.yaml"):
        Finder(tmp_path)


@pytest.mark.parametrize("wrong", ["(sad [very|so]|low)", "[sad (very|so)]"])
def test_brackets_within_brackets_are_refused(tmp_path: Path, wrong: str) -> None:
    folder = tmp_path / "lexicons"
    shutil.copytree(configs() / "lexicons", folder)
    file = folder / "mood.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("sad: sad,", f"sad: {wrong},", 1), encoding="utf-8")
    with pytest.raises(SettingsInvalid, match="brackets"):
        Finder(folder)


def test_an_unknown_macro_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "lexicons"
    shutil.copytree(configs() / "lexicons", folder)
    file = folder / "mood.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("sad: sad,", "sad: sad {nobody},", 1), encoding="utf-8")
    with pytest.raises(SettingsInvalid, match="nobody"):
        Finder(folder)


def test_a_no_to_something_else_denies_no_risk_by_rules_or_tagger() -> None:
    risk: list[tuple[Speaker, str]] = [
        ("clinician", "Any thoughts of suicide?"),
        ("client", "Every day. I haven't told anyone."),
    ]
    others: list[tuple[Speaker, str]] = [("clinician", "Did you make it to the gym?"), ("client", "No, I didn't.")]
    asks: list[tuple[Speaker, str]] = [("client", "So you're not going to call CPS?")]
    for said in (risk, [*risk, *others], asks):
        assert not [
            f for f in FINDER.find(transcript(said, "session")) if f.polarity == "denied" and f.category == "risk"
        ]


def test_what_takes_back_an_earlier_no_bears_its_label_so_that_both_are_compared() -> None:
    said: list[tuple[Speaker, str]] = [
        ("clinician", "Any thoughts of suicide?"),
        ("client", "No."),
        ("clinician", "And how is work?"),
        ("client", "Fine. I wasn't totally honest before. I do get them."),
    ]
    no, yes = (f for f in FINDER.find(transcript(said, "session")) if f.category == "risk")
    assert (no.label, no.polarity, yes.polarity) == (yes.label, "denied", "affirmed")


def test_each_partner_may_need_a_moment_before_an_answer() -> None:
    said: list[tuple[Speaker, str]] = [
        ("clinician", "Is either of you having thoughts of suicide?"),
        ("client", "That's a hard one."),
        ("client2", "No."),
        ("clinician", "Take your time."),
        ("client", "Yeah. On Sunday."),
    ]
    found = [f for f in FINDER.find(transcript(said, "session")) if f.category == "risk"]
    assert [(f.polarity, f.evidence[0].turn_id) for f in found] == [("denied", "t2"), ("affirmed", "t4")]


def test_a_denial_that_the_next_turn_takes_back_is_none() -> None:
    said: list[tuple[Speaker, str]] = [
        ("clinician", "She told her GP she had no suicidal thoughts."),
        ("clinician", "That was not true."),
    ]
    risks = [f for f in FINDER.find(transcript(said)) if f.category == "risk"]
    assert [(f.polarity, f.evidence[0].turn_id) for f in risks] == [("affirmed", "t0")]
    calm = [*said[:1], ("clinician", "She is sleeping better than she was.")]
    assert {f.polarity for f in FINDER.find(transcript(calm)) if f.category == "risk"} == {"denied"}
