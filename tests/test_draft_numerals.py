"""Spoken numbers as a note writes them; the number is always the one that was said."""

import re
from calendar import month_name
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.draft.numerals import load_numerals
from pipeline.draft.numerals.words import cardinal, number, ordinal, year

TABLE = """
    # Doses and other measures
    sertraline fifty milligrams -> sertraline 50 mg
    sertraline fifty milligrams, no side effects -> sertraline 50 mg, no side effects
    from fifty to one hundred milligrams -> from 50 to 100 mg
    fifty to a hundred milligrams -> 50 to 100 mg
    between fifty and one hundred milligrams -> between 50 and 100 mg
    two point five milligrams -> 2.5 mg
    two point five oh milligrams -> 2.5 mg
    point five milligrams -> 0.5 mg
    zero point two five milligrams -> 0.25 mg
    oh point five milligrams -> 0.5 mg
    one and a half milligrams -> 1.5 mg
    one milligram -> 1 mg
    a hundred milligrams -> 100 mg
    a hundred and fifty milligrams -> 150 mg
    one hundred fifty milligrams -> 150 mg
    seven hundred and fifty milligrams -> 750 mg
    twelve hundred milligrams -> 1,200 mg
    one thousand units -> 1,000 units
    twenty-five micrograms -> 25 mcg
    fifty milligram tablets -> 50 mg tablets
    five milliliters -> 5 mL
    lost four kilos -> lost 4 kg
    fifty percent -> 50%
    eighty per cent of the time -> 80% of the time
    point two five milligrams -> 0.25 mg
    take point five milligrams -> take 0.5 mg
    a point five milligram tablet -> a 0.5 mg tablet
    at this point five milligrams of lorazepam -> at this point 5 mg of lorazepam
    At that point fifty milligrams -> At that point 50 mg
    at some point five milligrams helped -> at some point 5 mg helped
    on one point five milligrams -> on 1.5 mg
    thirty seven and a half milligrams -> 37.5 mg
    one hundred to two hundred milligrams -> 100 to 200 mg
    one hundred or two thousand units -> 100 or 2,000 units
    fifty to a hundred and fifty milligrams -> 50 to 150 mg
    weighs one hundred thirty two pounds -> weighs 132 pounds
    she is forty one with a history of panic -> she is 41 with a history of panic
    lithium nine hundred in the morning -> lithium 900 in the morning
    zero point two five milligrams at night -> 0.25 mg at night
    took thirty two milligrams of lorazepam -> took 32 mg of lorazepam
    twenty-five milligram tablets -> 25 mg tablets
    twenty-five milligram sertraline tablets -> 25 mg sertraline tablets
    twenty five milligrams daily in tablets -> 25 mg daily in tablets
    one hundred and fifty milligram venlafaxine tablets -> 150 mg venlafaxine tablets
    from point five to one milligram -> from 0.5 to 1 mg
    sertraline fifty five -> sertraline 55
    # Scales and scores
    PHQ nine sixteen item nine positive -> PHQ-9 16 item nine positive
    EPDS twelve item ten zero -> EPDS 12 item ten zero
    PHQ nine was twenty two weeks ago -> PHQ-9 was twenty two weeks ago
    PHQ fifteen today, down from nineteen -> PHQ 15 today, down from 19
    PHQ nine today, down from fourteen -> PHQ 9 today, down from 14
    PHQ nine today is fourteen -> PHQ-9 today is 14
    PHQ fifteen was twelve -> PHQ-15 was 12
    completed the PHQ nine and GAD seven -> completed the PHQ-9 and GAD-7
    P H Q nine was fourteen -> PHQ-9 was 14
    p h q nine fourteen -> PHQ-9 14
    PHQ nine was fourteen -> PHQ-9 was 14
    PHQ 9 was 14 -> PHQ-9 was 14
    phq nine was nine today -> PHQ-9 was 9 today
    gad seven of eleven -> GAD-7 of 11
    G A D seven is eleven -> GAD-7 is 11
    p c l five was forty two -> PCL-5 was 42
    PHQ nine of four, two fewer -> PHQ-9 of 4, two fewer
    PHQ nine fourteen and one of her best -> PHQ-9 14 and one of her best
    phq nine fourteen out of twenty seven -> PHQ-9 14/27
    PHQ nine went down from eighteen to twelve -> PHQ-9 went down from 18 to 12
    PHQ nine fell to nine, GAD seven rose to ten -> PHQ-9 fell to 9, GAD-7 rose to 10
    Her PHQ two weeks ago was fourteen -> Her PHQ two weeks ago was 14
    gad two months ago was eleven -> GAD two months ago was 11
    PCL five days after was forty -> PCL five days after was 40
    p h q nine days ago was ten -> PHQ nine days ago was 10
    PHQ nine two weeks ago was fourteen -> PHQ-9 2 weeks ago was 14
    PHQ two points higher -> PHQ two points higher
    PHQ two was four -> PHQ-2 was 4
    PHQ nine item nine was zero -> PHQ-9 item nine was zero
    suds of eight -> SUDS of 8
    SUDS went from eight to four -> SUDS went from 8 to 4
    scored seven on it -> scored 7 on it
    a score of nine -> a score of 9
    on a scale of zero to ten -> on a scale of 0 to 10
    seven out of ten -> 7/10
    seven point five out of ten -> 7.5/10
    from eight to four out of ten -> from 8 to 4/10
    ninety out of one hundred -> 90/100
    seven out of ten days -> 7 out of 10 days
    two out of three nights -> two out of three nights
    # Times
    three fifteen p m -> 3:15 pm
    three fifteen pm -> 3:15 pm
    three fifteen p.m. -> 3:15 pm.
    three p.m. session -> 3 pm session
    at three p m today -> at 3 pm today
    three oh five p m -> 3:05 pm
    eleven forty a m -> 11:40 am
    quarter past three p m -> 3:15 pm
    a quarter past three -> 3:15
    quarter to three -> 2:45
    quarter to one p m -> 12:45 pm
    half past two -> 2:30
    twenty past nine a m -> 9:20 am
    twenty five to nine p m -> 8:35 pm
    ten minutes to four p m -> 3:50 pm
    three o'clock -> 3 o'clock
    two thirty to three twenty p m -> 2:30 to 3:20 pm
    from three to four p m -> from 3 to 4 pm
    from ten to eleven p m -> from 10 to 11 pm
    3:15 p m -> 3:15 pm
    # Dates and years
    the third of march twenty twenty six -> 3 March 2026
    on the third of march -> on 3 March
    the twenty first of may -> 21 May
    the twenty-second of august two thousand five -> 22 August 2005
    third march twenty twenty six -> 3 March 2026
    march third -> March 3
    March the third -> March 3
    march third twenty twenty six -> March 3, 2026
    march third, twenty twenty six she came -> March 3, 2026 she came
    on may second -> on May 2
    december thirty first -> December 31
    march twenty twenty six -> March 2026
    since nineteen ninety eight -> since 1998
    in two thousand four -> in 2004
    in two thousand and four -> in 2004
    in twenty twenty -> in 2020
    in twenty oh five -> in 2005
    back in twenty nineteen -> back in 2019
    since twenty twenty six -> since 2026
    from twenty nineteen to twenty twenty three -> from 2019 to 2023
    graduated twenty oh nine -> graduated 2009
    home by a quarter to three p m -> home by 2:45 pm
    around twenty twenty she moved -> around 2020 she moved
    on March third she came -> on March 3 she came
    # Ages and lengths of time
    he left twenty two years ago -> he left 22 years ago
    a six month old baby -> a 6-month-old baby
    fifty minutes by telehealth -> 50 minutes by telehealth
    fifty minute session -> 50-minute session
    fifty-minute session -> 50-minute session
    two week gap -> 2-week gap
    seventy two hour hold -> 72-hour hold
    five to six hours -> 5 to 6 hours
    three or four weeks -> 3 or 4 weeks
    two and a half hours -> 2.5 hours
    slept one hour -> slept 1 hour
    in two weeks -> in 2 weeks
    twelve years old -> 12 years old
    a twelve year old -> a 12-year-old
    her twenty one year old son -> her 21-year-old son
    aged forty five -> aged 45
    thirty seconds -> 30 seconds
    # Counts, ordinals, codes, letters
    one hundred and fifty -> 150
    twelve cousins -> 12 cousins
    washes thirty times a day -> washes 30 times a day
    eight to ten drinks -> 8 to 10 drinks
    two thousand three hundred calories -> 2300 calories
    twelve thousand five hundred -> 12,500
    twelfth session -> 12th session
    twenty first session -> 21st session
    a twelve step meeting -> a 12-step meeting
    F forty one point one -> F41.1
    f thirty three point one -> F33.1
    b i d -> BID
    fifty milligrams b i d -> 50 mg BID
    e m d r -> EMDR
    she has p t s d -> she has PTSD
"""
PAIRS = [
    pytest.param(*map(str.strip, line.split("->")), id=line.strip())
    for line in TABLE.splitlines()
    if "->" in line and not line.strip().startswith("#")
]

