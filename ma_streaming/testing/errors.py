"""What may go wrong when a broker on this machine is started.

::

    StreamingError
    └── BrokerStartError
        └── MissingToolError     Java or Maven isn't installed, or is too old
"""

from __future__ import annotations

from ma_streaming.errors import StreamingError


class BrokerStartError(StreamingError):
    """A broker could not be started; the message ends with what its log says, where there is one."""

    code = "broker_start"


class MissingToolError(BrokerStartError):
    """A program that the real broker needs is missing or too old; the message says what to install.

    Attributes:
        remedy: What to install. The program itself, as one types it, is the `subject`.
    """

    code = "missing_tool"

    def __init__(self, tool: str, problem: str, remedy: str) -> None:
        """Make the message of the problem and its remedy."""
        super().__init__(f"{problem} {remedy}", subject=tool)
        self.remedy = remedy
