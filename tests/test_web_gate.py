"""The gate of the review page: who is let in, what is refused, what every answer says to the browser."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from pipeline.web.gate import COOKIE, LINK_LIVES, Gate, Sessions
from pipeline.web.server import hosts_of

HOST = "127.0.0.1:8400"
ORIGIN = f"http://{HOST}"


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("the words of a client")(scope, receive, send)


@dataclass
class House:
    """A gate before one page, a clock that only the test moves, and what was refused."""

    time: float = 0.0
    asleep: float = 0.0
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sessions = Sessions(idle=900.0, clock=lambda: self.time, wall=lambda: self.time + self.asleep)
        self.gate = Gate(inside, sessions=self.sessions, hosts=frozenset({HOST}), record=self.refused.append)

    def ask(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """Send one request with exactly these headers beside the Host."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.gate)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                return await client.request(method, path, headers=_named(headers))

        return asyncio.run(send())

    def let_in(self) -> str:
        """Use a link and return the cookie."""
        answer = self.ask(f"/open?key={self.sessions.link()}")
        assert answer.status_code == 303
        return f"{COOKIE}={answer.cookies[COOKIE]}"


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def test_whoever_has_no_session_sees_nothing() -> None:
    house = House()
    assert house.ask("/").status_code == 401
    assert house.ask("/", accept="text/html").headers["location"] == "/locked"
    assert house.refused == ["refused request: no session"] * 2
    assert "client" not in house.ask("/drafts/abc").text


def test_a_link_works_once() -> None:
    house = House()
    link = f"/open?key={house.sessions.link()}"
    assert house.ask(link).headers["location"] == "/"
    again = house.ask(link)
    assert again.headers["location"] == "/locked"
    assert "set-cookie" not in again.headers
    assert house.refused == ["refused request: a link that was used before"]


def test_a_link_goes_stale() -> None:
    house = House()
    link = f"/open?key={house.sessions.link()}"
    house.time = LINK_LIVES + 1
    assert house.ask(link).headers["location"] == "/locked"


def test_the_cookie_is_kept_from_scripts_and_other_sites() -> None:
    house = House()
    cookie = house.ask(f"/open?key={house.sessions.link()}").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_a_session_ends_when_nobody_is_there() -> None:
    house = House()
    cookie = house.let_in()
    for _ in range(3):
        house.time += 800
        assert house.ask("/", cookie=cookie).status_code == 200
    house.time += 901
    assert house.ask("/", cookie=cookie).status_code == 401
    assert house.ask("/", cookie=cookie).status_code == 401


def test_the_time_that_the_computer_sleeps_counts() -> None:
    house = House()
    link, cookie = f"/open?key={house.sessions.link()}", house.let_in()
    house.asleep = 8 * 3600.0
    assert house.ask("/", cookie=cookie).status_code == 401
    assert house.ask(link).headers["location"] == "/locked"


def test_a_wall_clock_that_is_set_back_lets_nobody_stay() -> None:
    house = House()
    cookie = house.let_in()
    house.asleep = -8 * 3600.0
    assert house.ask("/", cookie=cookie).status_code == 200
    house.time += 901
    assert house.ask("/", cookie=cookie).status_code == 401


def test_a_host_is_ours_in_whatever_case_it_was_given() -> None:
    sessions, refused = Sessions(idle=900.0), list[str]()
    house = House()
    house.gate = Gate(inside, sessions=sessions, hosts=hosts_of("Praxis-PC", 8400), record=refused.append)
    cookie = f"{COOKIE}={sessions.begin()}"
    for host in ("praxis-pc:8400", "Praxis-PC:8400"):
        assert house.ask("/", cookie=cookie, host=host).status_code == 200
        assert house.ask("/", "POST", cookie=cookie, host=host, origin="http://praxis-pc:8400").status_code == 200
    assert house.ask("/", cookie=cookie, host="praxis-pc2:8400").status_code == 403
    assert refused == ["refused request: another host's name"]


def test_what_the_page_asks_by_itself_does_not_keep_it_awake() -> None:
    house = House()
    cookie = house.let_in()
    for _ in range(10):
        house.time += 100
        house.ask("/events", cookie=cookie)
    assert house.ask("/", cookie=cookie).status_code == 401


@pytest.mark.parametrize(
    ("method", "headers", "why"),
    [
        ("GET", {"host": "evil.example:8400"}, "another host's name"),
        ("GET", {"host": "127.0.0.1:80"}, "another host's name"),
        ("GET", {"host": "127.0.0.1.evil.example"}, "another host's name"),
        ("GET", {"sec_fetch_site": "cross-site"}, "from another site"),
        ("GET", {"sec_fetch_site": "same-site"}, "from another site"),
        ("POST", {"origin": "http://evil.example"}, "from another origin"),
        ("POST", {"origin": "null"}, "from another origin"),
        ("POST", {"origin": "http://localhost:8400"}, "from another origin"),
        ("POST", {}, "from another origin"),
        ("DELETE", {"origin": "https://127.0.0.1:8400"}, "from another origin"),
        ("POST", {"origin": ORIGIN, "sec_fetch_site": "cross-site"}, "from another site"),
    ],
)
def test_other_pages_and_rebound_names_are_refused(method: str, headers: dict[str, str], why: str) -> None:
    house = House()
    answer = house.ask("/", method, cookie=house.let_in(), **headers)
    assert answer.status_code == 403
    assert "words" not in answer.text
    assert house.refused == [f"refused request: {why}"]


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_page_is_let_through(site: str) -> None:
    house = House()
    cookie = house.let_in()
    assert house.ask("/", cookie=cookie, sec_fetch_site=site).status_code == 200
    assert house.ask("/", "POST", cookie=cookie, origin=ORIGIN, sec_fetch_site=site).status_code == 200
    assert house.refused == []


@pytest.mark.parametrize("cookie", ["", COOKIE, f"{COOKIE}=", f"{COOKIE}=abc", f"{COOKIE}=\x7f; ;;=", "a" * 5000])
def test_cookies_that_are_none_of_ours(cookie: str) -> None:
    assert House().ask("/", cookie=cookie).status_code == 401


def test_every_answer_forbids_what_the_page_does_not_need() -> None:
    house = House()
    for answer in (house.ask("/"), house.ask("/", cookie=house.let_in()), house.ask("/", host="evil.example")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_after_locking_the_cookie_is_worth_nothing() -> None:
    house = House()
    cookie = house.let_in()
    house.sessions.end(cookie.partition("=")[2])
    assert house.ask("/", cookie=cookie).status_code == 401
