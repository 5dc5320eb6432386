"""Spoken cues: what stands as one, what it strikes, and that nothing struck reaches the note."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech.spoken.commands import read_commands
from pipeline.types import Command, Transcript, Turn, Word

MARK = re.compile(r"\[([^\]]*)\]|\{(\??)([^}]*)\}")


def turns_of(*texts: str) -> tuple[Turn, ...]:
    return tuple(
        Turn(id=f"t{n}", speaker="clinician", start=10.0 * n, end=10.0 * n + 9, text=text)
        for n, text in enumerate(texts, 1)
    )


def dictated(*texts: str) -> Transcript:
    turns = turns_of(*texts)
    return Transcript(recording="a" * 64, kind="dictation", engine="x", turns=turns, commands=read_commands(turns))


def read(marked: str) -> tuple[list[str], list[str], list[str], list[str]]:
    """Read turns parted by " | ": `[struck words]`, `{cue}`, `{?unclear cue}`; each is returned as "t1:4 fifty"."""
    texts: list[str] = []
    found: dict[str, list[str]] = {"struck": [], "clear": [], "unclear": []}
    for number, text in enumerate(marked.split(" | "), 1):
        plain, at = "", 0
        for match in MARK.finditer(text):
            plain += text[at : match.start()]
            words = match[1] if match[1] is not None else match[3]
            kind = "struck" if match[1] is not None else "unclear" if match[2] else "clear"
            found[kind].append(f"t{number}:{len(plain)} {words}")
            plain, at = plain + words, match.end()
        texts.append(plain + text[at:])
    return texts, found["struck"], found["clear"], found["unclear"]


def placed(transcript: Transcript, spans: list[tuple[str, int, int]]) -> list[str]:
    text = {turn.id: turn.text for turn in transcript.turns}
    return sorted(f"{turn}:{a} {text[turn][a:b]}" for turn, a, b in spans)


CUES = [
    # Signs, where the recogniser wrote none.
    "she slept badly {full stop} she ate well {full stop}",
    "she slept badly {period} she ate well {period}",
    "she slept badly {comma} ate little {comma} and cried",
    "She slept badly {full stop}. She ate well.",
    "She slept badly. {Period}. She ate well.",
    "is she safe at home {question mark} | she says yes",
    "what would help {question mark} she did not know",
    "{full stop} | she ate well",
    "she felt low {period} | {new paragraph} | we practised breathing {period}",
    "we talked {new paragraph} she cried",
    "She wrote it down. {New paragraph}. She cried.",
    "She cried. {New line}. She left.",
    "she cried {next paragraph} she left",
    # The last sentence.
    "[She slept badly.] | {Scratch that}. | She slept well.",
    "[she slept badly] | {um scratch that} | she slept well",
    "[she slept badly] {scratch that} she slept well",
    "[she slept badly] {no scratch that} she slept well",
    "[she slept badly] | {Strike that}. | She slept well.",
    "[She slept badly.] | {Delete that}.",
    "She ate. | [She slept badly.] | {Scratch that last sentence}.",
    "She ate. | [She slept badly.] | {Scratch the last bit}. | She slept well.",
    "She ate. [She slept badly.] {Scratch that}. She slept well.",
    "[She slept.] | [She ate.] | {Scratch that}. | {Scratch that}. | She did neither.",
    "[she slept] | [she ate] | {scratch that} {scratch that} she did neither",
    "She ate. | [She slept badly,] {scratch that,} she slept well.",
    "[Her appetite is poor,] {scratch that,} appetite is fine.",
    "[Appetite is, uh, down,] {no wait, scratch that,} appetite is fine, it's his energy.",
    "[She came nine minutes late, no, sorry, I looked at the clock wrong,] {scratch that,} she was on time.",
    "Mood is low, [and she lost her job,] {scratch that,} she kept her job.",
    "[She felt low.] | {Okay, scratch that}. | She felt flat.",
    "[She felt low.] | {Sorry, scratch that, }she felt flat.",
    "[she was low] {full stop} {scratch that} she was flat",
    "She was low. | [She cried,] {scratch that,} [she laughed,] {scratch that,} she smiled.",
    "[She will bring it.] | {Disregard that}. | She forgot it.",
    "{Scratch that}. | She is low.",
    # A correction: like for like.
    "[fifty,] {correction,} one hundred milligrams",
    "sertraline [fifty] {correction} one hundred milligrams daily",
    "She takes sertraline [fifty milligrams,] {correction,} one hundred milligrams daily.",
    "Sertraline [fifty milligrams.] {Correction,} one hundred milligrams.",
    "she takes [fluoxetine] {correction} sertraline fifty milligrams",
    "She takes [fluoxetine twenty milligrams,] {correction,} sertraline fifty milligrams.",
    "Next session [on the third of March,] {correction,} on the fourth of March.",
    "Session on [Tuesday,] {correction,} Wednesday at three.",
    "The PHQ nine was [fourteen,] {I mean,} sixteen.",
    "the PHQ nine was [fourteen] {no make that} sixteen",
    "She rates it [seven out of ten,] {correction,} eight out of ten.",
    "Worry went from eight to [four out of ten,] {no, make that} five out of ten.",
    "He worked [two nights,] {correction,} three nights.",
    "[her mother] {correction} her father came along",
    "[Her mother called,] {correction,} her father called.",
    "Affect was [flat,] {correction,} restricted.",
    "[She slept well,] {correction,} she slept badly.",
    "[She slept well.] {Correction,} she slept badly.",
    "She [feels safe at home,] {correction,} feels safe at work.",
    "[Fifty minutes] {sorry correction} forty five minutes by telehealth",
    "The fluoxetine, I gather, is [sixty,] {no, strike that,} forty, she's just got there.",
    "We agreed on [Tuesday,] {make that} Wednesday.",
    "A dose of [fifty] {sorry I meant} sixty milligrams.",
    # Where it is not clear what is meant, nothing is struck, and it is asked.
    "She was sad at work, {?correction,} it was a hard week.",
    "we practised breathing {?correction} progressive muscle relaxation",
    "sertraline fifty milligrams daily {?correction} one hundred",
    "She denies a plan, {?scratch that,} intent.",
    "She has a plan to overdose, {?scratch that,} hang herself.",
    "She is on sertraline [fifty,] {scratch that,} a hundred.",
    "I asked her to walk daily, {?scratch that,} every other day.",
    "Sertraline fifty milligrams at night. | {?No, make that} one hundred.",
    "see her weekly {?end note} next client he was late",
    "she slept badly and ate little and cried on most days and her sister came to stay on sunday {?scratch that} okay",
    # What stands behind a denial is not put in its place: it may be what was not denied after all.
    "There was no self-harm this week. {?Correction,} self-harm on Monday.",
    "No suicidal thoughts this week, {?correction,} suicidal thoughts on Sunday.",
    "Denies suicidal thoughts on Monday, {?correction,} suicidal thoughts on Tuesday.",
    "She has never attempted suicide, {?correction,} attempted suicide in 2019.",
    "Denied any plan. {?Correction,} plan is to overdose.",
    "No self-harm on Monday. {?Correction,} Monday she cut herself.",
    "No self-harm on Monday. {?Correction,} Monday self-harm.",
    "She denies she has a plan, {?correction,} she has a plan.",
    "Intent wasn't present, {?correction,} passive.",
    "No change in suicide risk. {?Correction}. Risk is elevated.",
    "No self-harm on [Monday,] {correction,} Tuesday.",
    "No drinking [on Monday,] {correction,} on Tuesday.",
    "No drinking for [two weeks,] {correction,} three weeks.",
    # A clause takes no word's place.
    "Changes in suicide risk. {?Correction}. Risk is elevated.",
    # Numbers side by side are several, or it is not clear how many.
    "PHQ nine [fourteen,] {correction,} fifteen.",
    "GAD seven [eleven,] {no make that} two.",
    "PHQ nine [14,] {correction,} 15.",
    "Started Zoloft 50 [two weeks ago,] {correction,} three weeks ago.",
    "On March 3 [2025,] {correction,} 2026.",
    "Seen at 1 30, {?correction,} 2.",
    "gabapentin three hundred three times a day, {?correction,} two times a day",
    "gabapentin [three hundred three times a day,] {correction,} three hundred two times a day",
    "Zoloft fifty two weeks ago, {?correction,} three weeks ago",
    "at two fifteen one hour, {?correction,} two hours",
    "[one and a half milligrams,] {correction,} two milligrams",
    "[a hundred milligrams,] {correction,} two hundred milligrams",
    "[twenty five minutes,] {correction,} thirty minutes",
    "venlafaxine [one fifty,] {correction,} two hundred",
    # Over a full stop in one turn, but over no turn's end.
    "She rated her mood a [4.] {Correction. }6.",
    "She rated her mood a 4. {?Correction}. | 6.",
    # A sentence of its own that takes back.
    "Lithium [eight hundred milligrams.] {Sorry,} six hundred milligrams at night.",
    "Lithium [eight hundred milligrams.] {Sorry }six hundred milligrams.",
    "Lithium [800 mg.] {Sorry.} 600 mg.",
    "Sertraline is [fifty milligrams.] {Um, no, sorry,} seventy five milligrams.",
    "Next session is on [the tenth.] {No,} the eleventh.",
    "Next session is on [Tuesday.] {Actually} Wednesday.",
    "Her PHQ-9 was [14.] {No, wait,} 16.",
    "[She cut herself on Monday.] {Sorry,} she cut herself on Tuesday.",
    "She takes [fluoxetine.] {Sorry,} sertraline.",
    "[Fifty minutes.] | {Sorry,} forty five minutes.",
    "she slept [five hours] {sorry make that} six hours",
    # What it takes back is not clear: nothing is struck, and it is asked.
    "Next session is on the tenth. | {?No,} the eleventh.",
    "She took ten tablets. {?No,} twelve.",
    "She self-harmed twice this week. {?No,} three times.",
    "She drank on Monday. {?Actually,} Friday too.",
    "She drank on Monday. {?Sorry,} Friday as well.",
    "She drank on Monday. {?No,} Tuesday and Wednesday.",
    "She takes fluoxetine. {?Actually,} sertraline.",
    "She drank two glasses on Friday. {?Sorry,} three glasses on Saturday.",
    "Next session is on the tenth. {?Actually,} it is on the twelfth.",
    "Denied thoughts on Monday. {?Actually,} Tuesday.",
    "He denied any plan. | {?Actually,} he has a plan.",
    "PHQ-9 was twelve. | {?I mean,} sixteen.",
    "No self-harm on Monday. {?Sorry,} self-harm on Tuesday.",
    "she slept five hours {full stop} {?sorry} six hours",
    # Headings.
    "{Homework colon}. | Write a diary. | {Plan colon}. | Weekly sessions.",
    "{section plan} see her weekly {homework colon} write a diary",
    "{Heading assessment}. | She is better.",
    "{Homework, colon,} write a diary.",
    "{New section plan}. | See her weekly.",
    "{Medication colon} none.",
    "{Mental status colon} alert and oriented.",
    "{Plan colon}. | {Scratch that}. | {Homework colon}. | Walk daily.",
    # The end.
    "see her weekly {end note}",
    "She left. | {End of note}. | [Okay what is next.]",
    "She left. {End of note}. [Milk and eggs.] | [She wants to die.] | [Scratch that.]",
]


@pytest.mark.parametrize("marked", CUES)
def test_a_cue_is_found_and_strikes_what_it_means(marked: str) -> None:
    texts, struck, clear, unclear = read(marked)
    transcript = dictated(*texts)
    commands = transcript.commands
    spans = [(c.turn_id, c.start, c.end) for c in commands if not c.unclear]
    asked = [(c.turn_id, c.start, c.end) for c in commands if c.unclear]
    assert placed(transcript, [span for c in commands for span in c.struck]) == sorted(struck)
    assert [word.strip() for word in placed(transcript, spans)] == [word.strip() for word in sorted(clear)]
    assert placed(transcript, asked) == sorted(unclear)


TALK = [
    "her period is late and she worries",
    "a period of two weeks followed",
    "it was a depressive period for him",
    "Her last period was painful.",
    "he came to a full stop at work",
    "There is a question mark over the diagnosis.",
    "question mark bipolar two disorder",
    "she wanted to scratch that itch again",
    "She could not scratch that itch.",
    "I told her to delete that app from her phone.",
    "Did she delete that?",
    "She wrote a new paragraph in her letter.",
    "He said he was fine, I mean, he was not fine.",
    "She is, I mean, really sad.",
    "She spent a year in the department of correction before.",
    "The teacher made a correction to her work.",
    "We will make that appointment on Tuesday.",
    "He wants to make that change.",
    "At the end, note that she was tearful.",
    "She left a suicide end note to read.",
    "He has a family risk colon cancer screening booked.",
    "We wrote the safety plan colon cleansing was mentioned.",
    "The plan is to meet weekly.",
    "Homework was done.",
    "Homework: write a diary.",
    "He was detained under section two.",
    "She is heading home.",
    "She was, no, wait, she left.",
    "They went through a rough period in May.",
    "we set up the worry period together | she picked the chair | it was fine | the worry period was at six",
    "Strike that balance, I said to her.",
    "Does she drink on Monday? No, Tuesday.",
    "Any thoughts on Monday. No, Tuesday.",
    "Thoughts last Monday. No, Tuesday was fine.",
    "She drank on Monday. No. Tuesday. Yes.",
    "She slept badly. No, no thoughts of suicide.",
    "Denies a plan. No intent.",
    "Denies intent. No, plan or intent.",
    "She felt fine. I mean, she slept.",
    "She was late. Sorry, it was a hard week.",
    "She was seen at three. Actually, she slept two hours.",
    "She came on Monday. Sorry for the delay on Tuesday.",
    "She left early. Actually, right after she cried.",
    "She slept two hours. No",
    "Sorry, three.",
    "I mean, three.",
    "She slept two hours. I mean",
    "He said sorry. On Tuesday he left.",
]


@pytest.mark.parametrize("text", TALK)
def test_talk_is_no_cue(text: str) -> None:
    assert dictated(*text.split(" | ")).commands == ()


def test_each_cue_says_what_it_did() -> None:
    transcript = dictated(
        "Sertraline fifty, correction, sixty milligrams.",
        "She ate.",
        "Scratch that.",
        "Homework colon.",
        "Scratch that.",
        "She was sad, correction, it rained a lot.",
        "End note.",
        "And so on.",
    )
    assert [command.did for command in transcript.commands] == [
        "Corrected: 1 word at 0:10, replaced by what follows.",
        "Struck: one sentence at 0:20.",
        "A heading that was struck again.",
        "Struck: one heading, at 0:50.",
        "Not clear what the correction at 1:00 replaces, so nothing was struck.",
        "The note ends at 1:10; 3 words after it are not part of it.",
    ]
    assert {command.rule for command in transcript.commands} == {"commands@3"}


def test_a_cue_in_a_typed_dictation_is_found_by_its_line() -> None:
    turns = tuple(
        Turn(id=f"t{n}", speaker="clinician", start=0.0, end=0.0, text=text)
        for n, text in enumerate(("She ate.", "Scratch that."), 1)
    )
    (command,) = read_commands(turns)
    assert command.did == "Struck: one sentence at line 1."


def test_without_signs_the_last_pause_says_where_the_sentence_began() -> None:
    text = "she slept badly and ate little and she said that her sister had come to stay she was angry scratch that"
    at, words = 0.0, []
    for match in re.finditer(r"\S+", text):
        at += 1.5 if match.start() == text.index("she was angry") else 0.3
        words.append(Word(start=match.start(), end=match.end(), start_time=at, end_time=at + 0.25, probability=0.9))
    turn = Turn(id="t1", speaker="clinician", start=0.0, end=at + 1, text=text, words=tuple(words))
    (command,) = read_commands((turn,))
    assert [text[a:b] for _, a, b in command.struck] == ["she was angry"]
    assert command.did == "Struck: the last 3 words of a sentence at 0:06."


def test_only_the_clinicians_words_are_cues() -> None:
    turns = (
        Turn(id="t1", speaker="clinician", start=0.0, end=1.0, text="She slept."),
        Turn(id="t2", speaker="client", start=1.0, end=2.0, text="Scratch that."),
    )
    assert read_commands(turns) == ()


def test_the_note_takes_the_transcript_without_cues_and_every_offset_stays() -> None:
    said = "she ate well full stop sertraline fifty correction sixty milligrams homework colon write a diary"
    transcript = dictated(said)
    noted, searched = transcript.noted().turns[0].text, transcript.noted(searched=True).turns[0].text
    assert " ".join(noted.split()) == "she ate well . sertraline sixty milligrams write a diary"
    assert "\nhomework colon write a diary" in searched
    assert len(noted) == len(searched) == len(said)
    assert transcript.turns[0].text == said
    whole = transcript.noted_evidence("t1", 0, len(said))
    assert [item.quote for item in whole] == [
        "she ate well",
        "sertraline",
        "sixty milligrams",
        "write a diary",
    ]
    assert {item.transcript for item in whole} == {transcript.digest}


def test_a_transcript_without_cues_is_what_it_was() -> None:
    transcript = dictated("She slept badly.")
    assert transcript.noted() is transcript
    plain = Transcript(recording="a" * 64, kind="dictation", engine="x", turns=transcript.turns)
    assert plain.digest == transcript.digest
    (evidence,) = transcript.noted_evidence("t1", 0, 16)
    assert evidence == transcript.evidence("t1", 0, 16)


def test_a_command_outside_its_turn_cannot_be_built() -> None:
    turns = turns_of("She ate.")
    command = Command(kind="strike", turn_id="t1", start=0, end=99, did="x", rule="commands@1")
    with pytest.raises(ValueError, match="outside its turn"):
        Transcript(recording="a" * 64, kind="dictation", engine="x", turns=turns, commands=(command,))


WORDS = """
    she slept badly . Scratch that , correction no make I mean fifty one hundred milligrams end note homework colon plan
    section heading period full stop comma question mark new paragraph um delete sertraline ? ! | her mother and
    Sorry No, Actually Monday. Tuesday twelve. too
