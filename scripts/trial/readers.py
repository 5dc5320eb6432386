"""Whatever Evenfall reads that somebody else wrote: how each reader is begun, with whole samples and known attacks."""

import asyncio
import io
import json
import os
import random
import shutil
import tarfile
import wave
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

from pipeline import consent, draft, intake, law, resources
from pipeline.audio import channels, decode
from pipeline.audio.spool import Spool
from pipeline.config import RephraseSettings, load_settings
from pipeline.draft.rephrase import Rephraser
from pipeline.errors import EvenfallError
from pipeline.speech import terms
from pipeline.speech.transcripts.files import Pasted, kind_of, read_text
from pipeline.store import Store
from pipeline.types import Consent, Statement, Transcript, Turn

from . import homes
from .homes import DICTATION, PASSPHRASE
from .spoiling import CANARY

Read = Callable[[bytes, random.Random], str | None]  # what is shown, where there is more than an error's message
TEN_MINUTES: Final = 600.0  # seconds
GIVEN: Final = Consent(
    client="K-12",
    participant="client",
    scope=("record", "transcribe"),
    method="written",
    wording="form@1",
    given_at=datetime(2026, 1, 1, tzinfo=UTC),
)
SESSION: Final = consent.ask("session", "K-12", ("client",), (GIVEN,), datetime.now(UTC))


@dataclass(frozen=True)
class Begun:
    """A reader at work on a home folder: samples to spoil, attacks that are taken as they are, and the reading."""

    home: Path
    samples: Sequence[bytes]
    read: Read
    specials: Sequence[bytes] = ()


@dataclass(frozen=True)
class Reader:
    """How many inputs a reader gets, of all and of the small sample; `made` makes more up.

    `own` are the user's own files: their keys are told.
    """

    count: int
    few: int
    begin: Callable[[Path], Begun]
    made: st.SearchStrategy[bytes] | None = None
    own: bool = field(default=False)


# Sound

FORMS: Final = (  # container, codec, its rate
    ("wav", "pcm_s16le", 16_000),
    ("ipod", "aac", 16_000),
    ("ogg", "libvorbis", 16_000),
    ("opus", "libopus", 16_000),
    ("mp3", "libmp3lame", 16_000),
    ("flac", "flac", 16_000),
    ("webm", "libopus", 48_000),
    ("amr", "libopencore_amrnb", 8_000),
    ("mp4", "aac", 44_100),
)


def _encoded(form: str, codec: str, rate: int) -> bytes | None:
    """Return two seconds of the sample dictation, with the canary for its title; None where FFmpeg lacks the codec."""
    import av
    import numpy as np

    with wave.open(str(resources.configs() / "sample" / "dictation.wav")) as source:
        sound = np.frombuffer(source.readframes(2 * source.getframerate()), "<i2").reshape(1, -1)
        given = source.getframerate()
    out = io.BytesIO()
    try:
        with av.open(out, "w", format=form) as container:
            container.metadata["title"] = CANARY
            stream = container.add_stream(codec, rate=rate)
            stream.layout = "mono"
            frame = av.AudioFrame.from_ndarray(sound, format="s16", layout="mono")
            frame.sample_rate = given
            resampler = av.AudioResampler(
                stream.format, "mono", rate, frame_size=stream.codec_context.frame_size or 1024
            )
            for piece in (*resampler.resample(frame), *resampler.resample(None)):
                container.mux(stream.encode(piece))
            container.mux(stream.encode(None))
    except (av.FFmpegError, ValueError):
        return None
    return out.getvalue()


def _riff(data: int, rate: int = 16_000, channels_: int = 1, bits: int = 16, sound: bytes = bytes(64_000)) -> bytes:
    block = channels_ * bits // 8
    head = (
        b"RIFF",
        (data + 36) % 2**32,
        b"WAVEfmt ",
        16,
        1,
        channels_,
        rate,
        rate * block % 2**32,
        block % 2**16,
        bits,
    )
    widths = (0, 4, 0, 4, 2, 2, 4, 4, 2, 2)
    plain = b"".join(
        part if isinstance(part, bytes) else part.to_bytes(width, "little")
        for part, width in zip(head, widths, strict=True)
    )
    return plain + b"data" + (data % 2**32).to_bytes(4, "little") + sound


