"""Property tests assert behaviour, not speed: no deadline on a busy machine."""

from hypothesis import settings

settings.register_profile("evenfall", deadline=None)
settings.load_profile("evenfall")
