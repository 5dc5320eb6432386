"""A client's earlier signed notes and treatment plan, to questions, links, a brief and trends; never to a statement."""

from .brief import Brief, brief
from .carried import carry_forward, look_back
from .chart import Picture, chart
from .goals import link
from .plans import met, with_goal, without_goal
from .said import Earlier
from .trends import Trends, trends

__all__ = [
    "Brief",
    "Earlier",
    "Picture",
    "Trends",
    "brief",
    "carry_forward",
    "chart",
    "link",
    "look_back",
    "met",
    "trends",
    "with_goal",
    "without_goal",
]
