"""Sound from a microphone into a sealed spool, until somebody ends it."""

from .microphone import Microphone, devices
from .recorder import Command, Desk, Ended, Recorder, State, Wish

__all__ = ["Command", "Desk", "Ended", "Microphone", "Recorder", "State", "Wish", "devices"]
