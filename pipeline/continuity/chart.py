"""Trends as a picture, PNG or SVG: readable in black and white, described in words, without any name."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal
from xml.etree import ElementTree

from ..errors import Refused
from .lists import load_lists
from .mention import Answer
from .trends import Session, Trends

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Picture = Literal["png", "svg"]

TITLE: Final = "What the signed notes report, session by session"
WIDTH: Final = 9.0  # inches
SCALE_HEIGHT: Final = 1.5  # inches
WORD_HEIGHT: Final = 0.28  # inches
HOMEWORK_HEIGHT: Final = 0.55  # inches
MARGIN: Final = 1.5  # inches, for title, dates and legend together
DOTS: Final = 150  # per inch, of a PNG
MOST_WORDS: Final = 8
MOST_LABELS: Final = 14  # sessions up to which every date and score is written out
BLUE, ORANGE = "#0072B2", "#D55E00"  # Okabe and Ito (2008): told apart with any colour vision, dark on white
# How each answer is marked: shape and filling tell them apart without the colour.
MARKS: Final[dict[Answer, tuple[str, str]]] = {
    "done": ("s", "full"),
    "partly done": ("s", "left"),
    "not done": ("x", "full"),
    "spoken of": ("s", "none"),
    "not addressed": (".", "full"),
}
# Text stays text in the SVG, so that a screen reader and a search find it; its ids are the same on every run.
STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "evenfall",
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
}
_SVG: Final = "http://www.w3.org/2000/svg"


def chart(trends: Trends, picture: Picture) -> bytes:
    """Return the trends drawn, with `described` as the picture's description.

    Raises:
        Refused: there is no session to draw.
    """
    if not trends.sessions:
        raise Refused("There is nothing to draw yet.", "Sign a note of this client first.")
    import matplotlib

    with matplotlib.rc_context(STYLE):
        figure = _figure(trends)
        out = io.BytesIO()
        about = {"Title": TITLE, "Description": described(trends)}
        kept = {"Date": None, "Creator": "Evenfall"} if picture == "svg" else {"Software": "Evenfall"}
        figure.savefig(out, format=picture, dpi=DOTS, metadata={**about, **kept})
    return _labelled(out.getvalue(), described(trends)) if picture == "svg" else out.getvalue()


def described(trends: Trends) -> str:
    """Return in a few sentences what the chart shows, for who cannot see it."""
    sessions = trends.sessions
    days = [f"{session.day.day} {session.day:%B %Y}" for session in sessions]
    told = [f"{len(sessions)} sessions, {days[0]} to {days[-1]}." if len(sessions) > 1 else f"One session, {days[0]}."]
    for name in trends.scales:
        values = [f"{score.value:g}" for session in sessions for score in session.scores if score.scale == name]
        told.append(f"{name}: {', '.join(values)}.")
    answers = [session.homework for session in sessions if session.homework_set_before]
    counts = [f"{answer} {answers.count(answer)}" for answer in MARKS if answer in answers]
    told += [f"Homework of the session before: {', '.join(counts)}."] if counts else []
    words = trends.mood_words[:MOST_WORDS]
    counted = ", ".join(f"{word} {_total(trends, word)}" for word in words)
    told += [f"Mood words as said{_of_words(trends)}: {counted}."] if words else []
    unkept = sum(session.unkept for session in sessions)
    told += [f"Of {unkept} session{'s' if unkept > 1 else ''} not all mood words were kept."] if unkept else []
    return " ".join(told)


def _figure(trends: Trends) -> "Figure":
    from matplotlib.figure import Figure

    scales, words = trends.scales, trends.mood_words[:MOST_WORDS]
    heights = [SCALE_HEIGHT] * len(scales) + [HOMEWORK_HEIGHT] + ([WORD_HEIGHT * (len(words) + 1)] if words else [])
    figure = Figure(figsize=(WIDTH, sum(heights) + MARGIN), layout="constrained")
    axes = list(figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0])
    figure.suptitle(TITLE, fontsize=11)
    for place, name in enumerate(scales):
        _draw_scale(axes[place], trends.sessions, name)
    _draw_homework(axes[len(scales)], trends.sessions)
    if words:
        _draw_words(axes[-1], trends.sessions, words, f"Mood words as said, and how often{_of_words(trends)}")
    _name_sessions(axes[-1], trends.sessions)
    return figure


def _draw_scale(axes: "Axes", sessions: Sequence[Session], name: str) -> None:
    """Draw one scale over its whole range, each score written beside its point."""
    scale = next(scale for scale in load_lists().scales if scale.name == name)
    points = [(at, one.value) for at, session in enumerate(sessions) for one in session.scores if one.scale == name]
    axes.plot(*zip(*points, strict=True), color=BLUE, marker="o", linewidth=1.5)
    for at, value in points if len(sessions) <= MOST_LABELS else points[-1:]:
        axes.annotate(f"{value:g}", (at, value), xytext=(6, 4), textcoords="offset points")
    room = (scale.most - scale.least) * 0.12
    axes.set_ylim(scale.least - room, scale.most + room)
    axes.set_yticks([scale.least, scale.most])
    axes.set_title(f"{name}{f' ({scale.better} is better)' if scale.better else ''}", loc="left", fontsize=9)
    axes.grid(axis="x", color="#dddddd")


def _draw_homework(axes: "Axes", sessions: Sequence[Session]) -> None:
    for answer, (marker, filling) in MARKS.items():
        at = [place for place, one in enumerate(sessions) if one.homework_set_before and one.homework == answer]
        axes.plot(
            at, [0] * len(at), marker=marker, fillstyle=filling, color=ORANGE, linestyle="", markersize=8, label=answer
        )
    axes.set_yticks([])
    axes.set_ylim(-1, 1)
    axes.set_title("Homework of the session before", loc="left", fontsize=9)
    axes.legend(ncols=len(MARKS), loc="lower right", bbox_to_anchor=(1, 1), frameon=False, fontsize=8, borderpad=0)


def _draw_words(axes: "Axes", sessions: Sequence[Session], words: Sequence[str], title: str) -> None:
    """Write how often each mood word stands in each note: the number is the mark."""
    for row, word in enumerate(words):
        for at, session in enumerate(sessions):
            for count in (mood.count for mood in session.moods if mood.word == word):
                axes.text(
                    at,
                    row,
                    f"{count}",
                    ha="center",
                    va="center",
                    bbox={"boxstyle": "circle", "fc": "white", "ec": BLUE},
                )
    axes.set_yticks(range(len(words)), words)
    axes.set_ylim(len(words) - 0.4, -0.6)
    axes.set_title(title, loc="left", fontsize=9)
    axes.grid(axis="y", color="#dddddd")


def _name_sessions(axes: "Axes", sessions: Sequence[Session]) -> None:
    """Write the days under the chart, as many as there is room for; the sessions stand at equal distances."""
    step = -(-len(sessions) // MOST_LABELS)
    shown = range(0, len(sessions), step)
    axes.set_xticks(list(shown), [f"{sessions[at].day:%Y-%m-%d}" for at in shown], rotation=45, ha="right")
    axes.set_xlim(-0.5, len(sessions) - 0.5)


def _labelled(svg: bytes, description: str) -> bytes:
    """Return the SVG with its description beside its title, named by both for a screen reader (WAI-ARIA graphics)."""
    for prefix, uri in (("", _SVG), ("xlink", "http://www.w3.org/1999/xlink")):
        ElementTree.register_namespace(prefix, uri)
    root = ElementTree.fromstring(svg)
    title = root.find(f"{{{_SVG}}}title")
    if title is None:
        raise ValueError("matplotlib wrote no title")
    title.set("id", "title")
    told = ElementTree.Element(f"{{{_SVG}}}desc", {"id": "desc"})
    told.text = description
    root.insert(1, told)
    root.set("role", "img")
    root.set("aria-labelledby", "title desc")
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _total(trends: Trends, word: str) -> int:
    return sum(mood.count for session in trends.sessions for mood in session.moods if mood.word == word)


def _of_words(trends: Trends) -> str:
    """Say that some mood words are not drawn, where there are too many."""
    count = len(trends.mood_words)
    return f" (the {MOST_WORDS} most frequent of {count})" if count > MOST_WORDS else ""
