"""Property tests have no deadline: seconds are for benchmarks, and a first call imports what later ones find loaded."""

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
