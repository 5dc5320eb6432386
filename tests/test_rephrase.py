"""A language model on this computer may reword a statement; whatever it does, the facts and the draft stay."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from pipeline import workflow
from pipeline.config import RephraseSettings, Settings, load_settings
from pipeline.draft.endpoint import MOST_BYTES, Endpoint
from pipeline.draft.faithful import faithful
from pipeline.draft.rephrase import MOST_FAILURES, Rephraser
from pipeline.errors import SettingsInvalid
from pipeline.store import Store
from pipeline.types import Category, SourceClass, Speaker, Statement, Transcript, Turn, Typed

from .rings import own_keyring  # noqa: F401

SAID = "I slept four hours most nights and I did not eat breakfast"
TOLD = "Client reported that she slept four hours most nights and did not eat breakfast."
BETTER = "Client reported sleeping four hours most nights and not eating breakfast."
Behaviour = Callable[["Asked"], None]


class Asked(BaseHTTPRequestHandler):
    """One request to the test's own server, which answers as the test says."""

    behaviour: ClassVar[Behaviour]
    seen: ClassVar[list[dict[str, Any]]]

    def do_POST(self) -> None:  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({"path": self.path, **body})
        self.behaviour()

    def answer(self, content: str, status: int = 200) -> None:
        self.raw(json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode(), status)

    def raw(self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def sentence(self) -> str:
        return str(self.seen[-1]["messages"][-1]["content"])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server on this computer that misbehaves without a word."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """A client that hung up is no error here."""


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Run a server of the test's own; yield its address and what it was asked."""
    seen: list[dict[str, Any]] = []
    handler = type("Handler", (Asked,), {"behaviour": behaviour, "seen": seen})
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


def saying(text: str) -> Behaviour:
    return lambda asked: asked.answer(json.dumps({"text": text}))


def set_up(url: str | None, seconds: float = 10.0, **more: Any) -> RephraseSettings:
    return RephraseSettings.model_validate(
        {"url": url, "model": "small", "seconds": seconds, "allow_host": None, **more}
    )


def statement(
    text: str = TOLD,
    said: str = SAID,
    category: Category = "behaviour",
    source: SourceClass = "client said",
    **more: Any,
) -> Statement:
    speaker: Speaker = "client" if source == "client said" else "clinician"
    kind = "dictation" if source == "clinician dictated" else "session"
    turn = Turn(id="t1", speaker=speaker, start=0.0, end=4.0, text=said)
    transcript = Transcript.model_validate({"recording": "a" * 64, "kind": kind, "engine": "test@1", "turns": (turn,)})
    evidence = (transcript.evidence("t1", 0, len(said)),)
    return Statement.model_validate(
        {"text": text, "source": source, "category": category, "evidence": evidence, **more}
    )


def reworded(behaviour: Behaviour, given: Statement | None = None, seconds: float = 10.0) -> tuple[str, Rephraser]:
    with serving(behaviour) as (url, _):
        rephraser = Rephraser(set_up(url, seconds))
        return rephraser(given or statement()).text, rephraser


def test_an_honest_rewording_stands_and_is_named_in_the_versions() -> None:
    text, rephraser = reworded(saying(BETTER))
    assert text == BETTER
    assert rephraser.versions == ("rephrase@1", "model:small")
    assert rephraser.warnings == ()


def test_it_is_asked_as_openai_compatible_servers_are() -> None:
    for end in ("", "/", "/v1", "/v1/"):
        with serving(saying(BETTER)) as (url, seen):
            assert Rephraser(set_up(url + end))(statement()).text == BETTER
        assert [(one["path"], one["model"], one["stream"]) for one in seen] == [
            ("/v1/chat/completions", "small", False)
        ]
        assert [message["role"] for message in seen[0]["messages"]] == ["system", "user"]
        assert seen[0]["messages"][1]["content"] == TOLD


WRONG = {
    "symptom": "Client reported that she slept four hours most nights, felt sad and did not eat breakfast.",
    "drops a not": "Client reported that she slept four hours most nights and ate breakfast.",
    "moves a not": "Client reported that she did not sleep four hours most nights and ate breakfast.",
    "number": "Client reported that she slept five hours most nights and did not eat breakfast.",
    "loses a number": "Client reported that she slept hours most nights and did not eat breakfast.",
    "loses a limit": "Client reported that she slept four hours on nights and did not eat breakfast.",
    "name": "Client Jane reported that she slept four hours most nights and did not eat breakfast.",
    "another person": "Client reported that he slept four hours most nights and did not eat breakfast.",
    "who knows it": "She slept four hours most nights and did not eat breakfast.",
    "loses half": "Client reported that she slept four hours most nights.",
    "another language": "La cliente a dormi quatre heures et n'a pas mangé.",
    "a second sentence": f"{TOLD} She slept.",
    "two lines": TOLD.replace(" and", "\nand"),
    "a quote": 'Client reported: "I slept four hours most nights and I did not eat breakfast".',
    "no end": TOLD.rstrip("."),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_rewording_that_says_something_else_does_not_stand(name: str) -> None:
    text, rephraser = reworded(saying(WRONG[name]))
    assert text == TOLD
    assert rephraser.versions == rephraser.warnings == ()


QUIETLY = ('Client said she felt "quietly heartsick" at work.', "I felt quietly heartsick at work")
TURNED = {
    "who did it": (
        "Client reported that her mother shouted at her brother.",
        "my mother shouted at my brother",
        "brother",
        "mother",
    ),
    "how sure it is": (
        "Client reported that she may start at the library.",
        "I may start at the library",
        "may",
        "will",
    ),
    "which number": (
        "Client reported that she rated worry 8 at first, now 4.",
        "I rated worry 8 at first, now 4",
        "8",
        "4",
    ),
    "what is denied": (
        "Client reported that she did not argue and went home.",
        "I did not argue and went home",
        "not argue",
        "argue not",
    ),
    "a quote's marks": (*QUIETLY, '"', ""),
    "a quote's words": (*QUIETLY, "quietly ", ""),
}


@pytest.mark.parametrize("name", TURNED)
def test_facts_do_not_change_places_and_quotes_stay(name: str) -> None:
    text, said, one, other = TURNED[name]
    given = statement(text, said)
    assert faithful(given, text)
    swapped = text.replace(one, "\0").replace(other or "\1", one).replace("\0", other)
    assert swapped != text
    assert reworded(saying(swapped), given)[0] == text


SLIGHT = [
    ("that her husband's brother shouted.", "my husband's brother shouted", "husband's brother", "husband, brother"),
    ("missing two doses of her insulin.", "I'm missing two doses of my insulin", "two doses", "the second dose"),
    ("that she went on the second night.", "I went on the second night", "the second night", "two nights"),
    ("that she walked 5 miles.", "I walked 5 miles", "5", "-5"),
    ("that she slept four hours.", "I slept four hours", "four", ">4"),
    ("that she had 15 points.", "I had 15 points", "15", "1,5"),
    ("feeling empty.", "I feel empty", "empty", "↑empty"),
    ("feeling empty.", "I feel empty", "feeling empty", "‘feeling empty’"),
    ("feeling empty.", "I feel empty", "empty.", "empty\u202e."),
    ("feeling empty.", "I feel empty", "empty.", "empty?"),
    ("that she cut down two cigarettes a day.", "I cut down two cigarettes a day", "down two", "down to two"),
    ("that she heard her brother cry.", "I heard my brother cry", "heard her", "heard of her"),
    ("that she rose at 3.", "I rose at 3", "at 3", "at 3 am"),
    ("that she is drinking wine at night.", "I'm drinking wine at night", "is drinking", "had been drinking"),
]


@pytest.mark.parametrize(("told", "said", "one", "other"), SLIGHT)
def test_what_turns_a_statement_slightly_does_not_stand(told: str, said: str, one: str, other: str) -> None:
    text = f"Client reported {told}"
    given = statement(text, said)
    assert faithful(given, text)
    assert not faithful(given, text.replace(one, other))


def test_the_same_words_are_faithful_to_themselves() -> None:
    assert faithful(statement(), TOLD)
    assert not faithful(statement(), "")


def drip(asked: Asked) -> None:
    """Send a byte now and then, for ever."""
    asked.send_response(200)
    asked.end_headers()
    while True:
        asked.wfile.write(b" ")
        asked.wfile.flush()
        time.sleep(0.02)


def hang(_: Asked) -> None:
    time.sleep(30)


def half(asked: Asked) -> None:
    """Go away in the middle of the answer."""
    asked.send_response(200)
    asked.send_header("Content-Length", "1000")
    asked.end_headers()
    asked.wfile.write(b'{"choices": [{"mess')
    asked.wfile.flush()
    asked.connection.shutdown(socket.SHUT_RDWR)


def no_http(asked: Asked) -> None:
    asked.wfile.write(b"hello there\r\n\r\n")


WHOLE = json.dumps({"text": BETTER})
MISBEHAVING: dict[str, Behaviour] = {
    "prose around": lambda asked: asked.answer(f"Sure! Here it is: {WHOLE} I hope that helps."),
    "no JSON": lambda asked: asked.answer(BETTER),
    "JSON broken": lambda asked: asked.answer('{"text": "Client reported'),
    "another shape": lambda asked: asked.answer('["Client reported"]'),
    "empty words": lambda asked: asked.answer('{"text": "  "}'),
    "empty content": lambda asked: asked.answer(""),
    "no choices": lambda asked: asked.raw(b'{"choices": []}'),
    "empty body": lambda asked: asked.raw(b""),
    "not UTF-8": lambda asked: asked.raw(b"\xff\xfe\xfd"),
    "nested": lambda asked: asked.raw(b"[" * 60_000),
    "500": lambda asked: asked.answer(WHOLE, 500),
    "404": lambda asked: asked.answer(WHOLE, 404),
    "huge": lambda asked: asked.raw(b'{"choices": "' + b"x" * (50 * MOST_BYTES) + b'"}'),
    "packed": lambda asked: asked.raw(b"\x1f\x8b" + b"x" * 100, headers={"Content-Encoding": "gzip"}),
    "gone in the middle": half,
    "closes at once": lambda asked: asked.connection.shutdown(socket.SHUT_RDWR),
    "no HTTP": no_http,
}


@pytest.mark.parametrize("name", MISBEHAVING)
def test_a_failure_leaves_the_statement_and_is_told_once(name: str) -> None:
    text, rephraser = reworded(MISBEHAVING[name])
    assert text == TOLD
    (warning,) = rephraser.warnings
    assert "language model" in warning
    assert not {"slept", "breakfast", "hours"} & set(warning.split())
    assert rephraser.versions == ()


@pytest.mark.parametrize("behaviour", [hang, drip])
def test_a_server_that_hangs_is_left_when_the_time_is_over(behaviour: Behaviour) -> None:
    text, rephraser = reworded(behaviour, seconds=0.3)
    assert text == TOLD
    assert len(rephraser.warnings) == 1


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rephraser = Rephraser(set_up(f"http://localhost:{port}"))
    assert rephraser(statement()).text == TOLD
    assert len(rephraser.warnings) == 1


def test_a_redirect_is_not_followed() -> None:
    with serving(saying(BETTER)) as (elsewhere, seen_elsewhere):
        behaviour: Behaviour = lambda asked: asked.raw(b"", 307, {"Location": elsewhere})  # noqa: E731
        text, rephraser = reworded(behaviour)
    assert (text, seen_elsewhere) == (TOLD, [])
    assert len(rephraser.warnings) == 1


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(saying("Client was elsewhere.")) as (proxy, seen):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        assert reworded(saying(BETTER))[0] == BETTER
    assert seen == []


def test_after_three_failures_it_is_asked_no_more() -> None:
    with serving(MISBEHAVING["500"]) as (url, seen):
        rephraser = Rephraser(set_up(url))
        assert {rephraser(statement()).text for _ in range(5)} == {TOLD}
    assert len(seen) == MOST_FAILURES
    assert "5 statements stand" in rephraser.warnings[0]


def test_what_was_reworded_before_the_server_went_stands() -> None:
    answers = iter([BETTER])

    def once(asked: Asked) -> None:
        text = next(answers, None)
        asked.answer(json.dumps({"text": text})) if text else half(asked)

    with serving(once) as (url, _):
        rephraser = Rephraser(set_up(url))
        assert [rephraser(statement()).text for _ in range(2)] == [BETTER, TOLD]
    assert "1 statement stands" in rephraser.warnings[0]


def test_progress_is_told_statement_by_statement() -> None:
    steps: list[tuple[float, float]] = []
    moments = iter(range(100))
    with serving(saying(BETTER)) as (url, _):
        rephraser = Rephraser(
            set_up(url), lambda done, total: steps.append((done, total)), lambda: float(next(moments))
        )
        for _ in range(2):
            rephraser(statement())
    assert steps == [(1.0, 10.0), (3.0, 10.0)]


NOT_SENT = {
    "risk": statement(category="risk"),
    "medication": statement(category="medication"),
    "a quote alone": statement(f'Client said: "{SAID}"'),
    "an offer": statement(offer=TOLD),
    "typed": Statement(
        text=TOLD, source="typed", category="behaviour", evidence=(Typed(by="A", at=workflow.now(), quote=TOLD),)
    ),
}


@pytest.mark.parametrize("name", NOT_SENT)
def test_what_is_never_sent(name: str) -> None:
    with serving(saying(BETTER)) as (url, seen):
        assert Rephraser(set_up(url))(NOT_SENT[name]) == NOT_SENT[name]
    assert seen == []


@pytest.fixture
def no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened, or a name resolved")

    for name in ("socket", "getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refused)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/v1",
        "https://api.example.com",
        "http://192.168.1.7:11434",
        "http://0.0.0.0:11434",
        "http://[::]:11434",
        "http://[::ffff:127.0.0.1]:11434",
        "http://2130706433:11434",
        "http://127.1:11434",
        "http://0177.0.0.1",
        "http://localhost.example.com",
        "http://localhost.:11434",
        "http://127.0.0.1@example.com/",
        "http://127.0.0.1:11434@example.com/",
        "http://example.com#127.0.0.1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:11434/?to=example.com",
        "http://127.0.0.1:11434/\\example.com",
        "http://[fe80::1%25eth0]",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "127.0.0.1:11434",
        "http://",
        "nonsense",
        "http://[::1",
    ],
)
@pytest.mark.usefixtures("no_socket")
def test_another_computer_is_refused_before_any_socket_is_opened(url: str) -> None:
    with pytest.raises(SettingsInvalid, match=r"draft\.rephrase\.url"):
        Rephraser(set_up(url))


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://127.0.0.1:11434", ("http://127.0.0.1:11434/v1/chat/completions",)),
        ("http://127.8.9.1/v1/", ("http://127.8.9.1/v1/chat/completions",)),
        ("http://[::1]:8080", ("http://[::1]:8080/v1/chat/completions",)),
        (
            "HTTP://LocalHost:8080/llm",
            ("http://127.0.0.1:8080/llm/v1/chat/completions", "http://[::1]:8080/llm/v1/chat/completions"),
        ),
    ],
)
@pytest.mark.usefixtures("no_socket")
def test_this_computer_is_asked_by_address_not_by_name(url: str, asked: tuple[str, ...]) -> None:
    assert Endpoint.at(url, None).urls == asked


