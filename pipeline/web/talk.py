"""What was said, put right or put to use: words of a turn quoted in the note, and who spoke."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from .. import workflow
from ..draft.quoting import quote as quoting
from ..errors import Outdated
from ..types import Category, Speaker, Transcript
from .app import site
from .desk import Desk
from .drafts import Seen, answer, form_of

router = APIRouter()
SWAP: Final = "swap"  # in a turn's place: clinician and client were taken for each other everywhere


@router.post("/drafts/{key}/quote")
def quote(
    request: Request,
    key: str,
    turn: Annotated[str, Form()],
    start: Annotated[int, Form()],
    end: Annotated[int, Form()],
    words: Annotated[str, Form()],
    category: Annotated[Category, Form()],
    section: Annotated[str, Form()] = "",
    seen: Seen = "",
) -> Response:
    """Add words of a turn to the note, letter by letter; start and end count its characters.

    Raises:
        Outdated: the `words` that the page shows there are others.
    """
    here = site(request)
    desk = Desk.open(here.store, key)
    form, said = form_of(here, desk), desk.transcript()
    if not _stands(said, turn, start, end, words):
        raise Outdated("Those words are not there any more.", "Reload the page and choose them again.")
    section = section or workflow.section_for(desk.draft, category, here.settings.home)
    made = quoting(said, (turn, start, end), category, section, form, workflow.now())
    fields = {name: getattr(made, name) for name in ("action", "target", "text", "category", "evidence")}
    return answer(request, here, key, desk.decide(seen, **fields), turn=turn)


@router.post("/drafts/{key}/speakers")
def respeak(
    request: Request,
    key: str,
    turn: Annotated[str, Form()],
    speaker: Annotated[Speaker, Form()] = "unknown",
    every: Annotated[str, Form()] = "",
    seen: Seen = "",
) -> Response:
    """Say who spoke a turn, or with `every` all turns of the same speaker; the draft is made anew."""
    here = site(request)
    desk = Desk.open(here.store, key)
    desk.demand(seen)
    asked = _asked(desk.transcript(), turn, speaker, every=bool(every))
    made = workflow.respeak(here.store, desk.draft.digest, asked, here.settings)
    return RedirectResponse(f"/drafts/{made.digest[:16]}?shown=1#turn-{turn}", 303)


def _stands(said: Transcript, turn_id: str, start: int, end: int, words: str) -> bool:
    """Say whether these words are there; a form sends white space otherwise than the page shows it."""
    texts = {turn.id: turn.text for turn in said.turns}
    return 0 <= start < end and texts.get(turn_id, "")[start:end].split() == words.split()


def _asked(said: Transcript, turn_id: str, speaker: Speaker, *, every: bool) -> dict[str, Speaker]:
    if turn_id == SWAP:
        return workflow.swapped(said)
    before = {turn.id: turn.speaker for turn in said.turns}
    same = [one for one, who in before.items() if who == before.get(turn_id)] if every else []
    return dict.fromkeys((turn_id, *same), speaker)
