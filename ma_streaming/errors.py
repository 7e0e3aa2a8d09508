"""The errors of the library, one class for each thing that a caller may want to tell apart.

::

    StreamingError
    ├── ConfigurationError            (ValueError)           a configuration value is wrong or contradicts another
    ├── NativeLoadError               (ImportError)          no .NET runtime, no librdkafka, or no native library
    ├── BrokerUnavailableError        (ConnectionError)      the broker can't be reached; worth a retry
    ├── AuthenticationError           (PermissionError)      the broker refused the credentials
    ├── StreamingTimeoutError         (TimeoutError)         something did not happen in time; worth a retry
    ├── LifecycleError                (RuntimeError)         called before start() or after stop()
    ├── UnknownSessionError           (LookupError)          no session has this key
    ├── UnknownDataFormatError        (LookupError)          no data format has this id
    ├── InvalidArgumentError          (ValueError)           an argument of a call is wrong
    ├── InvalidPacketError            (ValueError)           the bytes are no Packet of the Open Data Protocol
    ├── QueueFullError                (BufferError)          the client's queue stayed full; worth a retry
    ├── DeliveryError                                        packets were accepted but not delivered
    ├── MessageTooLargeError          (ValueError)           a packet is larger than client or broker allow
    ├── TopicUnavailableError                                a topic is missing, or was deleted
    ├── DataExpiredError                                     the broker no longer holds the data asked for
    ├── UnsupportedFeatureError       (NotImplementedError)  an option that this version does not have
    ├── ClosedError                                          the object was closed
    ├── OperationCancelledError                              the call was cancelled, by stop() for instance
    └── InternalError                                        a fault of this library

Every class carries ``code`` (a stable word, for machines) and ``retriable`` (the same call may work later), and every
error ``subject``: the broker, session, field, ... that it is about, or "".
"""

from __future__ import annotations

from typing import ClassVar


class StreamingError(Exception):
    """Base of every error that this library raises or returns.

    Attributes:
        code: A stable word for the kind of error, for machines.
        retriable: True where the same call may work later.
        subject: What the error is about: a broker, a session key, a field; "" where there is nothing to name.
    """

    code: ClassVar[str] = "streaming"
    retriable: ClassVar[bool] = False

    def __init__(self, message: str = "", *, subject: str = "") -> None:
        super().__init__(message)
        self.subject = subject

    @property
    def message(self) -> str:
        """The text of the error."""
        return str(self)


class ConfigurationError(StreamingError, ValueError):
    """A configuration value is wrong, incomplete or contradicts another; `subject` is the field."""

    code = "configuration"


class NativeLoadError(StreamingError, ImportError):
    """No .NET runtime, no librdkafka or no native library could be loaded; the text says how to mend it."""

    code = "native_load"


class BrokerUnavailableError(StreamingError, ConnectionError):
    """The broker can't be reached; `subject` is the broker list."""

    code = "broker_unavailable"
    retriable = True


class AuthenticationError(StreamingError, PermissionError):
    """The broker refused the credentials, or TLS could not be agreed on."""

    code = "authentication"


class StreamingTimeoutError(StreamingError, TimeoutError):
    """Something that was waited for did not happen in time."""

    code = "timeout"
    retriable = True


class LifecycleError(StreamingError, RuntimeError):
    """A service was used before `start()` or after `stop()`; the text says what to call first."""

    code = "lifecycle"


class UnknownSessionError(StreamingError, LookupError):
    """No session has this key; `subject` is the key."""

    code = "unknown_session"


class UnknownDataFormatError(StreamingError, LookupError):
    """No data format has this id; `subject` is the id."""

    code = "unknown_data_format"


class InvalidArgumentError(StreamingError, ValueError):
    """An argument of a call has the wrong type or value; `subject` is its name."""

    code = "invalid_argument"


class InvalidPacketError(StreamingError, ValueError):
    """The bytes are no Packet of the Open Data Protocol."""

    code = "invalid_packet"


class QueueFullError(StreamingError, BufferError):
    """The client's queue stayed full for the whole timeout."""

    code = "queue_full"
    retriable = True


class DeliveryError(StreamingError):
    """Packets that had been accepted were not delivered to the broker."""

    code = "delivery"


class MessageTooLargeError(StreamingError, ValueError):
    """A packet is larger than the client or the broker allows."""

    code = "message_too_large"


class TopicUnavailableError(StreamingError):
    """A topic is missing, was deleted or can't be created; `subject` is the topic."""

    code = "topic_unavailable"
    retriable = True


class DataExpiredError(StreamingError):
    """The broker no longer holds the data asked for."""

    code = "data_expired"


class UnsupportedFeatureError(StreamingError, NotImplementedError):
    """An option or call that this version does not have; `subject` is its name."""

    code = "unsupported_feature"


class ClosedError(StreamingError):
    """The object was closed while it was in use."""

    code = "closed"


class OperationCancelledError(StreamingError):
    """The call was cancelled before it was done."""

    code = "cancelled"


class InternalError(StreamingError):
    """A fault of this library; please report it."""

    code = "internal"
