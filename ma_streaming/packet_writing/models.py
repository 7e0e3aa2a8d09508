"""What comes out of packet writing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class InfoType(IntEnum):
    """What an info packet is about. On the broker all of them go to the session topic."""

    UNSPECIFIED = 0
    SESSION_INFO = 1
    SYSTEM_STATUS = 2


@dataclass(frozen=True)
class WriteReport:
    """What became of the records of a writer, since it was made. An essential packet is two records (wire contract 5).

    Attributes:
        accepted: Records that the client's queue took.
        delivered: Records that the broker confirmed.
        failed: Records that were given up.
        in_flight: Of the records accepted before the report was asked for, those whose fate was still open.
        newly_failed: Of the failed ones, those that no `flush()` before this one has reported.
        failures: Why records failed, the first few reasons.
    """

    accepted: int
    delivered: int
    failed: int
    in_flight: int
    newly_failed: int
    failures: tuple[str, ...]


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
