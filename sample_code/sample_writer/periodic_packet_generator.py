"""Make the telemetry: a sine wave, cut into PeriodicData packets."""

import math

from packet_id_generator import PacketIdGenerator

from ma_streaming.protos import open_data_pb2

NANOSECONDS_PER_SECOND = 1_000_000_000
SINE_PERIOD_SECONDS = 5.0


class PeriodicPacketGenerator:
    """Cut an endless sine wave into packets that follow each other without a gap.

    Sample i belongs to `start_time_ns + i * interval_ns`. The times come from counting samples, never from the clock,
    so the last sample of one packet and the first of the next are exactly one interval apart.

    Args:
        session_key: Key of the session that the packets belong to.
        data_format_id: Id of the data format that lists the packets' only parameter.
        packet_ids: Where the packets get their ids from.
        start_time_ns: Time of the first sample, nanoseconds since the Unix epoch (UTC).
        frequency_hz: Samples per second.
        packet_seconds: Time that one packet covers. At least one sample goes into every packet.
    """

    def __init__(
        self,
        *,
        session_key: str,
        data_format_id: int,
        packet_ids: PacketIdGenerator,
        start_time_ns: int,
        frequency_hz: float,
        packet_seconds: float,
    ) -> None:
        self._session_key = session_key
        self._data_format = open_data_pb2.SampleDataFormat(data_format_identifier=data_format_id)
        self._packet_ids = packet_ids
        self._start_time_ns = start_time_ns
        self._interval_ns = round(NANOSECONDS_PER_SECOND / frequency_hz)
        self._samples_per_packet = max(1, round(packet_seconds * frequency_hz))
        self._samples_made = 0

    @property
    def samples_made(self) -> int:
        """Number of samples in the packets made so far."""
        return self._samples_made

    @property
    def packet_duration_ns(self) -> int:
        """Time that one packet covers, nanoseconds."""
        return self._samples_per_packet * self._interval_ns

    def next_packet(self) -> open_data_pb2.Packet:
        """Return the packet with the next samples of the wave."""
        first = self._samples_made
        self._samples_made += self._samples_per_packet
        samples = [
            # A sample without a status counts as bad: say of each that it is valid.
            open_data_pb2.DoubleSample(value=self._value(i), status=open_data_pb2.DATA_STATUS_VALID)
            for i in range(first, self._samples_made)
        ]
        content = open_data_pb2.PeriodicDataPacket(
            data_format=self._data_format,
            start_time=self._start_time_ns + first * self._interval_ns,
            interval=self._interval_ns,
            columns=[open_data_pb2.SampleColumn(double_samples=open_data_pb2.DoubleSampleList(samples=samples))],
        )
        return open_data_pb2.Packet(
            type="PeriodicData",
            session_key=self._session_key,
            is_essential=False,
            content=content.SerializeToString(),
            id=self._packet_ids.next_id(),
        )

    def _value(self, index: int) -> float:
        seconds = index * self._interval_ns / NANOSECONDS_PER_SECOND
        return math.sin(2.0 * math.pi * seconds / SINE_PERIOD_SECONDS)
