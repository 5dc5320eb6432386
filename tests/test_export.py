"""Every kind of export holds every statement, letter by letter, in order; drafts, addenda and gaps are labelled."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline import resources
from pipeline.errors import Refused, SettingsInvalid
from pipeline.export import TARGETS, Order, Target, export
from pipeline.export.page import printable
from pipeline.export.shapes import Shape, load_shape
from pipeline.types import Addendum, Draft, Note, Section

from .exported import (
    LATER,
    READ,
    SAID,
    SIGNED,
    co_signature,
    draft,
    late_entry,
    made,
    note,
    sections,
    squeezed,
    statements,
)

READABLE: tuple[Target, ...] = ("text", "docx", "pdf", "fhir")
SHAPES = tuple(sorted(path.stem for path in (resources.configs() / "exports" / "shapes").glob("*.yaml")))


def in_order(said: tuple[str, ...], text: str, at: int = 0) -> bool:
    """Say whether the sentences are in the text, each after the one before; white space apart."""
    text = squeezed(text)
    for sentence in map(squeezed, said):
        found = text.find(sentence, at)
        if found < 0:
            return False
        at = found + len(sentence)
    return True


SENTENCES = {
    "plain": SAID,
    "quotes": ("“I can't,” she said.", "‘No’, 'no', \"no\" and «non».", "5' 10\" tall", "She said „nein“."),
    "marks": (
        "#let x = $1$ _e_ *b* `k`",
        "<b>no</b> & </p> &amp;",
        "C:\\temp\\new %s {0} ${HOME}",
        "// not /* a comment */ @x <y>",
    ),
    "Cyrillic and Greek": ("Говорит: «плохо сплю».", "Λέει ότι κοιμάται.", "Zoë, naïve, façade, Łódź", "ﬁne ﬂow"),
    "lines": ("One.\nTwo.\n\nThree.", "A\tB", "  two  spaces  ", "line\r\nend"),
    "one word": ("Anxious.", "Anxious.", "Anxious.", "Anxious."),
    "doses": ("0.5 mg, not 5 mg; 1/2 at 8:00, ½ at 20:00", "-1 ≠ 1 ± 2 µg", "PHQ-9: 14 → 9 (−5)", "no. No! NO?"),
}
SCRIPTS = {
    "emoji": ("She sent 🙂🙃 and 👩‍👧.", "❤️", "☺", "🇺🇸"),
    "Japanese": ("よく眠れない。", "漢字 かな カナ", "「はい」と言った。", "５０分"),
    "Arabic and Hebrew": ("لا أنام جيدا", "לא ישנה טוב", "mixed עברית and English", "١٢"),
    "Devanagari": ("मैं सो नहीं पाती", "क्ष", "नहीं", "५०"),
}


@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("said", SENTENCES.values(), ids=SENTENCES)
def test_every_statement_is_there_letter_by_letter_and_in_order(to: Target, said: tuple[str, ...]) -> None:
    assert in_order(said, READ[to](made(note(sections(said)), to)))


@pytest.mark.parametrize("to", [to for to in TARGETS if to != "pdf"])
@pytest.mark.parametrize("said", SCRIPTS.values(), ids=SCRIPTS)
def test_every_script_goes_where_the_reader_brings_the_font(to: Target, said: tuple[str, ...]) -> None:
    assert in_order(said, READ[to](made(note(sections(said)), to)))


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)


@pytest.mark.parametrize("to", ["text", "docx", "fhir", "json"])
@given(said=st.lists(WORDS, min_size=3, max_size=5))
@settings(max_examples=40)
def test_any_text_comes_through(to: Target, said: list[str]) -> None:
    expected = tuple(said) if to == "json" else tuple(map(printable, said))
    assert in_order(expected, READ[to](made(note(sections(said)), to)))


@pytest.mark.parametrize("to", TARGETS)
def test_a_long_note_loses_nothing(to: Target) -> None:
    said = tuple(f"Sentence {i} of a long session, with {i} details that each matter to somebody." for i in range(300))
    assert in_order(said, READ[to](made(note(sections(said)), to)))


@pytest.mark.parametrize("to", READABLE)
def test_what_was_not_addressed_says_so(to: Target) -> None:
    text = squeezed(READ[to](made(note(), to)))
    assert "Risk:notaddressed." in text
    assert re.search(r"Starttime:?notaddressed", text)
    assert re.search(r"(?i)objective(•)?Notaddressed\.", text)


@pytest.mark.parametrize("to", READABLE)
def test_signature_and_digest_are_there_and_addenda_come_after(to: Target) -> None:
    text = READ[to](made(note(), to, late_entry()))
    order = (SAID[-1], "Signed by Ana Ruiz, LCSW", note().digest)
    assert in_order((*order, "She rang at noon.", "Moved to Friday.", "Signed by Ana Ruiz, LCSW"), text)
    assert re.search(r"late ?entry, ?2026-03-04", text, re.IGNORECASE)


@pytest.mark.parametrize("to", READABLE)
def test_a_co_signature_stands_after_the_signature_with_its_comment(to: Target) -> None:
    text = READ[to](made(note(), to, co_signature()))
    said = ("Signed by Ana Ruiz, LCSW", "Ask about sleep next time.", "Co-signed by Lee Park, LMFT")
    assert in_order(said, text)
    assert re.search(r"co-signature, ?2026-03-04", text, re.IGNORECASE)
    assert "Co-signed" not in READ[to](made(note(), to, late_entry()))


@pytest.mark.parametrize("to", READABLE)
def test_evidence_is_there_only_when_it_is_asked_for(to: Target) -> None:
    assert "Evidence" not in READ[to](made(note(), to)).title()
    told = squeezed(READ[to](made(note(), to, appendix=True)))
    for i, words in enumerate(SAID):
        assert squeezed(f"“{words}”") in told
        assert f"0:{i * 7:02d}-0:{i * 7 + 6:02d}" in told
    assert "cliniciandictated" in told
    assert "typed" in told


@pytest.mark.parametrize("to", READABLE)
def test_a_draft_shows_what_is_open(to: Target) -> None:
    text = squeezed(READ[to](made(draft(), to)))
    assert "Notsigned." in text
    assert "Riskwasnotaddressed." in text
    assert "Whendidthesessionstartandend?[OAC317:30-5-248]" in text


def test_json_is_the_record_itself() -> None:
    found = json.loads(made(note(), "json", late_entry()))
    read = Note.read(json.dumps(found["note"]))
    assert (found["status"], read, found["digest"]) == ("signed", note(), read.digest)
    (added,) = found["addenda"]
    assert Addendum.read(json.dumps(added["addendum"])) == late_entry()
    unsigned = json.loads(made(draft(), "json"))
    assert unsigned["status"] == "DRAFT, not signed"
    assert Draft.read(json.dumps(unsigned["draft"])).digest == unsigned["digest"] == draft().digest


# Text, shape by shape


def text(what: Note | Draft, shape: str, section: str | None = None) -> str:
    return export(what, (), Order(to="text", shape=shape, section=section), LATER).decode()


THERAPYNOTES = """\
SUBJECTIVE
She describes herself as “quietly heartsick” about the move. Sleep: "four hours", woke at 3 & at 5 <twice>.

