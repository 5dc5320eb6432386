"""Evenfall: from a clinician's speech to a progress note that only the clinician can make."""

import os

__version__ = "0.1.0"

# ONNX Runtime's own builds keep an identifier of the computer and send Microsoft what they did (1.32 under Linux too),
# unless this is set before it is imported anywhere (its Privacy.md, "Disabling Telemetry").
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
