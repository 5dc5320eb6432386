"""A process that holds a client's words leaves no core dump."""

import subprocess
import sys

import pytest

ASK = """
import ctypes, resource, sys
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
sys.argv = ["evenfall", "--help"]
from pipeline import cli
try:
    cli.main()
except SystemExit:
    pass
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux whether the process can be dumped")
def test_the_command_leaves_no_core_dump() -> None:
    ran = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "(0, 0) 0"
