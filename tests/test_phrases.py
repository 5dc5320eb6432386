"""Phrases found in words, and the short hand that lexicons write them in."""

import pytest

from pipeline.errors import SettingsInvalid
from pipeline.findings.lexicon import Expander, Group, read_library
from pipeline.findings.phrases import PhraseTree
from pipeline.resources import configs

LISTS = {"many": frozenset({"ten", "twenty"}), "pill": frozenset({"pills", "tylenol"})}


@pytest.mark.parametrize(
    ("phrase", "said", "found"),
    [
        ("took @many @pill", "she took twenty tylenol on sunday", ["took twenty tylenol"]),
        ("took @many @pill", "she took two tylenol", []),
        ("@many @pill", "ten pills and twenty pills", ["ten pills", "twenty pills"]),
        ("took @many ... @pill", "took twenty of her mothers pills", ["took twenty of her mothers pills"]),
        ("took twenty pills", "took twenty pills", ["took twenty pills"]),
    ],
)
def test_a_class_stands_for_any_word_of_its_list(phrase: str, said: str, found: list[str]) -> None:
    words = said.split()
    tree = PhraseTree([(0, phrase.split())], LISTS)
    assert [" ".join(words[start:end]) for _, start, end in tree.find(words)] == found


def test_an_unknown_class_is_named() -> None:
    expander = Expander(read_library(configs() / "lexicons").words)
    with pytest.raises(SettingsInvalid, match="@unheard"):
        list(expander.expand("took @unheard pills"))


def test_a_comma_that_was_said_parts_no_phrases() -> None:
    group = Group(rule="r", terms={"x": r"asked about it \, denied, shrugged"})  # type: ignore[dict-item]
    assert group.terms["x"] == ("asked about it , denied", "shrugged")