SOUND_ATTACKS: Final = (
    b"",
    b"RIFF",
    _riff(2**32 - 1),
    _riff(2**31, rate=1),
    _riff(64_000, rate=2**31),
    _riff(64_000, channels_=0),
    _riff(64_000, channels_=65_535),
    _riff(64_000, bits=1),
    b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
    b"ffconcat version 1.0\nfile /etc/passwd\n",
    b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n",
    b"\x00\x00\x00\x08moov" * 5000,  # boxes in no order, and none of the first
    (b"\x00\x00\x00\x08ftyp" + b"\x00\x00\x00\x01moov\xff\xff\xff\xff\xff\xff\xff\xff") * 50,
    b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff" + bytes(500),
    b"fLaC\x00\x00\x00\x22" + b"\xff" * 34,
    b"OggS" + b"\xff" * 400,
    b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + CANARY.encode() * 10,
    b"<svg xmlns='http://www.w3.org/2000/svg'>" + CANARY.encode(),
)


def _sound(folder: Path) -> Begun:
    samples = tuple(made for form in FORMS if (made := _encoded(*form)) is not None)

    def read(content: bytes, rng: random.Random) -> None:
        path = folder / "in" / f"a.{rng.choice(('wav', 'm4a', 'ogg', 'mp3', 'flac', 'webm', 'amr', 'exe', ''))}"
        path.write_bytes(content)
        os.utime(path, (1e9, 1e9))  # else it counts as still being written
        try:
            decode.load(path, DICTATION, TEN_MINUTES)
            channels.levels(path, SESSION)
        finally:
            path.unlink()

    return Begun(folder / "home", samples, read, SOUND_ATTACKS)


def _sealed_sound(folder: Path) -> Begun:
    samples = tuple(made for form in FORMS if (made := _encoded(*form)) is not None)
    store = homes.opened(folder / "home")

    def read(content: bytes, rng: random.Random) -> None:
        with Spool.begin(store, DICTATION, medium=rng.choice(("pcm", "file")), channels=rng.choice((1, 2))) as spool:
            spool.append(content)
            spool.finish()
        try:
            with Spool.open(store, spool.spooled.id) as again:
                decode.load_sealed(again.read(DICTATION), DICTATION, TEN_MINUTES)
                channels.sealed_levels(again.read(DICTATION), DICTATION)
        finally:
            with Spool.open(store, spool.spooled.id) as again:
                again.purge()

    return Begun(folder / "home", samples, read, SOUND_ATTACKS)


# Transcripts and typed dictations

VTT: Final = homes.SESSION.replace("panic", CANARY)
SRT: Final = (
    f"1\n00:00:01,000 --> 00:00:06,000\nTherapist: How was it?\n\n2\n00:00:07,000 --> 00:00:16,000\nClient: {CANARY}.\n"
)
SAID: Final = {"speaker": "client", "start": 1.0, "end": 9.0, "text": f"I was {CANARY}."}
ASKED: Final = {"id": "t1", "speaker": "clinician", "start": 0.0, "end": 1.0, "text": "How was the week?"}
GOLD: Final = json.dumps({"kind": "session", "turns": [ASKED, SAID]})
W: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELS: Final = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="'
    'http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)
LAUGHS: Final = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))


