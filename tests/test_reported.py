"""Talk of a session to statements: what is reported, what is denied, and what is quoted because no rule is sure."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.draft import load_format
from pipeline.draft.passages import Passage, passages
from pipeline.draft.proof import prove, violations
from pipeline.draft.reported import load_vocabulary
from pipeline.draft.reported.refer import Called, called
from pipeline.draft.reported.speech import reported
from pipeline.draft.reported.vocabulary import Pronoun
from pipeline.draft.wording import load_wording
from pipeline.types import QUOTED, Manner

from .test_draft import read

BOOK = load_vocabulary()


def told(words: str, pronoun: Pronoun = "they", denied: bool = False) -> str | None:
    return reported(words, Called("Client", "client", pronoun), denied, BOOK)


def found(marked: str, manner: Manner | None = None) -> tuple[Passage, ...]:
    return passages(*read(marked, "session"), load_format("soap"), load_wording(), manner or Manner())


def texts(marked: str, manner: Manner | None = None) -> list[str]:
    return [passage.statement.text for passage in found(marked, manner)]


@pytest.mark.parametrize(
    ("said", "statement"),
    [
        ("I've been feeling really anxious.", "Client reported feeling really anxious."),
        ("I feel like nobody sees me.", "Client reported feeling like nobody sees them."),
        ("I'm scared of the dark.", "Client reported being scared of the dark."),
        ("I'm so ashamed of it.", "Client reported being so ashamed of it."),
        ("I'm taking the tablets again.", "Client reported taking the tablets again."),
        ("I can't sleep.", "Client reported that they cannot sleep."),
        ("my mother never calls me", "Client reported that their mother never calls them."),
        ("I was crying in the bath.", "Client reported that they were crying in the bath."),
        ("I've stopped running.", "Client reported that they have stopped running."),
        ("I'll ring my sister tonight.", "Client reported that they will ring their sister tonight."),
        ("I'd tell my brother.", "Client reported that they would tell their brother."),
        ("I'd been drinking.", "Client reported that they had been drinking."),
        ("I hate myself.", "Client reported that they hate themselves."),
        ("She kept hers, and I gave her mine.", None),
        ("The dog is mine.", "Client reported that the dog is theirs."),
        ("Last night I slept for two hours.", "Client reported that last night they slept for two hours."),
        ("When I wake up, I feel sick.", "Client reported that when they wake up, they feel sick."),
        ("Tuesday was awful, I was shaking.", "Client reported that Tuesday was awful; they were shaking."),
        ("My dad's always at work.", "Client reported that their dad's always at work."),
        ("Everything feels grey.", "Client reported that everything feels grey."),
        ("There's nothing I enjoy.", "Client reported that there's nothing they enjoy."),
    ],
)
def test_a_plain_sentence_is_reported(said: str, statement: str | None) -> None:
    assert told(said) == statement


@pytest.mark.parametrize(
    ("said", "she"),
    [
        ("I don't eat much.", "Client reported that she does not eat much."),
        ("I have headaches.", "Client reported that she has headaches."),
        ("I've lost weight.", "Client reported that she has lost weight."),
        ("I always carry my phone.", "Client reported that she always carries her phone."),
        ("I was late.", "Client reported that she was late."),
        ("I put the knife away.", None),  # she puts, or she put?
        ("I get up and go to work.", None),  # whose verb "go" is would have to be known
        ("My sister said she hates me.", None),  # "she" would be two people
    ],
)
def test_verbs_agree_with_another_pronoun(said: str, she: str | None) -> None:
    assert told(said, "she") == she


@pytest.mark.parametrize(
    ("said", "statement"),
    [
        ("Um, I- I was, er, tired.", "Client reported that they were tired."),
        ("So I just, you know, sat there.", "Client reported that they just sat there."),
        ("And then, honestly, I left.", "Client reported that they left."),
        ("It was, like, ten pills.", None),  # "like" before a number is "about"
        ("I had a very, very bad day.", "Client reported that they had a very, very bad day."),
        ("I don't, I don't know.", None),
        ("It was- I felt sick.", None),
        ("I went up, well, I ran up.", None),
        ("I took two, no, three.", None),
        ("I was going to...", None),
    ],
)
def test_fillers_fall_away_where_nothing_can_change(said: str, statement: str | None) -> None:
    assert told(said) == statement


@pytest.mark.parametrize(
    ("said", "statement"),
    [
        ("I don't want to kill myself.", "Client denied wanting to kill themselves."),
        (
            "I haven't had any thoughts of hurting myself.",
            "Client denied having had any thoughts of hurting themselves.",
        ),
        ("I'm not suicidal.", "Client denied being suicidal."),
        ("I don't feel hopeless.", "Client denied feeling hopeless."),
        # The negation does not deny all of it.
        ("I don't really want to die.", "Client reported that they do not really want to die."),
        ("I don't want to die any more.", "Client reported that they do not want to die any more."),
        ("I'm not always anxious.", "Client reported that they are not always anxious."),
        (
            "I don't want to die, I just want quiet.",
            "Client reported that they do not want to die; they just want quiet.",
        ),
        (
            "I don't want to die because of my kids.",
            "Client reported that they do not want to die because of their kids.",
        ),
        ("I don't feel sad most days.", "Client reported that they do not feel sad most days."),
        ("I'm not sleeping.", "Client reported that they are not sleeping."),
        ("I don't feel well.", "Client reported that they do not feel well."),
    ],
)
def test_only_words_that_deny_become_a_denial(said: str, statement: str) -> None:
    assert told(said, denied=True) == statement
    assert "denied" not in (told(said) or "")


EXACT = [
    ("I wouldn't say I'm depressed.", "that they would not say they are depressed."),
    ("I thought I was going to die.", "that they thought they were going to die."),
    ("I used to cut myself.", "that they used to cut themselves."),
    ("I'm not only sad, I'm angry.", "that they are not only sad, they are angry."),
    ("If I miss one, I take two.", "that if they miss one, they take two."),
    ("I won't do it unless I drink.", "that they will not do it unless they drink."),
    ("I don't think I can go on.", "that they do not think they can go on."),
    ("I never said I wanted to die.", "that they never said they wanted to die."),
    ("I can't not think about it.", "that they cannot not think about it."),
    ("Nobody listens to me.", "that nobody listens to them."),
    ("No one listens to me.", "that no one listens to them."),
    ("Nothing helps me.", "that nothing helps them."),
    ("I hardly eat.", "that they hardly eat."),
    ("I only drink at weekends.", "that they only drink at weekends."),
    ("Sometimes I think about dying.", "that sometimes they think about dying."),
    ("Maybe I should stop.", "that maybe they should stop."),
    ("I might hurt my brother.", "that they might hurt their brother."),
    ("I wish I was dead.", "that they wish they were dead."),
    ("I felt like dying.", "that they felt like dying."),
    ("I almost called the police.", "that they almost called the police."),
    (
        "I scratched my arms at school, but not for years.",
        "that they scratched their arms at school, but not for years.",
    ),
    ("I was not without hope.", "that they were not without hope."),
]


@pytest.mark.parametrize(("said", "statement"), EXACT)
def test_negations_conditions_and_hedges_stay(said: str, statement: str) -> None:
    assert told(said, denied=True) == f"Client reported {statement}"


TRAPS = [
    "He told me I should kill myself.",  # in his mouth
    "She said I'm useless.",
    "My mother says I'm lazy.",
    "I thought, I'm going to fail.",  # a thought in its own words
    "I thought here it comes.",
    "I was like no way.",
    "He goes I hate you.",
    "He said no, the first four times.",
    "You feel like you're drowning.",  # who is "you"?
    "I'm scared of you.",
    "We argue all the time.",
    "They hate us.",
    "Me and my brother used to fight.",
    "My brother and I don't speak.",
    "He had me by the throat.",  # "he had them" could be the client
    "She has tried to kill herself.",
    "I ran and he followed me.",
    "His heart stopped.",
    "Am I going mad?",
    "I'm going mad, aren't I?",
    "Do I take it every day?",
    "Leave me alone.",
    "Say it, and leave it.",
    "Yeah right, I'm doing great.",
    "Oh great, I failed again.",
    "I'm fine, obviously.",
    "As if I'd ever sleep.",
    "Lucky me.",
    "I'd cut down.",  # had, or would
    "I'd better go.",
    "It's not that I want to die.",
    "Not that I'd do it.",
    "I'd be lying if I said I never think of it.",
    "I could kill my boss.",  # a manner of speaking, or not
    "I'm dying to see it.",
    "I was so tired and was crying all day.",
    "I did.",
    "I wouldn't.",
    "I haven't, no.",
    "No, I don't.",
    "What I want is to sleep.",
    "Because I was tired.",
    "If I had a gun.",
    "Not a drop.",
    "Like I don't matter.",
    "Up all night, every night.",
    'He said "go" and I went.',
    "I don't remember that was long ago.",
    "I cried. I cried all night.",
    "I was - I don't know - lost.",
    "I hate that they left me.",  # "they" would be two
    "That's why I left.",
    "God, I hate Mondays.",
    "So am I.",
    "",
    "   ",
    "...",
    "The kids were ill and I was up all night.",
    "The kids cry and I shout at everyone.",
]


@pytest.mark.parametrize("said", TRAPS)
def test_where_no_rule_is_sure_there_is_no_report(said: str) -> None:
    assert told(said) is None
    assert told(said, denied=True) is None


PARTS = st.sampled_from(
    re.findall(
        r"\S+",
        """I I'm I've I'd I'll don't can't not never nobody nothing no me my myself you he she mother and but because if
        unless when really just only maybe always feel want to die kill sleep think thought was am have had going said
        told that it is , . ? 7 fifty um like""",
    )
)


@given(st.lists(PARTS, min_size=1, max_size=14).map(" ".join), st.booleans(), st.sampled_from(["they", "she", "he"]))
def test_no_negation_condition_hedge_or_number_is_ever_lost(said: str, denied: bool, pronoun: Pronoun) -> None:
    statement = told(said, pronoun, denied)
    if statement is None:
        return
    assert not re.search(r"\b(?:I|me|my|myself|you|we)\b", statement)
    for word in ("never", "nobody", "nothing", "no", "if", "unless", "only", "maybe", "because", "fifty", "7"):
        assert len(re.findall(rf"\b{word}\b", statement)) == len(re.findall(rf"\b{word}\b", said))
    negations = len(re.findall(r"n't\b|\bnot\b", said))
    kept = len(re.findall(r"\bnot\b|\bcannot\b|\bdenied\b", statement))
    assert kept == negations


SESSION = """
    T: How have you been?
    C: Honestly, [behaviour:I barely sleep]. I [mood:feel hopeless about it]. You know how [mood:low I get].
    T: Any thoughts of suicide?
    C: [-risk:No].
    ?: I [mood:am scared] of all that.
    O: I [behaviour:cry] every night.
