"""Dictated sentences to written ones: what goes, what stays, and what the client is called."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import resources
from pipeline.draft.dictated import Dictated
from pipeline.draft.numerals import load_numerals
from pipeline.draft.people import People
from pipeline.draft.sentences import sentences
from pipeline.draft.wording import load_wording
from pipeline.draft.written.vocabulary import Vocabulary
from pipeline.errors import SettingsInvalid
from pipeline.speech.spoken.commands import read_commands
from pipeline.types import Manner, Transcript, Turn

SAMPLE = resources.configs() / "sample" / "dictation.txt"


def dictation(text: str) -> Transcript:
    """Read each line as one turn, with the spoken cues that it holds."""
    turns = tuple(
        Turn(id=f"t{n}", speaker="clinician", start=float(n), end=float(n), text=line)
        for n, line in enumerate(text.strip().splitlines(), 1)
    )
    commands = read_commands(turns)
    return Transcript(recording="a" * 64, kind="dictation", engine="typed", turns=turns, commands=commands)


def told(text: str, manner: Manner | None = None) -> list[str]:
    """Return every sentence of a dictation as it is written."""
    transcript = dictation(text)
    dictated = Dictated(load_wording(), transcript, manner or Manner(), People.of(transcript))
    return [dictated.written(turn.id, a, b) for turn in transcript.noted().turns for a, b in sentences(turn.text)]


def called(text: str, manner: Manner | None = None) -> str:
    return " ".join(told(text, manner))


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        # fillers
        ("She was, um, low.", "She was low."),
        ("Appetite is, uh, down", "Appetite is down."),
        ("um she slept", "She slept."),
        ("Friday, um, Saturday and Sunday", "Friday, Saturday and Sunday."),
        ("This was the, er, the second session", "This was the second session."),
        ("not since, um, since October", "Not since October."),
        ("She was, you know, tired", "She was tired."),
        ("It was hard, you know.", "It was hard."),
        # what leads in and trails off
        ("okay so she was low", "She was low."),
        ("Right, forty-five minutes", "45 minutes."),
        ("so yeah she slept", "She slept."),
        ("just to note that she denies intent", "She denies intent."),
        ("For the note, she denies intent", "She denies intent."),
        ("I would say that she is better", "She is better."),
        ("I'd say there's some hope", "There's some hope."),
        ("Let me think, she ate.", "She ate."),
        ("She ate crisps and stuff.", "She ate crisps."),
        # said twice, begun again
        ("the the dog barked", "The dog barked."),
        ("She she slept", "She slept."),
        ("In the, in the session she cried", "In the session she cried."),
        ("She was, she has been sleeping", "She has been sleeping."),
        ("It's, it was hard", "It was hard."),
        # headings
        ("Mood: she is low", "She is low."),
        ("Mood: anxious", "Mood: anxious."),
        ("Sleep: four hours", "Sleep: 4 hours."),
        ("Risk: low", "Risk: low."),
        ("Risk colon denies suicidal thoughts", "Denies suicidal thoughts."),
    ],
)
def test_speech_becomes_writing(spoken: str, written: str) -> None:
    assert load_wording().written(spoken) == written


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("forty no sorry fifty milligrams", "50 mg."),
        ("sertraline fifty milligrams, sorry, twenty five milligrams", "Sertraline 25 mg."),
        ("Fifty milligrams, sorry, micrograms", "50 mcg."),
        ("PHQ nine was fourteen sorry fifteen", "PHQ-9 was 15."),
        ("He came on Tuesday, I mean Wednesday", "He came on Wednesday."),
        ("He came on Monday, no, Tuesday", "He came on Tuesday."),
        ("She took two, actually three tablets", "She took three tablets."),
        ("the left, sorry, right arm", "The right arm."),
        ("Once, sorry, twice a week", "Twice a week."),
        # nothing is put in its place, or it is not clear what is taken back
        ("four out of ten, no, five", "4/10, no, five."),
        ("Between three and four, no, five", "Between three and four, no, five."),
        ("fifty milligrams, sorry, forty", "50 mg, sorry, 40."),
        ("her sister, I mean, her cousin", "Her sister, I mean, her cousin."),
        ("Session three, sorry, the last one", "Session three, sorry, the last one."),
        # it adds, answers, or is one more of a list
        ("Cut on Tuesday, actually Friday as well", "Cut on Tuesday, actually Friday as well."),
        ("Drank on Monday, well Tuesday too", "Drank on Monday, well Tuesday too."),
        ("Drank on Monday, sorry, also Tuesday", "Drank on Monday, sorry, also Tuesday."),
        ("Drank on Monday, sorry, Friday as well", "Drank on Monday, sorry, Friday as well."),
        ("Cut the left thigh, actually right thigh too", "Cut the left thigh, actually right thigh too."),
        ("Five hours on Monday, actually seven on Friday", "5 hours on Monday, actually seven on Friday."),
        ("Six on Monday, actually seven on Friday", "Six on Monday, actually seven on Friday."),
        ("Lithium on Monday, no, Tuesday, yes", "Lithium on Monday, no, Tuesday, yes."),
        ("Monday, yes, Tuesday, no, Wednesday, yes", "Monday, yes, Tuesday, no, Wednesday, yes."),
        ("On Tuesday, actually Friday and Saturday", "On Tuesday, actually Friday and Saturday."),
        ("Drank on Tuesday, actually Friday was worse", "Drank on Tuesday, actually Friday was worse."),
    ],
)
def test_what_was_taken_back_goes_where_that_is_clear(spoken: str, written: str) -> None:
    assert load_wording().written(spoken) == written


@pytest.mark.parametrize(
    "spoken",
    [
        "No, no thoughts of suicide.",
        "She is not not suicidal.",
        "Not, not at all.",
        "I mean it, she told him.",
        "You know she drinks.",
        "Call the people you know.",
        "She feels like a failure.",
        "She likes, like, three people.",
        "Right arm was cut.",
        "Right hand shakes.",
        "Well groomed and oriented.",
        "She is well.",
        "So anxious she could not eat.",
        "So far she has slept.",
        "So that she can sleep.",
        "Okay mood and affect.",
        "Let's see her weekly.",
        "Let me think about it.",
        "Note the bruises on her arm.",
        "Maybe she will go.",
        "I think she is better.",
        "She seems better, possibly.",
        "I'd say a lot of it is fear.",
        "If she could, she would leave.",
        "She said she was, she has said, too loud.",
        "He had had a drink.",
        "She said that that was hard.",
        "He moved on, on Monday.",
        "She came in, in tears.",
        "He told him about her, her anger.",
        "She wanted to, to be honest, leave.",
        "What it is, is shame.",
        "What she deals with, with her mother.",
        "She said sorry.",
        "He came on Monday, no Tuesday session.",
        "She went to the ER.",
        "She went to the er on Friday.",
        "Uh-huh was the answer.",
        "Her period is late.",
        "She umpires at weekends.",
        "Again and again and again.",
        "Very, very low.",
    ],
)
def test_words_that_mean_something_stay(spoken: str) -> None:
    assert load_wording().written(spoken) == spoken


def test_what_was_quoted_stays_letter_by_letter() -> None:
    assert load_wording().written('Um, she said "um, the the dog, forty no sorry fifty"') == (
        'She said "um, the the dog, forty no sorry fifty".'
    )


@pytest.mark.parametrize(
    ("dictated", "written"),
    [
        ("She's sleeping badly.", "Client is sleeping badly."),
        ("She's been ill.", "Client has been ill."),
        ("She's not sleeping.", "Client is not sleeping."),
        ("She's still very tired.", "Client is still very tired."),
        ("She'll ring.", "Client will ring."),
        ("She'd been ill.", "Client had been ill."),
        ("She'd like to stop.", "Client would like to stop."),
        ("She isn't suicidal.", "Client isn't suicidal."),
        ("Her mood is low.", "Client's mood is low."),
        ("Her mother said she is tired.", "Client's mother said she is tired."),
        ("She said she slept.", "Client said she slept."),
        ("Today she was calm.", "Today client was calm."),
        ("He sleeps. His mood is low.", "Client sleeps. Client's mood is low."),
        ("The patient reports pain.", "Client reports pain."),
        ("Pt denies SI.", "Client denies SI."),
        ("I taught the client to breathe.", "Clinician taught client to breathe."),
        ("She slept. I did grounding with her.", "Client slept. Clinician did grounding with client."),
        ("She came. I taught her the skill.", "Client came. Clinician taught client the skill."),
        ("She came. I rang her mother.", "Client came. Clinician rang client's mother."),
        ("She told me she cries.", "Client told clinician she cries."),
    ],
)
def test_the_client_is_called_by_the_chosen_word(dictated: str, written: str) -> None:
    assert called(dictated) == written


@pytest.mark.parametrize(
    ("dictated", "last"),
    [
        # another woman could be meant
        ("Her mother came. She is tired.", "She is tired."),
        ("She came with her sister. She cried.", "She cried."),
        ("Her mother rang. It was short. She was cross.", "She was cross."),
        ("Her mother rang. I explained the plan. She was relieved.", "She was relieved."),
        ("She sleeps. I told her friend Julie. She was kind.", "She was kind."),
        ("she sleeps\ni rang julie\nshe was kind", "She was kind."),
        ("She saw Dr Patel. She raised the dose.", "She raised the dose."),
        ("She told her GP. She was rude.", "She was rude."),
        ("She sleeps. I rang her mother and told her.", "Clinician rang client's mother and told her."),
        # also one whose role no list knows, one of several, and an animal
        ("She is worried about her eldest. She took an overdose.", "She took an overdose."),
        ("She saw her care coordinator. She raised the dose.", "She raised the dose."),
        ("The support worker came. She was drunk.", "She was drunk."),
        ("She ate with an acquaintance. She drinks.", "She drinks."),
        ("She sleeps. Her stalker rang. She was cross.", "She was cross."),
        ("She sleeps. The dog walker came. She was cross.", "She was cross."),
        ("She spoke to her daughters. She left.", "She left."),
        ("She met one of her friends. She left.", "She left."),
        ("Her dog died. She was put to sleep.", "She was put to sleep."),
        # a man is not the client
        ("She sleeps. Her husband left. He drinks.", "He drinks."),
        # nobody's pronoun
        ("Couples session. She shouts.", "She shouts."),
        ("He sleeps. She sleeps.", "She sleeps."),
        # what a contraction stands for is not sure
        ("She slept. She's used to it.", "She's used to it."),
        ("She slept. She's given tablets at night.", "She's given tablets at night."),
        ("She slept. She'd run.", "She'd run."),
        ("He sleeps. His is worse.", "His is worse."),
        ("She sleeps. I taught her breathing.", "Clinician taught her breathing."),
        # the words are not for the client
        ("She slept. The patient health questionnaire was high.", "The patient health questionnaire was high."),
        ("She slept. He was patient with her.", "He was patient with her."),
        ("She slept. Another client rang.", "Another client rang."),
    ],
)
def test_a_pronoun_that_may_be_another_persons_stays(dictated: str, last: str) -> None:
    assert told(dictated)[-1] == last


@pytest.mark.parametrize(
    ("dictated", "last"),
    [
        ("She went out with her sister. We practised breathing. She cried.", "Client cried."),
        ("Her mother came. Client cried. She left.", "Client left."),
        ("Her mother came.\nRisk colon.\nShe denies intent.", "Client denies intent."),
        ("Her partner drinks, he has beer. She is tired.", "Client is tired."),
        ("She avoids her friends. She stays in bed.", "Client stays in bed."),
        ("Her husband left. She is tired.", "Client is tired."),
        ("Her brother's car broke. She is tired.", "Client is tired."),
        ("The gentleman left. She is tired.", "Client is tired."),
        ("She ate after dinner. She slept.", "Client slept."),
        ("She had a calmer week and a better mood. She slept.", "Client slept."),
        ("She took one of her tablets. She slept.", "Client slept."),
    ],
)
def test_it_is_sure_again_when_the_talk_is_back_at_the_client(dictated: str, last: str) -> None:
    assert told(dictated)[-1] == last


@pytest.mark.parametrize(
    ("manner", "written"),
    [
        (Manner(), "Client is low. Client reports pain."),
        (Manner(call="patient"), "Patient is low. Patient reports pain."),
        (Manner(call="initials", initials="J.D."), "J.D. is low. J.D. reports pain."),
        (Manner(call="pronoun", pronoun="she"), "She's low. Client reports pain."),
    ],
)
def test_the_manner_says_how_the_client_is_called(manner: Manner, written: str) -> None:
    assert called("She's low. The patient reports pain.", manner) == written


def test_initials_that_end_a_sentence_end_it_once() -> None:
    assert called("She came. I'll call her.", Manner(call="initials", initials="J.D.")).endswith("will call J.D.")


def test_they_is_the_client_only_where_that_was_said() -> None:
    manner = Manner(pronoun="they")
    assert called("They are low. They feel sad. They've slept.", manner) == (
        "Client is low. They feel sad. Client has slept."
    )
    assert called("They are low.") == "They are low."
    assert told("Her parents came. They are low.", manner)[-1] == "They are low."


@pytest.mark.parametrize(
    ("dictated", "written"),
    [
        ("I'll ring the school.", "Clinician will ring the school."),
        ("I also asked about sleep.", "Clinician also asked about sleep."),
        ("I didn't review the log.", "Clinician didn't review the log."),
        ("I am making the referral and I'll call.", "Clinician is making the referral and clinician will call."),
        ("We talked about work.", "We talked about work."),
        # not sure whose "I" it is
        ("Negative cognition, I am going to die.", "Negative cognition, I am going to die."),
        ("He said it in a silly voice, I did it wrong.", "Client said it in a silly voice, I did it wrong."),
        ("His thought was. I asked for it.", "Client's thought was. I asked for it."),
        ("I used to drink.", "I used to drink."),
        ("I am no use to anybody.", "I am no use to anybody."),
        ("I noted my reaction.", "I noted my reaction."),
        ("I feel low.", "I feel low."),
        ("Bipolar I was ruled out.", "Bipolar I was ruled out."),
    ],
)
def test_i_is_the_clinician_only_where_clinicians_do_that(dictated: str, written: str) -> None:
    assert called(dictated) == written


@pytest.mark.parametrize("plain", [False, True])
def test_the_sample_dictation_reads_well(plain: bool) -> None:
    spoken = SAMPLE.read_text(encoding="utf-8")
    lines = told(re.sub(r"[.,]", "", spoken.lower()) if plain else spoken)
    assert "Client reports low mood and trouble sleeping most days this week." in lines
    assert "Client takes sertraline 50 mg every morning and reports no side effects." in lines
    assert "Client denies suicidal thoughts and has no plan or intent to hurt herself." in lines
    assert "Clinician taught client paced breathing and she practiced it twice." not in lines
    assert "Client was tearful at first and calmer by the end of the session." in lines


SUBJECTS = st.sampled_from(["she", "he", "client", "her mother", "his brother", "she's not", "i", "we", "nobody"])
VERBS = st.sampled_from(
    ["denies", "did not take", "never had", "may have", "possibly has", "seems to have", "said", "asked"]
)
WHAT = st.sampled_from(
    [
        "pain",
        "no plan",
        "thoughts of death",
        "two tablets",
        "fifty milligrams",
        "some worry",
        "it",
        "none",
        "any intent",
    ]
)
BETWEEN = st.sampled_from(
    [", um, ", " uh ", ", you know, ", " and ", ", and stuff", ". ", ", ", " if asked ", " so ", " right "]
)
TALK = st.lists(st.one_of(SUBJECTS, VERBS, WHAT, BETWEEN), min_size=1, max_size=14).map(
    lambda parts: " ".join(" ".join(parts).split())
)
KEPT = re.compile(
    r"\b(?:not|never|no|none|nobody|denies|may|possibly|seems|some|any|if|two|2|fifty|50|mg|milligrams|mother|brother)\b"
)


def kept(text: str) -> list[str]:
    """Return the words of a text that no rule may lose, add or move; numbers and units as a note has them."""
    return KEPT.findall(load_numerals().written(text).casefold())


@given(TALK)
def test_negations_numbers_and_hedges_are_never_lost_or_added(spoken: str) -> None:
    if re.search(r"\w", spoken):
        assert kept(called(f"{spoken} today")) == kept(f"{spoken} today")


@given(TALK)
def test_what_is_written_is_written_as_it_is(spoken: str) -> None:
    once = load_wording().written(f"{spoken} today")
    assert load_wording().written(once) == once


@given(TALK)
def test_only_words_of_the_frame_are_put_in(spoken: str) -> None:
    words = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
    said = words.findall(f"{spoken} {load_numerals().written(spoken)} today".casefold())
    new = set(words.findall(called(f"{spoken} today").casefold())) - set(said)
    assert new <= load_wording().frame


def test_a_wrong_key_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wording.yaml"
    wrong.write_text((resources.configs() / "wording.yaml").read_text(encoding="utf-8").replace("tails:", "tales:"))
    with pytest.raises(SettingsInvalid, match=r"wording\.yaml: (tails|tales)"):
        resources.read_yaml(wrong, Vocabulary)
