"""The terms that the speech model is told: the user's own, those of the lexicons, and how many there is room for."""

from pathlib import Path

import pytest

from pipeline.config import load_settings
from pipeline.errors import SettingsInvalid
from pipeline.resources import configs, read_yaml
from pipeline.speech import terms


def test_every_term_stands_in_the_lexicon_that_it_is_listed_under() -> None:
    """The list says which to use; how they are written, and what they mean, is said in the lexicons alone."""
    listed = read_yaml(configs() / "lexicons" / "speech" / "terms.yaml", terms.Terms).terms
    for name, wanted in listed.items():
        text = (configs() / "lexicons" / f"{name}.yaml").read_text(encoding="utf-8")
        there = {part.strip() for part in text.replace(":", ",").replace("\n", ",").split(",")}
        assert set(wanted) <= there, name
        assert len(set(wanted)) == len(wanted)


def test_the_lists_take_turns() -> None:
    first = terms.of_the_field()[:6]
    assert first == ("sertraline", "PHQ-9", "EMDR", "escitalopram", "GAD-7", "C-SSRS")


def test_own_terms_come_from_the_settings_and_from_a_file(tmp_path: Path) -> None:
    assert terms.own(tmp_path, ()) == ()
    (tmp_path / "terms.txt").write_text("\ufeff# places\nFernwood  Clinic\n\n  St Anne's, Leith \n", encoding="utf-8")
    assert terms.own(tmp_path, ("brexpiprazole",)) == ("brexpiprazole", "Fernwood Clinic", "St Anne's Leith")


@pytest.mark.parametrize(
    ("content", "place"),
    [(b"Fernwood\n" + b"x" * 61, "line 2"), (b"\xff\xfe\x00\xd8", "as text")],
    ids=["too long", "not text"],
)
def test_a_wrong_file_is_named_by_its_place_and_not_by_its_words(tmp_path: Path, content: bytes, place: str) -> None:
    (tmp_path / "terms.txt").write_bytes(content)
    with pytest.raises(SettingsInvalid, match=place) as caught:
        terms.own(tmp_path, ())
    assert "xxx" not in str(caught.value)


def test_the_first_terms_that_there_is_room_for_are_told_once_each() -> None:
    mine = ["Fernwood Clinic", "sertraline", "Fernwood Clinic"]
    many = [f"term{n}" for n in range(100)]
    for told, room in [
        (terms.fitting([*mine, *many], [], len), terms.MOST_TOKENS),
        (terms.fitting(mine, ["sertraline", *many], len), terms.CHEAP_TOKENS),
    ]:
        assert told[:3] == ("Fernwood Clinic", "sertraline", "term0")
        assert len(f" {terms.prompt(told)}") <= room < len(f" {terms.prompt((*told, 'term99'))}")
    assert terms.fitting(many, mine, len) == terms.fitting(many, [], len), "the user's leave no room"
    assert terms.prompt(()) is None


def test_the_digest_tells_lists_apart() -> None:
    assert len({terms.digest(told) for told in ((), ("a",), ("a", "b"), ("b", "a"))}) == 4


@pytest.mark.parametrize(
    ("given", "terms"), [("Lyra", ("Lyra",)), ("Lyra, Elavil", ("Lyra", "Elavil")), ('["Lyra"]', ("Lyra",))]
)
def test_terms_of_ones_own_are_read_from_the_environment(
    given: str, terms: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path))
    monkeypatch.setenv("EVENFALL_SPEECH__TERMS", given)
    assert load_settings().speech.terms == terms


def test_an_empty_language_is_heard_and_other_empty_settings_are_as_if_not_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path))
    (tmp_path / "config.yaml").write_text("speech: {model: rough, threads: 3}\n", encoding="utf-8")
    monkeypatch.setenv("EVENFALL_SPEECH__LANGUAGE", "")
    monkeypatch.setenv("EVENFALL_SPEECH__MODEL", "")
    speech = load_settings().speech
    assert (speech.language, speech.model, speech.threads) == (None, "rough", 3)


def test_a_group_of_settings_that_is_no_json_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path))
    monkeypatch.setenv("EVENFALL_SPEECH", "{Lyra")
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        load_settings()