"""


def test_a_session_in_a_note() -> None:
    assert texts(SESSION) == [
        "Client reported feeling hopeless about it.",
        'Client said: "You know how low I get."',
        'A speaker not told apart said: "I am scared of all that."',
        "Client reported that they barely sleep.",
        "Another person reported that they cry every night.",
        'Asked "Any thoughts of suicide?", client answered "No."',
    ]


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        (Manner(), "Client reported that they cannot sleep."),
        (Manner(call="patient", pronoun="he"), "Patient reported that he cannot sleep."),
        (Manner(call="initials", initials="J.D.", pronoun="she"), "J.D. reported that she cannot sleep."),
        (Manner(call="pronoun", pronoun="she"), "She reported that she cannot sleep."),
    ],
)
def test_the_client_is_called_as_the_manner_says(manner: Manner, expected: str) -> None:
    assert texts("C: I [behaviour:can't sleep].", manner) == [expected]


def test_of_two_clients_neither_is_she() -> None:
    manner = Manner(call="pronoun", pronoun="she")
    session = "C: I [behaviour:can't sleep].\nO: I [mood:feel lost]."
    assert texts(session, manner) == ["Another person reported feeling lost.", "Client reported that she cannot sleep."]
    assert called("client2", manner, BOOK) == Called("Second client", "second client", "they")
    assert not called("unknown", manner, BOOK).known


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        ("T: And how much? \nC: [behaviour:Four pints].", 'Asked "how much?", client answered "Four pints."'),
        # A yes or no needs its question, however much follows.
        (
            "T: Any thoughts of ending it?\nC: [-risk:No. I promised my kids].",
            'Asked "Any thoughts of ending it?", client answered "No. I promised my kids."',
        ),
        # Only what leads up to a question is left out, never a condition.
        (
            "T: I ask this of everyone who comes to see me here, have you thought of suicide?\nC: [-risk:Never].",
            'Asked "have you thought of suicide?", client answered "Never."',
        ),
        (
            "T: When you are up there and the train is coming in, do you ever think of jumping?\nC: [-risk:Never].",
            'Asked "When you are up there and the train is coming in, do you ever think of jumping?", '
            'client answered "Never."',
        ),
        # Somebody else's answer stands between.
        (
            "T: Has there been any pushing?\nO: No.\nC: [-risk:Never].",
            'Asked "Has there been any pushing?", client answered "Never."',
        ),
        ("T: You did well.\nC: [mood:Proud].", 'Clinician said: "You did well." Client said: "Proud."'),
        ("T: How is work?\nC: I [mood:feel lost] there.", "Client reported feeling lost there."),
        # What is proposed stands with who refuses it.
        (
            "T: I'll [plan:refer you to the service].\nC: I don't want that.",
            'Clinician said: "I\'ll refer you to the service." Client said: "I don\'t want that."',
        ),
        (
            "T: So [homework:each of you writes three things].\nC: Okay.\nD: I won't.",
            'Clinician said: "So each of you writes three things." Second client said: "I won\'t."',
        ),
        ("T: Please [homework:walk every day].\nC: No problem.", 'Clinician said: "Please walk every day."'),
        # A refusal may begin with fillers and adverbs.
        (
            "T: [intervention:Shall we try a role play]?\nC: I'd really rather not.",
            'Asked "Shall we try a role play?", client answered "I\'d really rather not."',
        ),
        (
            "T: [intervention:Let's try the empty chair].\nC: Mm, I don't wanna.",
            'Clinician said: "Let\'s try the empty chair." Client said: "Mm, I don\'t wanna."',
        ),
        # What is offered instead, or settled after it, belongs to what was proposed.
        (
            "T: Could you [homework:call your sister on Monday]?\nC: Not Monday. I'll call her Thursday.",
            'Asked "Could you call your sister on Monday?", client answered "Not Monday.", "I\'ll call her Thursday."',
        ),
        (
            "T: So [homework:no washing for an hour].\nC: That's too long.\nT: Okay, thirty minutes?\nC: Deal.",
            'Clinician said: "So no washing for an hour." Client said: "That\'s too long." '
            'Clinician asked: "Okay, thirty minutes?" Client said: "Deal."',
        ),
        (
            "T: So [homework:no washing for an hour].\nC: That's too long.\nT: And how is your sleep?\nC: Bad.",
            'Clinician said: "So no washing for an hour." Client said: "That\'s too long."',
        ),
        (
            "T: Could you [homework:walk twice a day]?\nC: Sure, I can. It has been raining.",
            'Asked "Could you walk twice a day?", client answered "Sure, I can."',
        ),
        # An answer that is homework itself stands with the question once.
        (
            "T: Could you [homework:do it once a day]?\nC: [homework:I'll do mornings].",
            'Asked "Could you do it once a day?", client answered "I\'ll do mornings."',
        ),
        # A quotation that the sentence's end cut is closed.
        (
            'C: My mom goes, "You [risk:should just kill yourself]. You cost us so much." I left.',
            'Client said: My mom goes, "You should just kill yourself."',
        ),
        # Of another time, or another's wish.
        (
            "T: Five years from now, how is life?\nC: [-medication:I don't take medication].",
            'Asked "Five years from now, how is life?", client answered "I don\'t take medication."',
        ),
    ],
)
def test_an_answer_stands_with_its_question(session: str, expected: str) -> None:
    assert texts(session) == [expected]


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        # What stands between, a remark or an evasion, is not what was asked.
        (
            "T: Any thoughts of suicide?\nC: Hm.\nT: Take your time.\nC: [risk:Some nights].",
            'Asked "Any thoughts of suicide?", client answered "Some nights."',
        ),
        # A whole sentence needs it no less than a word, and no pronoun or report takes its place.
        (
            "T: Is there a gun at home?\nC: [risk:He has one]. It's old.",
            'Asked "Is there a gun at home?", client answered "He has one."',
        ),
        # A tag stands with what it belongs to.
        (
            "T: Any thoughts of suicide? Anything like that?\nC: [-risk:No].",
            'Asked "Any thoughts of suicide? Anything like that?", client answered "No."',
        ),
        # A summary is what the client answers to, although it asks nothing.
        (
            "T: Any plan?\nC: No.\nT: So you feel safe now.\nC: [risk:I never said that].",
            'Clinician said: "you feel safe now." Client said: "I never said that."',
        ),
    ],
)
def test_an_answer_about_risk_always_stands_with_its_question(session: str, expected: str) -> None:
    transcript, findings = read(session, "session")
    answers = [finding.replace(rule="answer.risk-told@1") for finding in findings]
    (passage,) = passages(transcript, answers, load_format("soap"), load_wording())
    assert passage.statement.text == expected


def test_several_answers_stand_with_their_question_once() -> None:
    (passage,) = found("T: How do you feel now?\nC: [mood:Ashamed], mostly. [mood:Angry with myself].")
    assert passage.statement.text == (
        'Asked "How do you feel now?", client answered "Ashamed, mostly.", "Angry with myself."'
    )
    assert [item.turn_id for item in passage.statement.spoken] == ["t1", "t2", "t2"]
    assert len(passage.findings) == 2
    # A yes and a no are two statements.
    assert len(found("T: Thoughts of death?\nC: [-risk:Not now]. [risk:In May, yes].")) == 2


@pytest.mark.parametrize("request_", ["Say it out loud.", "What went through your mind?", "Let's role play that."])
def test_words_spoken_as_a_thought_or_a_part_are_not_reported_as_true(request_: str) -> None:
    (text,) = texts(f"T: {request_}\nC: I [risk:want to stab him].")
    assert text.endswith('"I want to stab him."')
    assert "reported" not in text


def test_a_long_sentence_is_cut_at_an_and_alone() -> None:
    session = "C: I went down to the harbour with my aunt on Sunday, and [mood:I feel so much calmer since then]."
    assert texts(session) == [
        "Client reported that they went down to the harbour with their aunt on Sunday, "
        "and they feel so much calmer since then."
    ]
    session = "C: I went down to the harbour with my aunt on Sunday, and [mood:I feel so much calmer] at home."
    assert texts(session) == ["Client reported feeling so much calmer at home."]
    kept = "C: I only went down to the harbour with my aunt on Sunday, and [mood:I feel so much calmer] at home."
    assert "only went down" in texts(kept)[0]


def test_an_answer_that_stands_with_its_question_adds_no_second_evidence() -> None:
    (passage,) = found("T: Could you [homework:do it once a day]?\nC: [homework:I'll try every other day].")
    assert len(passage.statement.spoken) == len(passage.findings) == 2
    assert prove(passage.statement) == passage.statement


def test_what_is_said_twice_stands_once_with_both_places() -> None:
    transcript, (first, second) = read(
        "C: I feel so [mood:low] these days. The bus was late. I feel [mood:low].", "session"
    )
    both = first.replace(evidence=(*first.evidence, *second.evidence))
    (passage,) = passages(transcript, (both,), load_format("soap"), load_wording())
    assert passage.statement.text == "Client reported feeling so low these days."
    assert [item.quote for item in passage.statement.spoken] == ["I feel so low these days.", "I feel low."]
    transcript, (first, second) = read("C: I feel [mood:low] these days. I never feel [mood:low].", "session")
    both = first.replace(evidence=(*first.evidence, *second.evidence))
    assert len(passages(transcript, (both,), load_format("soap"), load_wording())) == 2


def test_a_third_person_is_reported_by_role() -> None:
    session = (
        "C: My husband Karim left. I [mood:feel scared of Karim]. My husband Karim [behaviour:hits me].\nT: Karim?"
    )
    assert texts(session) == [
        "Client reported feeling scared of the husband.",
        "Client reported that their husband hits them.",
    ]


LINES = st.lists(
    st.tuples(st.sampled_from("CTO?"), st.lists(PARTS, min_size=1, max_size=9).map(" ".join)), min_size=1, max_size=5
)


@given(LINES, st.sampled_from([Manner(), Manner(call="pronoun", pronoun="she"), Manner(call="patient", pronoun="he")]))
def test_quotation_marks_hold_only_what_was_said(lines: list[tuple[str, str]], manner: Manner) -> None:
    said = [(who, words) for who, words in lines if re.search(r"\w", words)]
    for passage in found("\n".join(f"{who}: [mood:{words}]" for who, words in said), manner):
        for quote, _ in QUOTED.findall(passage.statement.text):
            assert any(quote == item.quote for item in passage.statement.spoken)


@pytest.mark.parametrize("words", [said for said, _ in EXACT] + TRAPS)
def test_the_checker_finds_every_statement_proven(words: str) -> None:
    if re.search(r"\w", words):
        for passage in found(f"T: And then?\nC: [mood:{words}]"):
            assert violations(passage.statement) == ()
