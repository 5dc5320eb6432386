"""Take any one gate away, and a session is opened that should not be: each gate of the source is held by a case here.

The gates are found in the source, so that a new one without a case, or a new way to a session without a gate, is red.
A gate is taken away in memory: the function that holds it gets the code that it would have without.
"""

import ast
import importlib
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import pytest

import pipeline
from pipeline import consent, law, resources, workflow
from pipeline.audio import channels
from pipeline.audio import decode as audio
from pipeline.audio.capture import Recorder, Wish
from pipeline.audio.spool import Spool
from pipeline.batch import desk as batch
from pipeline.batch.items import Item
from pipeline.config import Settings, load_settings
from pipeline.errors import ConsentMissing, ConsentRevoked
from pipeline.speech.transcripts import files
from pipeline.store import Store
from pipeline.types import Consent
from pipeline.web import incoming
from pipeline.workflow import capturing, drafting, hearing, standing
from pipeline.workflow import order as asking

from .test_law import TALK

ROOT = Path(pipeline.__file__).parent
SAMPLE = resources.configs() / "sample" / "dictation.wav"
ASKS = {"permit_for", "_permit", "consent.ask", "workflow.permit_for"}  # what gives a permit
# What raises where there is none, or none any more.
DEMANDS = {*ASKS, "_demand", "self._demand", "_stand", "demand_standing", "workflow.demand_standing"}
# What opens the sound or the words of a session, at the bottom.
OPENS = (
    "av.open",
    ".RawInputStream",
    ".unseal",
    "plaintext.read_bytes",
    "load_taken",
    "taken_levels",
    "opened_sound",
    "tracks.decode",
)
# Public functions above those that take no permit, and why they may.
WITHOUT = {
    "audio/parcel.py:open": "opens what another process sent; `pack`, which seals it, takes the permit",
    "audio/container.py:opened_sound": "hands bytes that `decode` and `channels` opened with a permit to FFmpeg",
    "audio/tracks.py:decode": "decodes bytes that `decode` opened with a permit",
    "audio/decode.py:load_taken": "makes samples of bytes that were opened with a permit",
    "audio/channels.py:taken_levels": "measures bytes that were opened with a permit",
    "workflow/parcels.py:hear_packed": "hears what `pack` sealed, which takes the permit",
    "speech/transcripts/files.py:kind_of": "only says what a file is, so that consent is asked for",
    "web/rooms.py:porter": "opens the record for its chain alone, without the key to what was said",
    "audio/capture/microphone.py:__init__": "the microphone; its sound goes into a Spool, which takes the permit",
    "audio/capture/microphone.py:reopen": "the same microphone once it is back",
}


# The gates, as they stand in the source


@dataclass(frozen=True)
class Gate:
    """One gate: the file, the function that holds it and the line where it stands."""

    path: Path
    function: str
    node: int  # the place of its node among those of the file
    text: str

    @property
    def id(self) -> str:
        return f"{self.path.relative_to(ROOT).as_posix()}:{self.function}: {self.text}"


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        if "_data" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.AST | None) -> str:
    """Return what a call is of."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def raises(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and any(isinstance(one, ast.Raise) for one in node.body)


def is_gate(path: Path, node: ast.AST) -> bool:
    if raises(node):
        test = ast.unparse(node.test)  # type: ignore[attr-defined]
        return path.name == "consent.py" or "Permit)" in test or "permit.kind" in test
    if isinstance(node, ast.Expr):
        return called(node.value) in DEMANDS
    if isinstance(node, ast.Assign | ast.Return) and isinstance(node.value, ast.Call | ast.Tuple):
        values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        asked = {*ASKS, "watched", *(["law.of_client"] if path.name == "order.py" else [])}
        return any(called(value) in asked for value in values)
    return False


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield the functions of a module and the methods of its classes, with their names."""
    for node in tree.body:
        for one, prefix in [(node, "")] if not isinstance(node, ast.ClassDef) else [(m, node.name) for m in node.body]:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{prefix}.{one.name}".lstrip("."), one