"""
SAYINGS = st.sampled_from(WORDS.split())


@given(st.lists(SAYINGS, min_size=1, max_size=40))
def test_whatever_is_said_the_places_are_right_and_nothing_struck_is_evidence(words: list[str]) -> None:
    texts = [text.strip() for text in " ".join(words).split("|") if text.strip()]
    transcript = dictated(*texts)  # Transcript itself checks that each place lies inside its turn
    for turn, noted in zip(transcript.turns, transcript.noted().turns, strict=True):
        aside = transcript.aside(turn.id)
        assert all(a[1] <= b[0] for a, b in zip(aside, aside[1:], strict=False))
        for item in transcript.noted_evidence(turn.id, 0, len(turn.text)):
            assert not any(a < item.end and item.start < b for a, b in aside)
            assert noted.text[item.start : item.end].strip() == item.quote


@given(st.lists(SAYINGS.filter(lambda word: word not in ("period", "comma")), min_size=1, max_size=30))
def test_a_growing_dictation_never_changes_what_was_struck_in_finished_turns(words: list[str]) -> None:
    texts = [text.strip() for text in " ".join(words).split("|") if text.strip()]
    whole = [command for command in read_commands(turns_of(*texts)) if command.kind in ("strike", "correction")]
    for length in range(1, len(texts)):
        finished = {f"t{number}" for number in range(1, length)}  # the last turn may go on
        earlier = [c for c in read_commands(turns_of(*texts[:length])) if c.kind in ("strike", "correction")]
        assert [c for c in earlier if c.turn_id in finished] == [c for c in whole if c.turn_id in finished]