def _docx(body: str, head: str = "", *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        archive.writestr("_rels/.rels", RELS)
        archive.writestr("word/document.xml", f"{head}<w:document {W}><w:body>{body}</w:body></w:document>")
    return out.getvalue()


def _paragraphs(text: str) -> str:
    return "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.splitlines())


def _many_members() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{CANARY}/{number}", "")
    return out.getvalue()


def _layouts() -> tuple[str, ...]:
    from tests import test_layouts as known

    texts = (known.TEAMS, known.TEAMS_GERMAN, known.TEAMS_CUES, known.OTTER, known.ZOOM, known.MEET, known.BRACKETED)
    more = (known.MEET_WITH_NOTES, known.REV, known.WORD, known.TABLE, known.TABLE_BY_NAME, known.WORD_ON_ONE_LINE)
    return tuple(text.replace("Tired", CANARY) for text in (*texts, *more))


def _transcript_attacks() -> tuple[bytes, ...]:
    words = f"{CANARY} " * 20
    return (
        b"",
        _docx("x" * 300_000_000),  # 300 kB that unpack to 300 MB
        _docx("&l9;", f'<!DOCTYPE d [<!ENTITY l0 "{CANARY}">{LAUGHS}]>'),
        _docx("", f'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>{CANARY}'),
        _docx("<w:tbl><w:tr><w:tc>" * 30_000),
        _docx("<w:p>" * 100_000 + words),
        _docx(_paragraphs(f"{words}\n" * 4000), compression=zipfile.ZIP_STORED),
        _many_members(),
        b"[" * 200_000,
        b'{"turns":' * 100_000,
        GOLD.replace("1.0", "1" * 5000).encode(),
        GOLD.replace("1.0", "1e999").encode(),
        GOLD.replace("1.0", "NaN").encode(),
        GOLD.replace(CANARY, f"\\ud800{CANARY}\\u202e\\u0000").encode(),
        ("WEBVTT\n\n" + f"00:00:01.000 --> 00:00:02.000\n{'<v ' * 3000}{CANARY}\n\n" * 20).encode(),
        ("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n" + "<c.a>" * 40_000 + CANARY).encode(),
        f"WEBVTT\n\n{'9' * 4000}:00:01.000 --> {'9' * 4000}:00:02.000\n{CANARY}\n".encode(),
        ("Client: " * 30_000).encode(),
        f"{CANARY} {' ' * 300_000}:".encode(),
        (f"{CANARY}" * 50_000).encode(),
        "".join(f"Name{number}: {CANARY}\n" for number in range(20_000)).encode(),
        ("\u0130\u0131\u1e9e" * 5000 + CANARY).encode(),
        f"Client: {CANARY}\n".encode("utf-16"),
        f"Client: {CANARY}\n".encode("utf-32"),
    )


def _transcripts(folder: Path) -> Begun:
    texts = (VTT, SRT, GOLD, homes.SAID.replace("work", CANARY), *_layouts())
    documents = tuple(_docx(_paragraphs(text)) for text in (homes.SAID, *_layouts()[:3]))
    samples = (*(text.encode() for text in texts), *documents)

    def read(content: bytes, rng: random.Random) -> None:
        suffix = _suffix(content, rng)
        with suppress(EvenfallError):
            kind_of(Pasted(content, suffix))
        with suppress(EvenfallError):
            read_text(Pasted(content, suffix), SESSION)
        read_text(Pasted(content, suffix), DICTATION, clinician=rng.choice((None, "Dr. Lee")))

    return Begun(folder / "home", samples, read, _transcript_attacks())


def _suffix(content: bytes, rng: random.Random) -> str:
    if rng.random() < 0.1:
        return str(rng.choice((".txt", ".vtt", ".srt", ".json", ".docx", ".doc", "")))
    likely = {b"PK": ".docx", b"{": ".json", b"[": ".json", b"WEBVTT": ".vtt", b"1\n": ".srt"}
    return next((suffix for start, suffix in likely.items() if content.startswith(start)), ".txt")


FRAGMENTS: Final = (
    *("WEBVTT", "NOTE", "1", "00:00:01.000 --> 00:00:02.000", "0:03", "[00:00:00]", "Dr. Lee:", "Client:", "Client: "),
    *(
        "Jane Roe   0:21",
        "Transcript",
        "<v Roe>",
        "</v>",
        "\t",
        " ",
        "-->",
        "\u2028",
        "\u202e",
        "\x0b",
        "&amp;",
        "{\\an8}",
    ),
    *(
        CANARY,
        f"I was {CANARY}.",
        "scratch that",
        "homework colon",
        "end note",
        "9" * 30,
        "99:99:99.999",
        "'",
        '"',
        "“",
    ),
)
LINES: Final = st.lists(
    st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=12), max_size=5).map("".join), max_size=12
).map(lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass"))
PLAIN: Final = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(FRAGMENTS) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("kind", "turns", "id", "speaker", "start", "end", "text", "client", "day", "minutes")),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
DOCUMENTS: Final = PLAIN.map(lambda plain: json.dumps(plain).encode())