@pytest.mark.usefixtures("no_socket")
def test_another_computer_that_the_user_named_is_allowed_and_no_other() -> None:
    named = Endpoint.at("https://Notes.clinic.lan:8443/v1", "notes.clinic.lan")
    assert named.urls == ("https://notes.clinic.lan:8443/v1/chat/completions",)
    assert Endpoint.at("http://[fd00::7]:8080", "fd00::7").urls == ("http://[fd00::7]:8080/v1/chat/completions",)
    for url in ("https://clinic.lan", "https://x.notes.clinic.lan", "https://notes.clinic.lan.example.com"):
        with pytest.raises(SettingsInvalid, match="allow_host"):
            Endpoint.at(url, "notes.clinic.lan")


def test_an_address_without_a_model_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match=r"draft\.rephrase\.model"):
        Rephraser(set_up("http://127.0.0.1:1", model=None))


def test_nothing_that_was_said_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for behaviour in (saying(BETTER), MISBEHAVING["500"], MISBEHAVING["prose around"], half):
        reworded(behaviour)
    assert caplog.records
    assert not [record for record in caplog.records if "breakfast" in record.getMessage()]


# The whole road: a dictation, the real store, a draft


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    return load_settings()


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with Store.open(settings.home, None, actor="ruiz") as opened:
        yield opened