OBJECTIVE
Not addressed.

ASSESSMENT
Denies suicidal ideation, homicidal ideation and self-harm.
Risk: not addressed.

PLAN
Sertraline 50 mg; worry log 4×/week, Zoë's number is not her partner's.
"""


def test_a_shape_is_what_is_pasted() -> None:
    assert text(note(), "therapynotes") == THERAPYNOTES


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", ["soap@1", "dap@2", "birp@1", "emdr@1"])
def test_no_shape_loses_or_doubles_a_statement(shape: str, form: str) -> None:
    keys = ("data", "assessment", "goals", "behaviour", "response", "of_your_own", "plan")
    said = tuple(f"Said about {key}." for key in keys)
    parts = tuple(
        Section(key=key, title=key.title(), statements=(statement,))
        for key, statement in zip(keys, statements(said), strict=True)
    )
    lines = re.split(r"\n| (?=Said)", text(note(parts, form), shape))
    assert sorted(line for line in lines if line in said) == sorted(said)


@pytest.mark.parametrize(
    ("shape", "section", "pasted"),
    [
        ("plain", "plan", f"{SAID[3]}\n"),
        ("simplepractice", "Subjective", f"{SAID[0]}\n{SAID[1]}\n"),
        ("therapynotes", "SUBJECTIVE", f"{SAID[0]} {SAID[1]}\n"),
        ("theranest", "Objective", "Not addressed.\n"),
    ],
)
def test_one_section_alone_for_the_clipboard(shape: str, section: str, pasted: str) -> None:
    assert text(note(), shape, section) == pasted


@pytest.mark.parametrize("shape", SHAPES)
def test_each_box_of_a_draft_is_marked(shape: str) -> None:
    boxes = text(draft(), shape).removeprefix("PROGRESS NOTE\n\n").split("\n\n")
    assert len(boxes) >= 4
    for box in boxes:
        assert box.splitlines()[1].startswith("DRAFT, not signed.")
    assert "DRAFT" not in text(note(), shape)


def test_a_format_without_a_template_of_the_ehr_goes_into_one_box() -> None:
    lines = text(note(form="girp@1"), "simplepractice").splitlines()
    assert lines[:3] == ["PROGRESS NOTE", "Subjective", SAID[0]]
    assert "Plan" in lines


def test_a_section_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused, match="Subjective, Objective, Assessment, Plan"):
        text(note(), "therapynotes", "Prognosis")


def test_shape_and_section_are_for_text() -> None:
    for order in (Order(to="pdf", shape="theranest"), Order(to="json", section="Plan")):
        with pytest.raises(Refused, match="--to text"):
            export(note(), (), order, LATER)


@pytest.mark.parametrize("name", SHAPES)
def test_the_shapes_that_ship_name_their_source(name: str) -> None:
    shape = load_shape(name)
    assert shape.versioned == f"{name}@{shape.version}"
    assert shape.sources or name == "plain"


def test_an_unknown_shape_names_the_known() -> None:
    for name in ("epic", "../rules/core"):
        with pytest.raises(SettingsInvalid, match="plain, simplepractice, theranest, therapynotes"):
            load_shape(name)


BOX = {"title": "Plan", "takes": ["plan"]}


@pytest.mark.parametrize(
    ("templates", "wrong"),
    [
        ([{"title": "A", "boxes": [BOX, BOX]}], "two boxes take plan"),
        ([{"title": "A"}], "has boxes, or one_box"),
        ([{"title": "A", "boxes": [BOX], "one_box": "Note"}], "has boxes, or one_box"),
        ([{"title": "A", "boxes": [{"title": "Plan", "takes": []}]}], "takes"),
        ([{"title": "A", "one_box": "Note", "colour": "red"}], "colour"),
    ],
)
def test_a_wrong_shape_says_what_is_wrong(templates: list[object], wrong: str) -> None:
    content = {"name": "mine", "version": 1, "title": "Mine", "join": "line", "details": False, "templates": templates}
    with pytest.raises(ValidationError, match=wrong):
        Shape.model_validate(content)


def test_an_unprintable_character_is_shown_as_one() -> None:
    parts = (Section(key="plan", title="Plan", statements=statements(["Bell\x07, nothing\x00, next\x85."])),)
    for to in READABLE:
        assert "Bell\ufffd, nothing\ufffd, next\ufffd." in READ[to](made(note(parts), to))


def test_a_note_without_client_says_so() -> None:
    nobody = note().replace(client=None, signature=SIGNED)
    for to in READABLE:
        assert re.search(r"Client:?\s*not given", READ[to](made(nobody, to)))
