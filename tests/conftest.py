"""Property tests assert behaviour, not speed: no deadline on a busy machine. And what the tests of the page share."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from .pages import Served, Window

settings.register_profile("evenfall", deadline=None)
settings.load_profile("evenfall")


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from . import pages  # here: most tests need no Chromium

    with pages.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a record with three drafts, which each test copies."""
    from . import pages

    home = tmp_path_factory.mktemp("drafted") / "home"
    pages.keep_drafts(home)
    return home


@pytest.fixture
def home(drafted: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(drafted, tmp_path / "home"))


@pytest.fixture
def page(home: Path) -> "Iterator[Served]":
    """Serve the page of the record `home`."""
    from . import pages

    with pages.served(home) as started:
        yield started


@pytest.fixture
def opened(browser: "Browser", page: "Served") -> "Iterator[Window]":
    """Open a window of the browser on the page."""
    from . import pages

    with pages.window(browser, page) as one:
        yield one