def _drafted(folder: Path) -> Begun:
    """Have typed words drafted whole: found, composed, kept."""
    store = homes.opened(folder / "home")
    settings = homes.settings_of(folder / "home")
    samples = (homes.SAID.encode(), homes.SAID.replace("work", CANARY).encode(), VTT.encode())

    def read(content: bytes, rng: random.Random) -> None:
        made = homes.drafted(store, settings, content.decode("utf-8", "replace"), suffix=".txt")
        store.delete_draft(made.digest, "tried")

    long = homes.SAID.replace("anxious", CANARY * 8000).encode()  # a "word" that every rule looks at
    return Begun(folder / "home", samples, read, (long,))


# The user's own files

LAUGHING: Final = "\n".join(
    f"l{number}: &l{number} [{', '.join([f'*l{number - 1}' if number else CANARY] * 9)}]" for number in range(12)
)
YAML_ATTACKS: Final = (
    b"",
    b"\x00",
    LAUGHING.encode(),
    b"[" * 50_000,
    b"{a: " * 50_000,
    b"- " * 50_000,
    b"&a [*a]",
    b"a: &a {b: *a}",
    b"? " * 20_000,
    b"!!python/object/apply:os.system ['touch /tmp/evenfall-owned']",
    b"a: " + b"9" * 10_000,
    b"a: 2001-99-99",
    b"<<: *nobody",
    b"key: " + CANARY.encode() * 20_000,
    "\ud800".encode("utf-8", "surrogatepass"),
    b"a: 1\na: 2\n",
)


def _settings(folder: Path) -> Begun:
    home, configs = folder / "home", resources.configs()
    (home / "formats").mkdir()
    (home / "law").mkdir()
    readers: dict[str, tuple[Path, Callable[[], object]]] = {
        "config.yaml": (configs / "default.yaml", load_settings),
        "consent.yaml": (configs / "consent.yaml", lambda: consent.load_wording(home)),
        "rules.yaml": (homes.ROOT / "tests" / "data" / "every_rule.yaml", lambda: draft.load_rules(home)),
        "terms.txt": (configs / "lexicons" / "speech" / "terms.yaml", lambda: terms.own(home, ())),
        "intake.yaml": (configs / "intake.yaml", lambda: intake.load_rules(home)),
        "formats/own.yaml": (configs / "formats" / "soap.yaml", lambda: draft.load_format("own", home / "formats")),
        "law/own.yaml": (configs / "law" / "illinois.yaml", lambda: law.load(("own",), home)),
    }
    samples = tuple(source.read_bytes() for source, _ in readers.values())

    def read(content: bytes, rng: random.Random) -> None:
        name = rng.choice(list(readers))
        path = home / name
        path.write_bytes(content)
        try:
            readers[name][1]()
        finally:
            path.unlink()

    return Begun(home, samples, read, YAML_ATTACKS * len(readers))


# The record's own files


