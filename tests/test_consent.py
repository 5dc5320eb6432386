"""Consent first: who is covered, and that no path to session material avoids the question."""

import ast
import inspect
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import pipeline
from pipeline import consent
from pipeline.audio import channels
from pipeline.audio import decode as audio
from pipeline.errors import ConsentMissing
from pipeline.speech.transcripts import files
from pipeline.types import Consent

NOW = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT = Path(pipeline.__file__).parent


def given(**changes: object) -> Consent:
    base = Consent(
        client="K-12",
        participant="client",
        scope=("record", "transcribe"),
        method="written",
        wording="form@1",
        given_at=NOW - timedelta(days=1),
    )
    return base.replace(**changes)


def test_a_dictation_by_the_clinician_alone_needs_none() -> None:
    assert consent.ask("dictation", None, (), (), NOW).kind == "dictation"


def test_a_session_with_everybodys_consent_may_run() -> None:
    both = (given(), given(participant="partner"))
    assert consent.ask("session", "K-12", ("client", "partner"), both, NOW).kind == "session"


@pytest.mark.parametrize(
    ("client", "participants", "consents"),
    [
        pytest.param("K-12", ("client",), (), id="nothing on file"),
        pytest.param("K-12", ("client", "partner"), (given(),), id="one of two"),
        pytest.param("K-13", ("client",), (given(),), id="another client's"),
        pytest.param("K-12", ("client",), (given(revoked_at=NOW),), id="revoked"),
        pytest.param("K-12", ("client",), (given(given_at=NOW + timedelta(days=1)),), id="not yet given"),
        pytest.param("K-12", ("client",), (given(scope=("record",)),), id="not to transcribe"),
        pytest.param(None, ("client",), (given(),), id="no client named"),
        pytest.param("K-12", (), (given(),), id="no participants named"),
    ],
)
def test_a_session_without_it_is_refused(
    client: str | None, participants: tuple[str, ...], consents: tuple[Consent, ...]
) -> None:
    with pytest.raises(ConsentMissing) as refusal:
        consent.ask("session", client, participants, consents, NOW)
    assert refusal.value.exit_code == 3


WIDE, NARROW = ("record", "transcribe"), ("record",)


@pytest.mark.parametrize(
    ("consents", "stands"),
    [
        pytest.param((given(given_at=NOW - 9 * DAY), given(revoked_at=NOW)), False, id="taken back since"),
        pytest.param((given(given_at=NOW - 9 * DAY), given(revoked_at=NOW + DAY)), False, id="by a clock ahead"),
        pytest.param((given(given_at=NOW), given(revoked_at=NOW)), True, id="given anew as the other ended"),
        pytest.param((given(given_at=NOW - 9 * DAY), given(participant="partner", revoked_at=NOW)), True, id="another"),
        pytest.param((given(given_at=NOW - 9 * DAY), given(client="K-1", revoked_at=NOW)), True, id="another client's"),
        pytest.param((given(scope=NARROW), given(given_at=NOW - 9 * DAY)), False, id="agreed to less later"),
        pytest.param((given(), given(scope=NARROW, given_at=NOW - 9 * DAY)), True, id="agreed to more later"),
        pytest.param((given(), given(scope=NARROW, given_at=NOW + DAY)), True, id="less from tomorrow on"),
    ],
)
def test_what_was_given_last_counts_and_nothing_from_before_a_revocation(
    consents: tuple[Consent, ...], stands: bool
) -> None:
    for order in (consents, consents[::-1]):
        assert bool(consent.standing("K-12", order, NOW)) is stands


def test_a_clock_behind_is_told_from_no_consent() -> None:
    with pytest.raises(ConsentMissing, match="clock"):
        consent.ask("session", "K-12", ("client",), (given(given_at=NOW + DAY),), NOW)
    with pytest.raises(ConsentMissing, match="no consent on file"):
        consent.ask("session", "K-12", ("client", "partner"), (given(given_at=NOW + DAY),), NOW)


@pytest.mark.parametrize(
    ("consents", "kept"),
    [
        pytest.param((given(scope=("record", "transcribe", "keep quotes")),), True, id="agreed"),
        pytest.param((given(),), False, id="not agreed"),
        pytest.param((), False, id="nothing on file"),
        pytest.param((given(scope=("keep quotes",)), given(participant="partner")), False, id="one of two"),
        pytest.param((given(scope=("keep quotes",), revoked_at=NOW + timedelta(hours=1)),), False, id="taken back"),
        pytest.param(
            (given(scope=("keep quotes",)), given(participant="partner", revoked_at=NOW - timedelta(hours=1))),
            True,
            id="one had left before",
        ),
        pytest.param(
            (given(scope=("keep quotes",)), given(given_at=NOW - timedelta(hours=1))), False, id="agreed to less later"
        ),
        pytest.param(
            (given(scope=("keep quotes",), given_at=NOW - 9 * DAY), given(revoked_at=NOW + DAY)),
            False,
            id="an older form, taken back since",
        ),
    ],
)
def test_words_of_a_session_stay_only_where_everybody_agreed(consents: tuple[Consent, ...], kept: bool) -> None:
    assert consent.keeps_quotes("session", consents, NOW) is kept
    assert consent.keeps_quotes("dictation", consents, NOW)


def test_nobody_else_can_make_a_permit() -> None:
    with pytest.raises(ConsentMissing):
        consent.Permit("session", object())
    makers = {
        path.name
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and "Permit" in ast.unparse(node.func)
    }
    assert makers == {"consent.py"}


@pytest.mark.parametrize("opener", [audio.load, channels.levels, files.read_text])
def test_every_way_to_open_material_demands_a_permit(opener: object) -> None:
    parameters = inspect.signature(opener).parameters  # type: ignore[arg-type]
    assert parameters["permit"].default is inspect.Parameter.empty


def test_only_the_three_openers_read_sources() -> None:
    """PyAV opens containers in two functions; outside them and the text reader nobody opens a user's file."""
    openers = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "av.open"
    }
    assert openers == {"audio/channels.py", "audio/container.py"}


@pytest.mark.parametrize("permit", [None, "session", object()])
def test_what_is_no_permit_opens_nothing(permit: object, tmp_path: Path) -> None:
    source = tmp_path / "session.wav"
    source.write_bytes(b"RIFF")
    with pytest.raises(TypeError):
        audio.load(source, permit, 3600.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        channels.levels(source, permit)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        files.read_text(source, permit)  # type: ignore[arg-type]
