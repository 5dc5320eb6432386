"""What makes a file's name as durable as its content."""

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