def _tar(*members: tuple[str, bytes, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(content), "/etc/passwd"
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _manifest(*names: str) -> bytes:
    files = [[name, "0" * 64] for name in names]
    return json.dumps({"format": 1, "made_at": "2026-01-01T00:00:00Z", "files": files, "content": "0" * 64}).encode()


def _backup(folder: Path) -> Begun:
    given = homes.whole() / "kept.backup"
    both = _manifest("store.db", "store.json")
    plain, link, device = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE
    attacks = (
        b"",
        _tar(("backup.json", plain, both), ("../../escaped", plain, CANARY.encode())),
        _tar(("backup.json", plain, _manifest("../../a", "/tmp/b")), ("../../a", plain, b""), ("/tmp/b", plain, b"")),
        _tar(("backup.json", plain, both), ("store.db", link, b""), ("store.json", link, b"")),
        _tar(("backup.json", plain, both), ("store.db", device, b"")),
        _tar(("backup.json", link, b"")),
        _tar(("backup.json", plain, b"[" * 200_000)),
        _tar(("backup.json", plain, b'{"files":' * 50_000)),
        _tar(("backup.json", plain, _manifest(*(["store.db"] * 50_000)))),
        _tar(("backup.json", plain, both), *(("store.db", plain, b"x") for _ in range(50))),
        _tar(("backup.json", plain, both))[:-1024] + b"\xff" * 4096,
        _tar(("backup.json", plain, _manifest("store.db", "store.json", *(f"spool/{'0' * 32}.spool" for _ in "ab")))),
    )

    def read(content: bytes, rng: random.Random) -> None:
        file, into = folder / "in" / "a.backup", folder / "home" / "into"
        file.write_bytes(content)
        try:
            Store.restore(file, into, PASSPHRASE, actor="trial")
        finally:
            shutil.rmtree(into, ignore_errors=True)

    return Begun(folder / "home", (given.read_bytes(),), read, attacks)


def _spools(folder: Path) -> Begun:
    store = homes.opened(folder / "home")
    spool_id = homes.recorded(store, *(bytes(range(256)) * 20 for _ in range(4)))
    other = homes.recorded(store, CANARY.encode() * 400)
    path = store.spool_folder / f"{spool_id}.spool"
    whole = path.read_bytes()
    foreign = (store.spool_folder / f"{other}.spool").read_bytes()

    def read(content: bytes, rng: random.Random) -> None:
        path.write_bytes(content)
        with Spool.open(store, spool_id) as spool:
            decode.load_sealed(spool.read(DICTATION), DICTATION, TEN_MINUTES)

    head = whole[:8]
    attacks = (b"", head, head * 20_000, whole * 20, foreign, whole + foreign, head + b"\xff" * 5000)
    return Begun(folder / "home", (whole, foreign), read, attacks)


def _store_files(folder: Path) -> Begun:
    """Open a record whose store.json is not what it was."""
    home = folder / "home"
    shutil.rmtree(home)
    homes.copy("home", home)
    whole = (home / "store.json").read_bytes()
    attacks = (b"", b"[]", b"[" * 100_000, whole.replace(b'"format": 2', b'"format": ' + b"9" * 6000), whole * 2)

    def read(content: bytes, rng: random.Random) -> None:
        (home / "store.json").write_bytes(content)
        with homes.opened(home) as store:
            store.verify_audit()

    return Begun(home, (whole,), read, attacks)


# The page

ROUTES: Final = (
    *("/", "/open", "/locked", "/unlock", "/queue", "/new", "/new/typing", "/new/typed", "/new/file", "/record/begin"),
    *(
        "/record/{id}/chunk",
        "/record/{id}/mark",
        "/record/{id}/end",
        "/recordings/{id}/draft",
        "/recordings/{id}/delete",
    ),
    *("/drafts/{key}", "/drafts/{key}/decide", "/drafts/{key}/sign", "/drafts/{key}/manner", "/drafts/{key}/speakers"),
    *("/notes", "/notes/{key}", "/notes/{key}/export", "/clients", "/clients/goals", "/consents", "/consents/revoke"),
    *("/settings", "/settings/rules", "/static/../app.py", "/{junk}"),
)
FIELDS: Final = (
    *("action", "target", "text", "seen", "client", "kind", "participants", "participant", "suffix", "words", "form"),
    *(
        "length",
        "call",
        "name",
        "credentials",
        "at",
        "to",
        "scope",
        "method",
        "wording",
        "goal",
        "turn",
        "speaker",
        "key",
    ),
)
PORT: Final = 8765  # nobody listens there: requests are handed over in this process
ORIGIN: Final = f"http://127.0.0.1:{PORT}"
VALUES: Final = (
    *(
        "edit",
        "dictation",
        "session",
        "soap",
        "client",
        ".txt",
        ".vtt",
        ".wav",
        "0" * 64,
        "-rf",
        "CON",
        "../../x",
        "\0",
    ),
    *("\u202e", "\n\n", "9" * 40, "1e999", "{{7*7}}", CANARY, CANARY * 200, "<script>", "", "K-12", "on screen"),
)


def _page(folder: Path) -> Begun:
    import httpx

    from pipeline.web.gate import COOKIE, OPEN
    from pipeline.web.server import build

    shutil.rmtree(folder / "home")
    home = homes.copy("home", folder / "home")
    settings = homes.settings_of(home)
    store = homes.opened(home)
    app, sessions = build(store, settings, PORT)
    loop = asyncio.new_event_loop()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN})
    token = loop.run_until_complete(client.get(f"{OPEN}?key={sessions.link()}")).cookies.get(COOKIE)
    drafts = [made.digest[:16] for made in store.drafts()]
    notes = [note.digest[:16] for note in store.notes()]

    def read(content: bytes, rng: random.Random) -> str:
        key = rng.choice((*drafts, *notes, "none", CANARY))
        path = rng.choice(ROUTES).format(id=rng.choice(("none", "0" * 32, CANARY)), key=key, junk=CANARY)
        fields = {rng.choice(FIELDS): rng.choice(VALUES) for _ in range(rng.randrange(8))}
        headers = {"host": f"127.0.0.1:{PORT}", "cookie": f"{COOKIE}={token}"}
        for _ in range(rng.randrange(3)):
            headers[rng.choice(("content-type", "content-length", "host", "cookie", "origin", "x-part", "accept"))] = (
                rng.choice(
                    ("multipart/form-data; boundary=x", "application/json", "-1", "9" * 30, "evenfall=x", "\x7f", "*")
                )
            )
        method = rng.choice(("POST", "POST", "GET", "PUT", "DELETE", "HEAD", "TRACE"))
        body: dict[str, Any] = {"data": fields} if rng.random() < 0.5 else {"content": content, "params": fields}
        try:
            request = client.build_request(method, path, **body)
            request.headers.update({name: value.encode("latin-1") for name, value in headers.items()})
        except (httpx.InvalidURL, ValueError, TypeError):
            return ""  # httpx itself will not send that
        answer = loop.run_until_complete(client.send(request))
        if answer.status_code >= 500:
            raise RuntimeError(f"{method} {path} answers {answer.status_code}")
        return answer.text if answer.status_code >= 400 else ""

    form = f"text={CANARY}&kind=dictation&client=K-12&seen={'0' * 64}".encode()
    part = (
        f'--x\r\ncontent-disposition: form-data; name="text"; filename="{CANARY}"\r\n\r\n{CANARY}\r\n--x--\r\n'.encode()
    )
    samples = (form, part, json.dumps({"text": CANARY}).encode(), bytes(3200), VTT.encode(), _riff(64_000))
    attacks = (
        b"x" * 5_000_000,
        b"a=1&" * 20_000,
        b"a" * 20_000 + b"=1",
        b"--x\r\n" * 5000,
        b"%" * 5000,
        b"[" * 100_000,
    )
    return Begun(home, samples, read, attacks)