def with_model(settings: Settings, url: str, seconds: float = 10.0) -> Settings:
    changed = settings.draft.model_copy(update={"rephrase": set_up(url, seconds)})
    return settings.model_copy(update={"draft": changed})


def dictation(tmp_path: Path) -> workflow.Order:
    source = tmp_path / "tuesday.txt"
    source.write_text(
        "Mood: she describes herself as anxious about the marmalade business.\n"
        "Sleep is still broken, she wakes at four most nights.\n"
        "Risk: denies suicidal ideation, homicidal ideation and self-harm.\n"
        "Sertraline fifty milligrams, no side effects.\n"
        "Homework: worry time, fifteen minutes on weekdays.\n"
    )
    return workflow.Order(source=source, client="K-12")


def test_a_draft_of_which_the_model_says_the_same_and_of_which_it_fails(
    tmp_path: Path, settings: Settings, store: Store
) -> None:
    plain = workflow.draft_source(dictation(tmp_path), store, settings, lambda *_: None)
    store.delete_draft(plain.digest, "test")

    def comma(asked: Asked) -> None:
        asked.answer(json.dumps({"text": asked.sentence().replace(" about the", ", about the")}))

    with serving(comma) as (url, seen):
        made = workflow.draft_source(dictation(tmp_path), store, with_model(settings, url), lambda *_: None)
    sent = [one["messages"][-1]["content"] for one in seen]
    assert sent
    assert not [text for text in sent if "suicid" in text or "ertraline" in text]
    changed = [text.replace(", about the", " about the") for text in (s.text for s in made.statements())]
    assert changed == [s.text for s in plain.statements()]
    assert [s.text for s in made.statements()] != changed
    assert {"rephrase@1", "model:small"} <= set(made.versions)
    assert store.draft(made.digest) == made
    store.delete_draft(made.digest, "test")

    with serving(MISBEHAVING["500"]) as (url, _):
        failed = workflow.draft_source(dictation(tmp_path), store, with_model(settings, url), lambda *_: None)
    assert [s.text for s in failed.statements()] == [s.text for s in plain.statements()]
    assert len([line for line in failed.warnings if "language model" in line]) == 1
    assert "rephrase@1" not in failed.versions


def test_a_model_elsewhere_stops_the_draft_before_anything_is_read(
    tmp_path: Path, settings: Settings, store: Store
) -> None:
    with pytest.raises(SettingsInvalid, match=r"draft\.rephrase\.url"):
        workflow.draft_source(dictation(tmp_path), store, with_model(settings, "http://example.com"), lambda *_: None)
    assert store.drafts() == ()


@pytest.mark.usefixtures("no_socket")
def test_off_means_that_no_socket_is_opened(tmp_path: Path, settings: Settings, store: Store) -> None:
    assert settings.draft.rephrase.url is None
    assert list(workflow.draft_source(dictation(tmp_path), store, settings, lambda *_: None).statements())
