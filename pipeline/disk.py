"""What makes a file's name as durable as its content, and which drive a file lies on."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, as after a file was made, renamed or deleted there."""
    if os.name == "nt":  # Windows cannot open a folder; its rename is already durable enough there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def drive_of(path: Path) -> str:
    """Name the drive on which a file lies or lay, so that it is known for another one, or for none, when it is away.

    It is the folder where the drive is mounted: a drive's number is another one after the next start. On Windows the
    number stays, and the next drive gets the same letter.
    """
    folder = os.path.dirname(os.path.realpath(path))
    while not os.path.ismount(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    if os.name != "nt":
        return folder
    try:
        return f"{folder} {os.stat(folder).st_dev:x}"
    except OSError:
        return ""