def gates() -> Iterator[Gate]:
    for path, tree in sources():
        places = {id(node): place for place, node in enumerate(ast.walk(tree))}
        for name, function in functions(tree):
            for node in ast.walk(function):
                if is_gate(path, node):
                    text = ast.unparse(node).splitlines()[0]
                    yield Gate(path, name, places[id(node)], text)


GATES = list(gates())


# Taking one away


class Away(ast.NodeTransformer):
    """Puts into a gate's place what would stand there without it."""

    def __init__(self, gate: ast.AST) -> None:
        self.gate = gate

    def visit(self, node: ast.AST) -> Any:
        if node is not self.gate:
            return self.generic_visit(node)
        if isinstance(node, ast.If | ast.Expr):
            return ast.copy_location(ast.Pass(), node)
        return Forged().visit(node)


class Forged(ast.NodeTransformer):
    """Puts a permit that nobody gave into the place of one that is asked for."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if called(node) == "watched":
            return node.args[0]
        if called(node) == "law.of_client":
            return ast.parse("law.Law()", mode="eval").body
        if called(node) in ASKS:
            node.func = ast.parse("__import__('tests.test_consent_gate', fromlist=['x']).forged", mode="eval").body
        return node


def forged(*args: Any, **_: Any) -> consent.Permit:
    kind = next(
        arg if isinstance(arg, str) else arg.decided_kind for arg in args if not isinstance(arg, SimpleNamespace)
    )
    return consent.Permit("session" if kind == "session" else "dictation", consent._issued)


def code_of(code: CodeType, name: str) -> CodeType:
    for part in name.split("."):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == part)
    return code


@contextmanager
def away(gate: Gate) -> Iterator[None]:
    """Run a block as if a gate were not there."""
    tree = ast.parse(gate.path.read_text(encoding="utf-8"))
    node = list(ast.walk(tree))[gate.node]
    tree = ast.fix_missing_locations(Away(node).visit(tree))
    name = ".".join(gate.path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    held: Any = importlib.import_module(name)
    for part in gate.function.split("."):
        held = vars(held)[part]
    function: types.FunctionType = getattr(held, "__func__", held)
    before = function.__code__
    function.__code__ = code_of(compile(tree, str(gate.path), "exec"), gate.function)
    try:
        yield
    finally:
        function.__code__ = before


# The cases: what is refused, and what of it would be seen


@dataclass
class Room:
    """A record in which client K-12 has consented (wholly, by the law of Illinois), and K-13 has not."""

    store: Store
    settings: Settings
    patch: pytest.MonkeyPatch
    talk: Path
    count: int = 0

    def order(self, client: str = "K-13") -> workflow.Order:
        """Return an order for a session of words that no other case has drafted."""
        self.count += 1
        talk = TALK.replace("four most nights", f"four most nights, {self.count} of them")
        return workflow.Order(source=files.Pasted(talk.encode(), ".vtt"), kind="session", client=client)

    def agree(self, client: str) -> None:
        self.store.renew_consent(given(client, given_at=datetime.now(UTC)))

    def revoke(self, client: str) -> None:
        self.store.revoke_consent(client, "client", datetime.now(UTC))

    def here(self) -> Any:
        return SimpleNamespace(store=self.store, settings=self.settings)

    def actions(self) -> list[str]:
        return [event.action for event in self.store.events()]


def given(client: str = "K-12", **changes: Any) -> Consent:
    base = Consent(
        client=client,
        participant="client",
        scope=("record", "transcribe"),
        method="written",
        wording="form@1",
        given_at=datetime.now(UTC) - timedelta(days=1),
        told=("ai", "purpose", "apart"),
    )
    return base.replace(**changes)


def ask(client: str | None, who: tuple[str, ...], *consents: Consent) -> consent.Permit:
    return consent.ask("session", client, who, consents, datetime.now(UTC), law.load(["illinois"]))


PERMIT = ask("K-12", ("client",), given())
DICTATION = consent.ask("dictation", None, (), (), datetime.now(UTC))


def content(room: Room) -> Any:
    with sealed(room) as spool:
        return spool.read(PERMIT)


def read(room: Room, permit: Any) -> object:
    with sealed(room) as spool:
        return spool.read(permit)


def begun(room: Room, permit: Any) -> None:
    Spool.begin(room.store, permit, medium="pcm").close()


def looks_while_recording(room: Room) -> None:
    """The recorder asks whether consent stands once two seconds are over."""
    demand = lambda: ask("K-12", ("client",))  # noqa: E731
    microphone: Any = SimpleNamespace(rate=16_000, channels=1)
    wish = Wish(hands_free=False, before=1.0, silence=9.0, lost=9.0, longest=99.0)
    recorder: Any = Recorder(microphone, SimpleNamespace, wish, SimpleNamespace(), demand)  # type: ignore[arg-type]
    recorder._checked -= 10.0
    with pytest.raises(ConsentMissing):
        recorder._check()


def sealed(room: Room) -> Spool:
    with Spool.begin(room.store, PERMIT, medium="pcm", client="K-12", participants=("client",), channels=2) as spool:
        spool.append(b"\x01\x02" * 1600)
        spool.finish()
    return Spool.open(room.store, spool.spooled.id)


def desk(room: Room) -> Any:
    return batch._Desk(room.store, room.settings, SimpleNamespace())  # type: ignore[arg-type]


def job(order: workflow.Order) -> Any:
    return batch._Job(1, Item("a session", order), order)


def heard_and_revoked(room: Room) -> tuple[workflow.Order, Any, Any]:
    """Return a session that was heard under consent, which was then taken back."""
    room.agree("K-12")
    order = room.order("K-12")
    heard = workflow.transcribe(order, room.store, room.settings, quiet)
    room.revoke("K-12")
    return order, *heard


def quiet(done: float, total: float) -> None:
    """Show nothing."""


def keeps_nothing_heard(room: Room) -> None:
    order, recording, transcript = heard_and_revoked(room)
    with pytest.raises(ConsentRevoked):
        workflow.keep_heard(order, recording, transcript, room.store, room.settings)


def does_not_begin_to_draft(room: Room) -> None:
    order, recording, transcript = heard_and_revoked(room)
    room.store.keep_transcript(recording, transcript, None)
    before = len(room.actions())
    with pytest.raises(ConsentRevoked):
        workflow.draft_found(
            order, recording, transcript, workflow.find(recording, transcript), room.store, room.settings
        )
    assert "keep findings" not in room.actions()[before:]


def keeps_no_draft(room: Room) -> None:
    room.agree("K-12")
    order = room.order("K-12")
    compose = drafting._compose

    def composed(*args: Any) -> Any:
        room.revoke("K-12")
        return compose(*args)

    with room.patch.context() as patch:
        patch.setattr(drafting, "_compose", composed)
        with pytest.raises(ConsentRevoked):
            workflow.draft_source(order, room.store, room.settings, quiet)
    assert not [draft for draft in room.store.drafts() if draft.client == "K-12"]


def stops_listening(room: Room) -> None:
    room.agree("K-12")
    spool = sealed(room)

    def listens(loaded: Any, present: Any, engine: Any, least: float, progress: Callable[[float, float], None]) -> None:
        room.revoke("K-12")
        progress(1.0, 2.0)

    with room.patch.context() as patch, spool:
        patch.setattr(hearing, "load_engine", lambda *_: None)
        patch.setattr(hearing, "listen", listens)
        patch.setattr(standing, "EVERY", 0.0)
        order = workflow.Order(source=spool, client="K-12")
        with pytest.raises(ConsentRevoked, match="not worked on any further") as stopped:
            workflow.transcribe(order, room.store, room.settings, quiet)
    assert "audio of recording" in stopped.value.safe
    assert spool.spooled.id not in [one.id for one in room.store.spools()]


def stops_the_page_recording(room: Room) -> None:
    room.agree("K-12")
    spool = Spool.begin(room.store, PERMIT, medium="pcm", client="K-12", participants=("client",))
    state = SimpleNamespace(site=room.here(), microphones=incoming.Microphones({spool.spooled.id: spool}))
    room.revoke("K-12")
    with pytest.raises(ConsentMissing), spool:
        incoming._append(SimpleNamespace(app=SimpleNamespace(state=state)), spool, b"\0\0")  # type: ignore[arg-type]
    assert not state.microphones.open


def stops_what_the_page_has_paused(room: Room) -> None:
    """No sound comes in; the queue is looked at."""
    room.agree("K-12")
    spool = Spool.begin(room.store, PERMIT, medium="pcm", client="K-12", participants=("client",))
    state = SimpleNamespace(site=room.here(), microphones=incoming.Microphones({spool.spooled.id: spool}))
    room.revoke("K-12")
    with spool:
        incoming.end_revoked(SimpleNamespace(app=SimpleNamespace(state=state)))  # type: ignore[arg-type]
    assert not state.microphones.open
    assert spool.spooled.id not in [one.id for one in room.store.spools()]


def stops_the_batch(room: Room) -> None:
    order, recording, transcript = heard_and_revoked(room)
    asked = job(order)
    heard = workflow.Heard(recording=recording, transcript=None)
    answer = SimpleNamespace(result=lambda: asked.key.seal(heard.model_dump_json().encode()))
    with room.patch.context() as patch, pytest.raises(ConsentRevoked):
        patch.setattr(batch, "opened", lambda *_: heard)
        desk(room)._keep(answer, asked)


def demand(call: Callable[[Room], object], error: type[Exception] = ConsentMissing) -> Callable[[Room], None]:
    """Return the case that this call is refused."""

    def case(room: Room) -> None:
        with pytest.raises(error) as refused:
            call(room)
        assert refused.type is error

    return case


NOW = datetime.now(UTC)
CASES: dict[str, Callable[[Room], None]] = {
    # consent.ask itself
    "nobody else makes a permit": demand(lambda room: consent.Permit("session", object())),
    "no client": demand(lambda room: ask(None, ("client",), given())),
    "no participants": demand(lambda room: ask("K-12", (), given())),
    "nothing on file": demand(lambda room: ask("K-12", ("client",))),
    "one of two": demand(lambda room: ask("K-12", ("client", "partner"), given())),
    "revoked": demand(lambda room: ask("K-12", ("client",), given(revoked_at=NOW))),
    "not as the law asks": demand(lambda room: ask("K-12", ("client",), given(method="spoken"))),
    # what opens sound and words, without a permit
    "a file of sound": demand(lambda room: audio.load(SAMPLE, None, 3600.0), TypeError),  # type: ignore[arg-type]
    "a file to be sealed": demand(lambda room: audio.take(SAMPLE, None), TypeError),  # type: ignore[arg-type]
    "a file's channels": demand(lambda room: channels.levels(SAMPLE, None), TypeError),  # type: ignore[arg-type]
    "sealed sound": demand(lambda room: audio.load_sealed(content(room), None, 9.0), TypeError),  # type: ignore[arg-type]
    "sealed channels": demand(lambda room: channels.sealed_levels(content(room), None), TypeError),  # type: ignore[arg-type]
    "a transcript": demand(lambda room: files.read_text(room.talk, None), TypeError),  # type: ignore[arg-type]
    "a new recording": demand(lambda room: begun(room, None), TypeError),
    "a sealed recording": demand(lambda room: read(room, None), TypeError),
    "a session as dictation": demand(lambda room: read(room, DICTATION), TypeError),
    # each way to them, for a client who has not consented
    "transcribe": demand(lambda room: workflow.transcribe(room.order(), room.store, room.settings, quiet)),
    "draft": demand(lambda room: workflow.draft_source(room.order(), room.store, room.settings, quiet)),
    "a permit": demand(lambda room: workflow.permit_for(room.order(), room.store, room.settings)),
    "a permit by the law": lambda room: by_the_law(room),
    "record": demand(lambda room: workflow.capture(room.order(), room.store, room.settings, SimpleNamespace(), 1)),
    "between two looks": looks_while_recording,
    "while recording": demand(lambda room: capturing._stand(room.order(), room.store, room.settings)),
    "the page's recorder": demand(
        lambda room: incoming._begin(room.here(), "session", "K-13", "client", "pcm").close()
    ),
    "the page's permit": demand(lambda room: incoming._permit(room.here(), "session", "K-13", ("client",))),
    "the batch": demand(lambda room: desk(room)._begin(job(room.order()))),
    "a batch foretold": lambda room: foretold(room),
    # revoked on the way
    "is heard": stops_listening,
    "was heard": keeps_nothing_heard,
    "is about to be drafted": does_not_begin_to_draft,
    "is drafted": keeps_no_draft,
    "is recorded by the page": stops_the_page_recording,
    "is paused by the page": stops_what_the_page_has_paused,
    "is heard in a batch": stops_the_batch,
}


def by_the_law(room: Room) -> None:
    room.store.renew_consent(given("K-14", method="spoken"))
    with pytest.raises(ConsentMissing, match="illinois@1:written"):
        workflow.permit_for(room.order("K-14"), room.store, room.settings)


def foretold(room: Room) -> None:
    from pipeline.batch import foretell

    order = room.order()
    (event,) = foretell([Item("a session", order)], room.store, room.settings)
    assert isinstance(event.why, ConsentMissing)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("gate") / "home"
    talk = home.parent / "talk.vtt"
    talk.write_text(TALK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENFALL_HOME", str(home))
        patch.setenv("EVENFALL_LAW", "illinois")
        with Store.open(home, "correct horse", actor="Dr. Abel") as store:
            yield Room(store, load_settings(), patch, talk)


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused(room: Room, name: str) -> None:
    CASES[name](room)


@pytest.mark.parametrize("gate", GATES, ids=[gate.id for gate in GATES])
def test_without_its_gate_a_case_turns_red(room: Room, gate: Gate) -> None:
    red = []
    with away(gate):
        for name, case in CASES.items():
            try:
                case(room)
            except (Exception, pytest.fail.Exception):
                red.append(name)
                break
    assert red, f"{gate.id} can be taken away and nothing is seen of it"


def test_the_gates_are_found() -> None:
    holding = {f"{gate.path.stem}:{gate.function}" for gate in GATES}
    assert {
        "consent:ask",
        "decode:load",
        "spool:Spool.begin",
        "spool:Spool.read",
        "files:read_text",
        "hearing:transcribe",
        "capturing:capture",
        "desk:_Desk._begin",
        "incoming:_append",
    } <= holding


# No way around them


def reaches(tree: ast.Module) -> set[str]:
    """Return the public functions of a module that open a session's sound or words, through its private ones too."""
    named = dict(functions(tree))
    opening = {name for name, node in named.items() if any(opens(call) for call in ast.walk(node))}
    while more := {
        name
        for name, node in named.items()
        if name not in opening
        and any(
            called(call).split(".")[-1] in {one.split(".")[-1] for one in opening if private(one)}
            for call in ast.walk(node)
        )
    }:
        opening |= more
    return {name for name in opening if not private(name) and not takes_permit(named[name])}