# What comes in by a folder


EVENT: Final = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260302T080000Z\r\n"
    "DTSTART:20260302T090000Z\r\nDTEND:20260302T095000Z\r\n{more}"
    "SUMMARY:K-12 {canary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
REPEATS: Final = (
    *("RRULE:FREQ=SECONDLY", "RRULE:FREQ=SECONDLY;COUNT=2000000000", "RRULE:FREQ=MINUTELY;UNTIL=99991231T000000Z"),
    *(
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        "RRULE:FREQ=WEEKLY;INTERVAL=0",
        "RDATE:" + "20260302T090000Z," * 9000,
    ),
    *("DTSTART:99991231T235959Z", "DTSTART;TZID=Nowhere/None:20260302T090000", "DURATION:P99999999999D", "EXDATE:x"),
    *(
        "DTSTART:00010101T000000Z\r\nRRULE:FREQ=DAILY",
        "RRULE:FREQ=DAILY;BYSETPOS=-366;BYHOUR=" + ",".join(map(str, range(24))),
    ),
)
NAMES: Final = (
    *(
        "K-12 2026-03-02 session",
        "../../x",
        "CON",
        "-rf",
        "K-12\n2026",
        "a" * 255,
        "9" * 255,
        "K-12 " * 50,
        "\u202eK-12",
    ),
    *(
        "2026-99-99 K-12",
        "GMT20260302-090000_Recording",
        "_" * 255,
        " (1)" * 60,
        "A" * 120 + "1" * 120,
        "{client}",
        "\udcff",
    ),
)


