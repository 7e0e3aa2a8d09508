"""The result that every service call gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar, cast

from ma_streaming.errors import StreamingError

T = TypeVar("T")


@dataclass(frozen=True)
class ApiResult(Generic[T]):
    """What a service call gave: data, or the reason why there is none.

    Attributes:
        success: True when the call did what was asked for.
        data: The answer. A failed result may carry one too, where part of the work was done.
        message: Why the call failed; "" on success.
        error: The error behind a failed result, None on success.
    """

    success: bool
    data: T | None = None
    message: str = ""
    error: StreamingError | None = None

    @property
    def error_message(self) -> str:
        """Why the call failed; "" on success."""
        return self.message

    @classmethod
    def succeeded(cls, data: T) -> ApiResult[T]:
        """Make the result of a call that worked."""
        return cls(True, data)

    @classmethod
    def failed(cls, error: StreamingError, data: T | None = None) -> ApiResult[T]:
        """Make the result of a call that failed with `error`."""
        return cls(False, data, str(error), error)

    def unwrap(self) -> T:
        """Give the data of a successful result.

        Raises:
            StreamingError: The result is a failed one; the class says why.
        """
        if self.success:
            return cast("T", self.data)
        if self.error is None:
            raise StreamingError(self.message)
        raise self.error.with_traceback(None)


ACCEPTED: Final[ApiResult[bool]] = ApiResult(True, True)
"""The one successful result of calls that are made for every packet."""
