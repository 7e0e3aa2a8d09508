"""What may go wrong when a broker for tests is started.

BrokerStartError
└── MissingToolError     Java or Maven isn't installed, or is too old
"""

from __future__ import annotations


class BrokerStartError(RuntimeError):
    """A broker could not be started; the message ends with what its log says, where there is one."""


class MissingToolError(BrokerStartError):
    """A program that the real broker needs is missing or too old; the message says what to install.

    Attributes:
        tool: The program, as one types it: ``java`` or ``mvn``.
        remedy: What to install.
    """

    def __init__(self, tool: str, problem: str, remedy: str) -> None:
        """Make the message of the problem and its remedy."""
        super().__init__(f"{problem} {remedy}")
        self.tool = tool
        self.remedy = remedy
