"""The errors a visitor can cause: each one carries a full sentence saying what, where and what to do.

The pages turn them into `st.error` in one place (`playground.ui.messages`), the command line into exit status 2.
Anything else that escapes is a bug.
"""

from __future__ import annotations


class PlaygroundError(Exception):
    """What the visitor can mend; `str(error)` is the sentence they read."""


class DataError(PlaygroundError):
    """A file or a choice of columns that cannot be used."""


class SpecError(PlaygroundError):
    """A setting outside what makes sense; names the setting, its value and the allowed range."""


class RunError(PlaygroundError):
    """A run that cannot be found, opened, steered or resumed."""


class BusyError(PlaygroundError):
    """No room for another run now; says how long to wait."""
