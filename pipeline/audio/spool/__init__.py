"""Sound on its way to a transcript: on the disk it is sealed, and gone with a receipt once the transcript is kept."""

from .spool import Content, Keys, Noted, Spool, discard, finish_purges, is_busy

__all__ = ["Content", "Keys", "Noted", "Spool", "discard", "finish_purges", "is_busy"]
