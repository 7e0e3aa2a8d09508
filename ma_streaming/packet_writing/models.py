"""What comes out of packet writing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum


class InfoType(IntEnum):
    """What an info packet is about. On the broker all of them go to the session topic."""

    UNSPECIFIED = 0
    SESSION_INFO = 1
    SYSTEM_STATUS = 2
    # Other spellings, which the vendor's documentation has.
    Unspecified = 0
    SessionInfo = 1
    SystemStatus = 2


class FullQueuePolicy(Enum):
    """What a write does when the client's queue is full, as during an outage of the broker."""

    BLOCK = "block"
    """Wait for room, up to `timeout_seconds` of the configuration, and then fail."""
    FAIL = "fail"
    """Fail at once, for programs that must not wait."""


class WriterState(Enum):
    """Whether packets can be written."""

    HEALTHY = 0
    """Nothing is wrong."""
    DEGRADED = 1
    """No broker is reached at present. What is written waits in the queue, up to `message.timeout.ms`."""
    FAILED = 2
    """Nothing can be written: Kafka's producer has failed for good, and can't be replaced, or not yet."""


@dataclass(frozen=True)
class WriterHealth:
    """Whether packets can be written at this moment. All writers of one `SupportLibraryApi` share a producer.

    Attributes:
        state: Whether they can.
        reason: What is wrong; "" where nothing is.
        fatal_errors: How many times the producer has failed for good. It was replaced each time but where the state is
            FAILED; what it had not delivered is among the failed of `statistics()`.
    """

    state: WriterState
    reason: str
    fatal_errors: int


@dataclass(frozen=True)
class WriteReport:
    """What became of the records of a writer, since it was made. An essential packet is two records (wire contract 5).

    Attributes:
        accepted: Records that the client's queue took.
        delivered: Records that the broker confirmed.
        failed: Records that were given up.
        in_flight: Of the records accepted before the report was asked for, those whose fate was still open.
        newly_failed: Of the failed ones, those that no `flush()` before this one has reported.
        failures: The first few that failed, each with stream, session, packet id, size and reason.
        failed_by_reason: How many of the failed ones failed for which reason.
    """

    accepted: int
    delivered: int
    failed: int
    in_flight: int
    newly_failed: int
    failures: tuple[str, ...]
    failed_by_reason: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class WriterStatistics:
    """Counters of a writer, since it was made. An essential packet is two records (wire contract 5).

    Attributes:
        accepted: Records that the client's queue took.
        delivered: Records that the broker confirmed.
        failed: Records that were given up.
        in_flight: Records whose fate is open.
    """

    accepted: int
    delivered: int
    failed: int
    in_flight: int


@dataclass(frozen=True)
class DeliveryFailedInfo:
    """A burst of records of one stream that were accepted but not delivered.

    Attributes:
        failed: How many records.
        reason: Why, as Kafka says it.
        topic: The topic they were for.
        data_source: Where the first of them was to go.
        stream: The same; "" is the main stream.
        session_key: The same.
        first_packet_id: `Packet.id` of the first of them; 0 where it has none.
    """

    failed: int
    reason: str
    topic: str
    data_source: str
    stream: str
    session_key: str
    first_packet_id: int