# What stays letter for letter: words of small counts, what can be read in two ways, what is written already.
KEPT = """
    one of her friends
    no one
    for one thing
    the two of them
    between the two of us
    second session
    first and foremost
    twice a day
    three times a week
    one day at a time
    one minute she laughs, the next she cries
    she took two tablets
    two fifty
    one twenty
    fifty fifty
    twenty four seven
    gabapentin three hundred three times a day
    sertraline fifty one at night
    two hundred two tablets
    one two three
    at one point five milligrams of lorazepam
    two or three hundred milligrams
    two to three hundred milligrams
    Two or three hundred people
    between two and three hundred milligrams
    one to two thousand units
    ten to twelve hundred calories
    Lithium three hundred one in the morning and two at night
    lithium three hundred one AM
    sertraline fifty one in the morning
    sertraline fifty one daily
    gabapentin three hundred two before bed
    gabapentin one hundred three with food
    trazodone fifty two after meals
    Seroquel fifty one to two at bedtime
    seroquel three hundred one and a half at night
    buspirone fifty one as needed
    checks the lock twenty thirty times a day
    washes twenty twenty times
    in twenty thirty sessions
    fluoxetine twenty forty
    nineteen twenty people
    cut the dose by a quarter to three tablets
    a quarter to three tablets
    a quarter to three and a half tablets
    from a quarter to three quarters of a tablet
    increased by a quarter to five
    half past two tablets
    hindsight is twenty twenty
    ten to four p m
    appointment at ten to three on Thursday
    she woke at ten to three
    wakes at four most nights
    a nine to five job
    twenty second pause
    she may first try
    he may second guess himself
    at that point five people came
    a hundred times
    hundreds of times
    zero point five two times a day
    zero point five one tablet twice a day
    lorazepam one point five two times a day
    lithium three hundred two tabs
    gabapentin three hundred one cap at bedtime
    sertraline fifty one on waking
    sertraline fifty one qam
    sertraline fifty one noon
    sertraline fifty one half tablet
    started sertraline fifty two weeks ago
    increased to fifty two weeks ago
    on sertraline fifty two months now
    thirty one month ago
    took thirty two milligram tablets of lorazepam
    one hundred fifty milligram tablets
    took forty five hundred milligram paracetamol tablets
    thirty two milligram diazepam tablets
    thirty five milligram slow release diazepam capsules
    from point five to one
    at that point five to six people
    in the nineteen eighties
    the twenty tens
    away for a third of March
    the first third of June
    In March second hospitalization
    since June first responders came
    aged nineteen twenty one
    around twenty thirty emails
    seen on 3.3.2026 and 11.26.2026
    version 1.2.3 milligrams
    ² point five
    on a scale of 1.2.3
    one on one
    a third of it
    oh five
    the third march through the city
    sertraline 50 mg
    sertraline 12.5 mg at night
    1.50 mg
    1,500 mg
    PHQ-9 14
    GAD-7 of 11
    7/10
    3:15 pm
    3:15 p.m. today
    from 2:30 to 3:20 pm
    3 March 2026
    March 3, 2026
    2026-03-31
    a 50-minute session
    5 to 6 hours
    5-6 hours
    the 1990s
    his 21st birthday
    F41.1
    07700 900123
    "I took fifty pills"
    he said “two or three hundred milligrams” and left
"""
KEPT_LINES = [line.strip() for line in KEPT.splitlines() if line.strip()]


