"""Write what the car measures: columns, lap markers and events, in the order of time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ma_streaming.testing.car.channels import CHANNELS
from ma_streaming.testing.packets import event, lap, packet

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from ma_streaming.packet_writing import PacketWriterService
    from ma_streaming.testing.car.model import SyntheticCar

_PIECE_MS: Final = 1000
_REAL_TIME_PIECE_MS: Final = 100
_NS_PER_MS: Final = 1_000_000


def write_car(
    car: SyntheticCar,
    writer: PacketWriterService,
    data_source: str,
    stream: str,
    session_key: str,
    *,
    real_time: bool = False,
    stop: threading.Event | None = None,
) -> int:
    """Write all samples and events of a car to a stream, and its markers to the main stream, too.

    It ends early when `stop` is set.

    It is written in pieces of 1 s, or of 100 ms in real time: the columns of the channels, by rate and type, and then
    what happened meanwhile. Session, configuration and the end of the session are the caller's.

    Args:
        car: What to write.
        writer: A started writer.
        data_source: The data source.
        stream: The stream; "" is the main stream.
        session_key: The session.
        real_time: Whether to write each piece only when it is over; the times of the samples stay the car's. A piece
            that was late makes none of the later ones late.
        stop: Ends writing from another thread, at once.

    Returns:
        How many samples were accepted, of all channels together.

    Raises:
        StreamingError: Something was not accepted.
    """
    stop = stop or threading.Event()
    piece_ms = _REAL_TIME_PIECE_MS if real_time else _PIECE_MS
    happened = list(_happenings(car))
    groups = _groups()
    begun, written = time.monotonic(), 0
    for first_ms in range(0, car.duration_ms, piece_ms):
        last_ms = min(first_ms + piece_ms, car.duration_ms)
        wait = begun + last_ms / 1000 - time.monotonic() if real_time else 0
        if stop.wait(wait) if wait > 0 else stop.is_set():
            break
        for (rate_hz, _), identifiers in groups.items():
            first, count = first_ms * rate_hz // 1000, (last_ms - first_ms) * rate_hz // 1000
            values = car.matrix(identifiers, first, count)
            written += values.size
            writer.write_columns(
                data_source,
                stream,
                session_key,
                parameters=identifiers,
                start_time_ns=car.start_time_ns,
                interval_ns=1_000_000_000 // rate_hz,
                first_sample=first,
                values=values,
            ).unwrap()
        while happened and happened[0][0] < car.start_time_ns + last_ms * _NS_PER_MS:
            content = happened.pop(0)[1]
            # Markers belong on every stream of a session (wire contract 10.1).
            streams = dict.fromkeys(("", stream) if content.DESCRIPTOR.name == "MarkerPacket" else (stream,))
            for each in streams:
                made = packet(content, session_key=session_key)
                writer.write_data(data_source, each, session_key, made).unwrap()
    return written


def _groups() -> dict[tuple[int, str], list[str]]:
    """Give which channels can be in one packet: those of one rate and one type, the fastest first."""
    groups: dict[tuple[int, str], list[str]] = {}
    for channel in CHANNELS:
        groups.setdefault((channel.rate_hz, channel.dtype), []).append(channel.identifier)
    return groups


def _happenings(car: SyntheticCar) -> Iterator[tuple[int, Message]]:
    """Give markers and events in the order of their times."""
    made: list[tuple[int, Message]] = [
        (each.start_time_ns, lap(f"Lap {each.number}", timestamp_ns=each.start_time_ns, number=each.number))
        for each in car.laps
    ]
    made += [
        (each.time_ns, event(each.identifier, timestamp_ns=each.time_ns, raw_values=each.values)) for each in car.events
    ]
    yield from sorted(made, key=lambda each: each[0])
