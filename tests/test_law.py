"""What the law asks of a consent: data with sources, the strictest counts, and a refusal that names its rule."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline import consent, law
from pipeline.config import load_settings
from pipeline.errors import ConsentMissing, SettingsInvalid

from .test_consent import NOW, given
from .test_evening import Desk, desk  # noqa: F401

OWN = """
name: practice
version: 3
title: Our practice
rules:
  yearly:
    says: We ask anew every year.
    source: Our handbook
    renew_months: 12
  longer:
    says: We keep notes for ten years.
    source: Our handbook
    note_years: 10
"""


def ask(*names: str, home: Path | None = None, **changes: Any) -> str:
    """Return the rule by which a session is refused under these laws, "" where it may run."""
    try:
        consent.ask("session", "K-12", ("client",), (given(**changes),), NOW, law.load(names, home))
    except ConsentMissing as refusal:
        return refusal.what.split("Rule ")[1].split(": ")[0]
    return ""


FULL = ("ai", "purpose", "apart")


@pytest.mark.parametrize(
    ("names", "changes", "refused"),
    [
        # Where everybody's yes is all that is asked, any way of giving it does.
        (("ethics",), {"method": "spoken"}, ""),
        (("california",), {"method": "spoken"}, ""),
        (("florida", "new-hampshire"), {"method": "written"}, ""),
        # Written, by the codes of family therapists.
        (("family-therapy",), {"method": "spoken"}, "family-therapy@1:written"),
        (("family-therapy",), {"method": "on screen"}, ""),
        # Illinois: written, AI and its purpose named, a form of its own.
        (("illinois",), {"method": "spoken", "told": FULL}, "illinois@1:written"),
        (("illinois",), {"told": ()}, "illinois@1:informed"),
        (("illinois",), {"told": ("ai",)}, "illinois@1:informed"),
        (("illinois",), {"told": ("ai", "purpose")}, "illinois@1:apart"),
        (("illinois",), {"told": FULL}, ""),
        (("illinois",), {"told": FULL, "method": "on screen"}, ""),
        # Of two the stricter counts, whichever is named first.
        (("california", "illinois"), {"method": "spoken", "told": FULL}, "illinois@1:written"),
        (("illinois", "california"), {"method": "spoken", "told": FULL}, "illinois@1:written"),
        # A minor's consent is the representative's, everywhere.
        (("ethics",), {"minor": True}, "ethics@1:guardian"),
        (("ethics",), {"minor": True, "by": "mother"}, ""),
        (("oregon",), {"minor": True}, "ethics@1:guardian"),
    ],
)
def test_a_session_runs_only_as_the_law_asks(names: tuple[str, ...], changes: dict[str, Any], refused: str) -> None:
    assert ask(*names, **changes) == refused


def test_a_refusal_says_what_is_lacking_who_asks_and_what_to_do() -> None:
    with pytest.raises(ConsentMissing) as refusal:
        consent.ask("session", "K-12", ("client",), (given(method="spoken"),), NOW, law.load(["illinois"]))
    said = str(refusal.value)
    assert "It was given spoken; have it given written or on screen." in said
    assert "illinois@1:written" in said
    assert "Public Act 104-0054" in said
    assert "evenfall consent add" in said
    assert "K-12" not in said


def test_one_consent_that_does_is_enough() -> None:
    both = (given(method="spoken"), given(told=FULL))
    assert consent.ask("session", "K-12", ("client",), both, NOW, law.load(["illinois"])).kind == "session"


def test_every_participant_must_meet_the_law() -> None:
    both = (given(told=FULL), given(participant="partner"))
    with pytest.raises(ConsentMissing, match="illinois@1:informed"):
        consent.ask("session", "K-12", ("client", "partner"), both, NOW, law.load(["illinois"]))


@pytest.mark.parametrize(
    ("given_at", "refused"),
    [
        (datetime(2025, 4, 1, tzinfo=UTC), ""),
        (datetime(2025, 3, 31, 18, 1, tzinfo=UTC), ""),
        (datetime(2025, 3, 31, 18, 0, tzinfo=UTC), "practice@3:yearly"),
        (datetime(2024, 2, 29, tzinfo=UTC), "practice@3:yearly"),
    ],
)
def test_a_practice_may_ask_for_more(tmp_path: Path, given_at: datetime, refused: str) -> None:
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / "practice.yaml").write_text(OWN)
    assert ask("practice", home=tmp_path, given_at=given_at) == refused


def test_a_client_in_another_state_brings_its_law_along(tmp_path: Path) -> None:
    here = ("california",)
    assert law.of_client(here, (given(),), tmp_path).names == ("ethics@1", "california@1")
    away = given(law=("illinois",))
    assert law.of_client(here, (away,), tmp_path).names == ("ethics@1", "california@1", "illinois@1")
    ended = away.replace(revoked_at=NOW)
    assert law.of_client(here, (ended, given(given_at=NOW)), tmp_path).names[-1] == "illinois@1"
    back = given(given_at=NOW, law=("california",))
    assert law.of_client(here, (ended, back), tmp_path).names == ("ethics@1", "california@1")


@pytest.mark.parametrize(
    ("names", "years"),
    [
        (("ethics",), (7, 3)),
        (("california",), (7, 7)),
        (("nevada",), (7, 5)),
        (("nevada", "california"), (7, 7)),
        (("practice",), (10, 3)),
    ],
)
def test_notes_are_kept_as_long_as_the_longest_asks(
    tmp_path: Path, names: tuple[str, ...], years: tuple[int, int]
) -> None:
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / "practice.yaml").write_text(OWN)
    assert law.load(names, tmp_path).years(7, 3) == years


def test_what_is_said_aloud_is_said_once() -> None:
    assert law.load(["washington", "oregon"]).announcements == ("This session is being recorded from now on.",)


@pytest.mark.parametrize("profile", law.known().profiles, ids=lambda profile: profile.name)
def test_every_rule_has_its_source(profile: law.Profile) -> None:
    for rule in profile.named():
        assert any(sign.isdigit() for sign in rule.source) or "Evenfall" in rule.source
        assert rule.says.endswith(".")


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (OWN.replace("renew_months: 12", "renew_month: 12"), "renew_month"),
        (OWN.replace("renew_months: 12", "methods: [by pigeon]"), "methods"),
        (OWN.replace("    renew_months: 12\n", ""), "yearly"),
        (OWN.replace("    renew_months: 12", "    renew_months: 12\n    always: true"), "yearly"),
        (OWN.replace("note_years: 10", "minor_years: 10\n    always: true"), "longer"),
        (OWN.replace("name: practice", "name: other"), "name"),
        (OWN.replace("    source: Our handbook\n", "", 1), "source"),
    ],
)
def test_a_profile_that_is_wrong_names_file_and_key(tmp_path: Path, wrong: str, key: str) -> None:
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / "practice.yaml").write_text(wrong)
    with pytest.raises(SettingsInvalid, match=rf"practice\.yaml: .*{key}"):
        law.load(["practice"], tmp_path)


def test_a_law_that_nobody_wrote_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="atlantis"):
        law.load(["atlantis"])


@pytest.mark.parametrize(
    ("written", "names"),
    [("illinois", ("illinois",)), ("illinois, california", ("illinois", "california")), ("ethics", ("ethics",))],
)
def test_the_setting_takes_one_name_or_several(
    monkeypatch: pytest.MonkeyPatch, written: str, names: tuple[str, ...]
) -> None:
    monkeypatch.setenv("EVENFALL_LAW", written)
    assert load_settings().law == names


# By the commands


def test_the_commands_say_what_counts_and_why(desk: Desk) -> None:  # noqa: F811
    listed = desk.run("law", "list").stdout
    assert [line.split()[1] for line in listed.splitlines() if line.startswith("counts")] == ["ethics"]
    assert "no legal advice" in listed
    said = desk.run("law", "show", "illinois", "nevada").stdout
    for rule in law.load(["illinois", "nevada"]).rules:
        assert rule.says in said
        assert rule.source in said
    assert "written or on screen" in said
    assert "a minor 5 years after" in said


def test_telehealth_into_illinois(desk: Desk) -> None:  # noqa: F811
    """A spoken yes does at home in Florida; the client is in Illinois, so that it does not."""
    talk = desk.file("session.vtt", TALK)
    add = ("consent", "add", "--client", "K-12", "--participant", "client", "--method", "spoken")
    draft = ("draft", talk, "--kind", "session", "--client", "K-12")
    said = desk.run(*add, "--law", "illinois").stdout
    assert "Not enough yet for a session. It was given spoken" in said
    assert "illinois@1:written" in said
    refused = desk.run(*draft)
    assert refused.returncode == 3
    assert "illinois@1:written" in refused.stderr
    desk.run(*add[:-2], "--told", "ai,purpose,apart")
    assert desk.run(*draft).returncode == 0
    assert "not enough" not in desk.run("consent", "list").stdout


TALK = """WEBVTT

00:00:01.000 --> 00:00:05.000
<v Ana Ruiz>How has your sleep been since last week?

00:00:05.500 --> 00:00:12.000
<v Client>I slept badly, I woke at four most nights and felt anxious all day.

00:00:12.500 --> 00:00:16.000
<v Ana Ruiz>We practised slow breathing today, please try it every evening as homework.
"""