def written(spoken: str) -> str:
    return load_numerals().written(spoken)


@pytest.mark.parametrize(("spoken", "expected"), PAIRS)
def test_numbers_are_written_as_a_note_has_them(spoken: str, expected: str) -> None:
    assert written(spoken) == expected


@pytest.mark.parametrize("text", KEPT_LINES)
def test_what_is_no_measure_or_not_clear_or_written_already_stays(text: str) -> None:
    assert written(text) == text


def test_only_what_is_not_quoted_is_written_in_digits() -> None:
    assert (
        written('She takes fifty milligrams, "not fifty five" she said') == 'She takes 50 mg, "not fifty five" she said'
    )


@pytest.mark.parametrize("text", [*(p.values[0] for p in PAIRS), *KEPT_LINES])
def test_what_was_written_stays(text: object) -> None:
    once = written(str(text))
    assert written(once) == once


# The numbers spelled by another hand than the one that reads them.
SMALL = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
"""
LARGE = "_ _ twenty thirty forty fifty sixty seventy eighty ninety"
ONES, TENS = SMALL.split(), LARGE.split()
NTH = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def spell(value: int, joint: str = " ", hyphen: str = " ") -> str:
    if value < 20:
        return ONES[value]
    if value < 100:
        return TENS[value // 10] + (hyphen + ONES[value % 10] if value % 10 else "")
    size, name = (1000, "thousand") if value >= 1000 else (100, "hundred")
    rest = value % size
    small = joint if rest < 100 else " "
    return f"{spell(value // size, joint, hyphen)} {name}" + (small + spell(rest, joint, hyphen) if rest else "")


def nth(value: int) -> str:
    head, _, last = spell(value).rpartition(" ")
    word = NTH.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return f"{head} {word}".strip()


def value_of(text: str) -> Decimal:
    found = re.search(r"\d[\d,]*(?:\.\d+)?", text)
    assert found, text
    return Decimal(found[0].replace(",", ""))


ways = st.tuples(st.sampled_from([" ", " and "]), st.sampled_from([" ", "-"]))


@given(st.integers(10, 99_999), ways, st.sampled_from(["milligrams", "minutes", "cousins", "percent", "years old"]))
def test_a_number_is_the_one_that_was_said(value: int, way: tuple[str, str], of: str) -> None:
    assert value_of(written(f"{spell(value, *way)} {of}")) == value


@given(st.integers(0, 999), st.integers(0, 9999).map(str), st.sampled_from(["milligrams", "hours", "percent"]))
def test_a_decimal_is_the_one_that_was_said(whole: int, places: str, of: str) -> None:
    spoken = f"{spell(whole)} point {' '.join(ONES[int(digit)] for digit in places)} {of}"
    assert value_of(written(spoken)) == Decimal(f"{whole}.{places}")


@given(st.integers(1, 12), st.integers(0, 59), st.sampled_from(["am", "pm"]))
def test_a_time_is_the_one_that_was_said(hour: int, minute: int, half: str) -> None:
    minutes = "" if not minute else f" {'oh ' if minute < 10 else ''}{spell(minute)}"
    expected = f"at {hour}{f':{minute:02d}' if minute else ''} {half} she came"
    assert written(f"at {spell(hour)}{minutes} {half[0]} m she came") == expected


@given(st.integers(1, 31), st.integers(1, 12), st.integers(1910, 2099).filter(lambda y: not 2000 <= y < 2010))
def test_a_date_is_the_one_that_was_said(day: int, month: int, when: int) -> None:
    spoken_year = f"{spell(when // 100)} {'oh ' if when % 100 < 10 else ''}{spell(when % 100)}"
    if when == 2000 or when % 100 == 0:
        spoken_year = spell(when)
    assert (
        written(f"the {nth(day)} of {month_name[month].lower()} {spoken_year}") == f"{day} {month_name[month]} {when}"
    )
    assert written(f"{month_name[month]} {nth(day)} {spoken_year}") == f"{month_name[month]} {day}, {when}"


@given(st.integers(0, 99_999), ways)
def test_number_words_are_read_as_they_are_spelled(value: int, way: tuple[str, str]) -> None:
    assert cardinal(spell(value, way[0], " ").split()) == value
    assert number(spell(value, way[0], " ").split()) == value


NUMBERISH = """
    one two five nine ten twelve twenty fifty hundred thousand and point oh a half quarter past to of out the p a m am
    pm PHQ q h milligrams minutes minute year years old session percent third second may march twenty-five 50 3:15 2.5
    7/10 fourteen nineteen o'clock b i d F was score , . - she
"""


@given(st.lists(st.sampled_from(NUMBERISH.split()), max_size=14).map(" ".join))
def test_whatever_is_said_written_text_stays_and_no_other_word_is_lost(spoken: str) -> None:
    once = written(spoken)
    assert written(once) == once
    for word in ("she", "session", "score", "was"):
        assert once.split().count(word) + once.count(f"-{word}") >= spoken.split().count(word)


@pytest.mark.parametrize(
    "words", ["two fifty", "hundred fifty two hundred", "one two", "twenty ten", "fifty zero", "and"]
)
def test_words_that_are_no_number_are_none(words: str) -> None:
    assert cardinal(words.split()) is None


def test_ordinals_and_years() -> None:
    assert [ordinal(nth(n).split()) for n in range(1, 100)] == list(range(1, 100))
    assert year(["nineteen", "ninety", "eight"]) == 1998
    assert year(["two", "thousand", "and", "four"]) == 2004
    assert year(["twenty", "people"]) is None