def _arrivals(folder: Path) -> Begun:
    from pipeline.intake.appointments import Agenda
    from pipeline.intake.naming import read_name
    from pipeline.intake.sidecar import read_sidecar

    rules = intake.load_rules(folder / "home")
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    calendars = tuple(EVENT.format(more=f"{more}\r\n", canary=CANARY).encode() for more in ("", *REPEATS))
    beside = json.dumps({"client": CANARY, "kind": "session", "day": "2026-03-02", "minutes": 50}).encode()
    samples = (
        calendars[0],
        beside,
        f"client: {CANARY}\nkind: session\nminutes: 50\n".encode(),
        *(n.encode("utf-8", "replace") for n in NAMES),
    )

    def read(content: bytes, rng: random.Random) -> None:
        text = content.decode("utf-8", "surrogateescape")
        read_name(text[:5000], rules.templates)
        read_name(text[:5000], rules.references)
        calendar = content.startswith(b"BEGIN:VCAL")
        suffix = ".ics" if calendar or rng.random() < 0.3 else rng.choice((".json", ".yaml"))
        path = folder / "in" / f"a{suffix}"
        path.write_bytes(content)
        if suffix == ".ics":
            agenda = Agenda((), rules).with_export(path)
            for hours in (-30, -3, 0, 24):
                agenda.at(noon + timedelta(hours=hours))
        else:
            read_sidecar(path)

    return Begun(
        folder / "home",
        samples,
        read,
        (*calendars, *YAML_ATTACKS, *(n.encode("utf-8", "surrogateescape") for n in NAMES)),
    )


# A language model's answers

TOLD: Final = f"Client reported that she slept four hours most nights and did not eat {CANARY}."
MODELS: Final = RephraseSettings(url="http://127.0.0.1:1", model="m", seconds=5, allow_host=None)


def _answers(folder: Path) -> Begun:
    """Have a server on this computer answer with malformed bytes, head and all; the statement has to stay as it was."""
    import socket
    import threading

    listening = socket.create_server(("127.0.0.1", 0))
    answer: list[bytes] = [b""]

    def serve() -> None:
        while True:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                connection.settimeout(2)
                connection.recv(65_536)
                connection.sendall(answer[0])

    threading.Thread(target=serve, daemon=True).start()
    turn = Turn(id="t1", speaker="client", start=0.0, end=9.0, text=TOLD)
    heard = Transcript(recording="a" * 64, kind="session", engine="test@1", turns=(turn,))
    statement = Statement(
        text=TOLD, source="client said", category="mood", evidence=(heard.evidence("t1", 0, len(TOLD)),)
    )
    settings = MODELS.model_copy(update={"url": f"http://127.0.0.1:{listening.getsockname()[1]}"})

    def read(content: bytes, rng: random.Random) -> str:
        plain = rng.random() < 0.7 and not content.startswith(b"HTTP")
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(content)}\r\n\r\n".encode()
        answer[0] = head + content if plain else content
        rephraser = Rephraser(settings)
        if CANARY not in rephraser(statement).text:
            raise RuntimeError("a malformed answer stands in the draft")
        return "".join(rephraser.warnings)

    message = json.dumps({"choices": [{"message": {"content": json.dumps({"text": f"She was {CANARY}."})}}]}).encode()
    whole = f"HTTP/1.1 200 OK\r\ncontent-length: {len(message)}\r\n\r\n".encode() + message
    attacks = (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n" + CANARY.encode() * 30_000,
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b" + bytes(1000),
        b"HTTP/1.1 301 Moved\r\nlocation: http://192.0.2.1/\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 50_000,
        b"[" * 60_000,
        b'{"choices":' * 6000,
        b"HTTP/9.9 abc\r\n\r\n",
    )
    return Begun(folder / "home", (message, whole), read, attacks)


READERS: Final[dict[str, Reader]] = {
    "sound files": Reader(2500, 40, _sound),
    "sealed recordings' content": Reader(500, 20, _sealed_sound),
    "transcripts": Reader(3000, 25, _transcripts, LINES | DOCUMENTS),
    "typed dictations, drafted whole": Reader(200, 2, _drafted, LINES),
    "settings, formats, rules, wordings, laws": Reader(1500, 60, _settings, own=True),
    "backups": Reader(500, 13, _backup),
    "sealed recordings": Reader(750, 30, _spools),
    "store.json": Reader(500, 8, _store_files),
    "requests to the page": Reader(1500, 25, _page),
    "sidecars, calendars and names of what comes in": Reader(1500, 60, _arrivals, LINES | DOCUMENTS),
    "answers of a language model": Reader(500, 20, _answers),
}
