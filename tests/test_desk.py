"""What the progress line says of the time that is left."""

import pytest

from pipeline.cli.desk import left_in_words


@pytest.mark.parametrize(
    ("elapsed", "done", "total", "said"),
    [
        (60.0, 600.0, 3000.0, "about 4 min left"),
        (60.0, 300.0, 330.0, "less than a minute left"),
        (600.0, 600.0, 10_800.0, "about 2.8 h left"),
        (1.0, 600.0, 3000.0, ""),
        (60.0, 0.0, 3000.0, ""),
        (60.0, 3000.0, 3000.0, ""),
    ],
)
def test_time_left_in_words(elapsed: float, done: float, total: float, said: str) -> None:
    assert left_in_words(elapsed, done, total) == said