def opens(call: ast.AST) -> bool:
    return isinstance(call, ast.Call) and ast.unparse(call.func).endswith(OPENS)


def private(name: str) -> bool:
    last = name.split(".")[-1]
    return last.startswith("_") and not last.startswith("__")


def takes_permit(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Say whether it has a parameter that is a Permit and that a caller cannot leave out."""
    arguments = function.args
    optional = arguments.args[len(arguments.args) - len(arguments.defaults) :]
    asked = [one for one in (*arguments.args, *arguments.kwonlyargs) if one not in optional and one.annotation]
    return any(ast.unparse(one.annotation).split(".")[-1] == "Permit" for one in asked if one.annotation)


def test_every_way_to_a_session_takes_a_permit_or_is_named_here_with_its_reason() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{name.split('.')[-1]}"
        for path, tree in sources()
        if path.parts[-2] != "clinic"
        for name in reaches(tree)
    }
    assert found == set(WITHOUT)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def load(path):\n    return av.open(path)", {"load"}),
        ("def load(path, permit: Permit):\n    return av.open(path)", set()),
        ("def load(path, permit: Permit = None):\n    return av.open(path)", {"load"}),
        ("def load(path):\n    return _load(path)\ndef _load(path):\n    return av.open(path)", {"load"}),
        ("class Box:\n    def read(self):\n        return self._sealer.unseal(b'')", {"Box.read"}),
        ("def load(path):\n    return path.name", set()),
    ],
)
def test_a_way_around_would_be_found(source: str, found: set[str]) -> None:
    assert reaches(ast.parse(source)) == found


# What is lacking but was not taken back: the session stops, and nothing of it goes


def recorded_by_the_page(room: Room, client: str) -> tuple[Spool, Any]:
    """Return a session that the page is recording, and the request that brings more of it."""
    room.agree(client)
    spool = Spool.begin(room.store, PERMIT, medium="pcm", client=client, participants=("client",))
    spool.append(b"\1\0" * 1600)
    state = SimpleNamespace(site=room.here(), microphones=incoming.Microphones({spool.spooled.id: spool}))
    return spool, SimpleNamespace(app=SimpleNamespace(state=state))


def stricter(room: Room, client: str) -> None:
    """Let a partner's new consent name a law that asks for more than the client's consent has."""
    (room.settings.home / "law").mkdir(exist_ok=True)
    (room.settings.home / "law" / "yearly.yaml").write_text(
        "name: yearly\nversion: 1\ntitle: Ours\nrules:\n  aloud:\n    says: We ask aloud.\n"
        "    source: Our handbook\n    methods: [spoken]\n"
    )
    room.store.renew_consent(given(client, participant="partner", law=("yearly",)))


def test_a_stricter_law_stops_what_the_page_records_and_keeps_it(room: Room) -> None:
    spool, request = recorded_by_the_page(room, "K-21")
    stricter(room, "K-21")
    with pytest.raises(ConsentMissing, match="yearly@1:aloud") as refused:
        incoming._append(request, spool, b"\0\0")
    assert refused.type is ConsentMissing
    incoming.end_revoked(request)  # the next look at the queue
    (stopped,) = request.app.state.microphones.stopped.values()
    assert "Nothing was deleted" in str(stopped)
    with Spool.open(room.store, spool.spooled.id) as kept:
        assert kept.read(PERMIT).finished


def test_a_stricter_law_keeps_what_is_heard(room: Room) -> None:
    room.agree("K-22")
    order = room.order("K-22")
    recording, transcript = workflow.transcribe(order, room.store, room.settings, quiet)
    workflow.keep_heard(order, recording, transcript, room.store, room.settings)
    stricter(room, "K-22")
    with pytest.raises(ConsentMissing, match="though nobody took consent back") as refused:
        workflow.demand_standing(order, room.store, room.settings, recording)
    assert refused.type is ConsentMissing
    assert room.store.transcript(transcript.digest) == transcript


def test_a_clock_that_is_stepped_back_ends_no_recording(room: Room) -> None:
    spool, request = recorded_by_the_page(room, "K-23")
    with room.patch.context() as patch, spool:
        patch.setattr(asking, "now", lambda: datetime.now(UTC) - timedelta(days=30))
        incoming._append(request, spool, b"\0\0")
    assert spool.spooled.id in request.app.state.microphones.open


def test_one_who_took_back_and_consents_anew_stands_whatever_the_clock_says(room: Room) -> None:
    room.agree("K-24")
    room.revoke("K-24")
    room.agree("K-24")
    order = room.order("K-24")
    with room.patch.context() as patch:
        patch.setattr(asking, "now", lambda: datetime.now(UTC) - timedelta(days=30))
        with pytest.raises(ConsentMissing) as refused:
            workflow.demand_standing(order, room.store, room.settings)
    assert refused.type is ConsentMissing
