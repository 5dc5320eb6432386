"""What memory holds stays out of core dumps, and away from the same user's other programs where that can be."""

import ctypes
import os
import sys
from contextlib import suppress
from typing import Final

PR_SET_DUMPABLE: Final = 4  # linux/prctl.h


def keep_private() -> None:
    """Let this process leave no core dump; on Linux no debugger of the same user attaches to it either (prctl(2)).

    Programs that it starts may be attached to again: each calls this for itself.
    """
    if os.name != "posix":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # a C library without prctl
            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
