"""Records that are no packets, packets that nobody knows, records in the wrong order (faults F21, F22, F12, V07)."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.protobuf.message import DecodeError

from ma_streaming.protos.open_data_pb2 import (
    DESCRIPTOR,
    CoverageCursorInfoPacket,
    MarkerPacket,
    NewSessionPacket,
    Packet,
)
from tests.integration.at_once import at_once
from tests.integration.contract_session import ContractSession, periodic
from tests.integration.library import FAILED, PACKET, ReaderLog, by_stream, started
from tests.integration.one_generation import OneGeneration
from tests.integration.timed_records import produce
from tests.integration.written_session import WrittenSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ma_streaming import ReaderStatistics
    from tests.integration.contract_actor import ContractActor
    from tests.integration.contract_topics import ContractTopics
    from tests.integration.library import Library

SEED = 20261124
RECORDS = 1500
MIB = 1024 * 1024
MEMORY_CAP = 64 * MIB
CONTRACT_TYPES = [
    *(name.removesuffix("Packet") for name in DESCRIPTOR.message_types_by_name if name.endswith("Packet")),
    "SystemStatus",
]
"""By the rule of the contract's 7.1; the rule also gives "", and of these `EndOfSession` has a test of its own."""
CURSOR = "coverage_cursor_received"


def is_packet(value: bytes) -> bool:
    """Say what protobuf's own parser says."""
    try:
        Packet.FromString(value)
    except DecodeError:
        return False
    return True


def varint(number: int) -> bytes:
    """Encode a number as protobuf does."""
    encoded = b""
    while number > 0x7F:
        encoded += bytes([number & 0x7F | 0x80])
        number >>= 7
    return encoded + bytes([number])


def good_packet(session_key: str) -> bytes:
    """Make a packet with every field of the envelope."""
    content = periodic(2**60, [0.0, -0.0, 1e300], start_time_ns=time.time_ns()).SerializeToString()
    return Packet(
        type="PeriodicData", session_key=session_key, is_essential=True, content=content, id=2**63
    ).SerializeToString()


def random_bytes(chance: random.Random, _packet: bytes) -> bytes:
    """Make up to 40 bytes of anything; the short ones are often a packet."""
    return chance.randbytes(chance.randrange(40))


def truncated(chance: random.Random, packet: bytes) -> bytes:
    """Cut a packet anywhere."""
    return packet[: chance.randrange(len(packet))]


def damaged(chance: random.Random, packet: bytes) -> bytes:
    """Change, insert or take away some bytes of a packet."""
    value = bytearray(packet)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(value))
        value[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    return bytes(value)


def nested(depth: int, *, closed: bool) -> bytes:
    """Put groups of a field that nobody knows into each other."""
    return b"\x33" * depth + (b"\x34" * depth if closed else b"")


def nested_content(depth: int) -> bytes:
    """Put messages into each other, each the field 1 of the one around it."""
    content = b""
    for _ in range(depth):
        content = b"\x0a" + varint(len(content)) + content
    return content


class PeakMemory:
    """The most memory that this process had resident since this was made; 0 where the system can't tell."""

    def __init__(self) -> None:
        if Path("/proc/self/clear_refs").exists():
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._before = self._resident("VmRSS")

    def growth(self) -> int:
        """Say by how many bytes it grew, at most."""
        return self._resident("VmHWM") - self._before

    @staticmethod
    def _resident(name: str) -> int:
        status = Path("/proc/self/status")
        lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def read(
    connect: Callable[..., Library], session: ContractSession | WrittenSession, topics: ContractTopics
) -> tuple[ReaderLog, ReaderStatistics]:
    """Read an ended session to its end, with a library of its own."""
    library = connect(topics)
    library.wait_for_session(session.data_source, session.key, historical=True)
    log = ReaderLog(library.historic(session.data_source, session.key))
    with started(log.reader):
        log.wait_for_completion(session.key)
        statistics = log.reader.statistics().unwrap()
    assert log.of(FAILED) == []
    return log, statistics


def warnings_of(library: Library, word: str) -> list[str]:
    """Give the warnings with a word."""
    return [line for line in library.logger.of("warning") if word in line]


class TestNoPackets(OneGeneration):
    @pytest.mark.parametrize("make", [random_bytes, truncated, damaged])
    def test_f21_a_value_is_delivered_where_it_is_a_packet_and_counted_where_not(
        self,
        actor: ContractActor,
        connect: Callable[..., Library],
        topics: ContractTopics,
        data_source: str,
        make: Callable[[random.Random, bytes], bytes],
    ) -> None:
        chance = random.Random(SEED)
        session = ContractSession(actor, data_source, "Stream1").announce()
        packet = good_packet(session.key)
        invalid = 0
        for _ in range(RECORDS):
            value = make(chance, packet)
            invalid += not is_packet(value)
            session.write_raw("Stream1", value, delivered=is_packet(value))
            session.write_raw("Stream1", packet)
        session.end_streams()
        session.end()
        assert invalid > RECORDS // 20
        log, statistics = read(connect, session, topics)
        assert log.received(session.key) == session.expected
        assert statistics.invalid_packets == invalid
        # What the library takes for a packet can be parsed by everybody.
        assert all(isinstance(item.packet, Packet) for item in log.of(PACKET))

    def test_f21_long_length_prefixes_cost_no_memory(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        lengths = [100 * MIB, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1]
        tags = [b"\x0a", b"\x12", b"\x22", b"\x7a"]  # type, session key, content, and a field that nobody knows
        garbage = [tag + varint(length) + b"x" * 20 for tag in tags for length in lengths]
        for value in garbage * 20:
            session.write_raw("Stream1", value, delivered=False)
            session.write_raw("Stream1", good_packet(session.key))
        session.end_streams()
        session.end()
        library = connect(topics)
        library.wait_for_session(data_source, session.key, historical=True)
        with library.historic(data_source, session.key) as reader:
            memory = PeakMemory()
            received = by_stream(list(reader))
            assert memory.growth() < MEMORY_CAP
            assert reader.statistics().unwrap().invalid_packets == 20 * len(garbage)
        assert received == session.expected

    def test_f21_deep_nesting_is_read_or_refused_and_never_a_crash(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        invalid = 0
        for depth in (1, 50, 100, 101, 1_000, 100_000, 400_000):
            for value in (nested(depth, closed=True), nested(depth, closed=False)):
                invalid += not is_packet(value)
                session.write_raw("Stream1", value, delivered=is_packet(value))
        # What is inside of a packet is its reader's business, also where the library looks into it.
        for depth in (100, 10_000):
            for kind in ("Marker", "CoverageCursorInfo", "Configuration"):
                session.write("Stream1", kind, nested_content(depth), essential=kind == "Configuration")
                session.write("Stream1", kind, nested(depth, closed=True))
        session.end_streams()
        session.end()
        assert invalid > 7
        log, statistics = read(connect, session, topics)
        assert log.received(session.key) == session.expected
        assert statistics.invalid_packets == invalid

    def test_f21_garbage_on_every_topic_of_a_live_session_is_said_once_and_harms_nothing(
        self, actor: ContractActor, library: Library, topics: ContractTopics, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        log = ReaderLog(library.live(data_source, session.key))
        with started(log.reader):
            session.open_streams("Sin:MyApp")
            log.wait_for(PACKET, 4)
            for number in range(1, 6):
                session.write_raw("", b"\xff" * number, delivered=False)
                session.write_raw("Stream1", b"\x0a\x7f" + bytes(number), delivered=False)
                actor.produce(topics.essentials(data_source), key=session.key.encode(), value=b"\x0c" * number)
                session.write("Stream1", "Marker", MarkerPacket(label=str(number)), essential=True)
                actor.flush()
                log.wait_for(PACKET, 4 + number)
            session.end_streams()
            session.end()
            assert log.wait_for_completion(session.key) == "ended"
            assert log.reader.statistics().unwrap().invalid_packets == 10
        assert log.received(session.key) == session.expected
        (warning,) = warnings_of(library, "not a Packet")
        # Two packets each are before the garbage; which of the two topics came first is open.
        assert any(f"'{topics.stream(data_source, stream)}'" in warning for stream in ("", "Stream1"))
        assert "offset 2" in warning
        essentials = library.api.get_essentials_api().create_service(data_source, session.key).unwrap()
        with essentials:
            kinds = [item.packet.type for item in essentials]
            assert essentials.statistics().unwrap().invalid_packets == 5
        assert kinds == ["Configuration"] * 2 + ["Marker"] * 5


class TestUnknownPackets(OneGeneration):
    def test_f22_types_and_contents_come_as_they_are_and_harm_nothing(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Bad", "Good").announce()
        other = ContractSession(actor, data_source, "Bad", "Good").announce()
        good_content = NewSessionPacket(data_source=data_source).SerializeToString()
        kinds = [kind for kind in CONTRACT_TYPES if kind and kind != "EndOfSession"]
        kinds += ["EventData", "MarkerData", "PeriodicDataPacket", "periodicdata", "Event ", "", "X" * 1000, "車"]
        log = ReaderLog(library.live(data_source))
        with started(log.reader):
            for kind in kinds:
                for content in (b"", b"\xff\xff", good_content, b"\x0a\x7f"):
                    session.write("Bad", kind, content)
                    session.write("Good", "PeriodicData", periodic(1, [1.0], start_time_ns=1))
                other.write("Bad", kind, b"\xff\xff")
            session.write("Bad", "CoverageCursorInfo", CoverageCursorInfoPacket(coverage_cursor_time=2**63 + 1))
            for each in (session, other):
                each.end_streams()
                each.end()
                assert log.wait_for_completion(each.key) == "ended"
            assert log.reader.statistics().unwrap().invalid_packets == 0
        for each in (session, other):
            assert log.received(each.key) == each.expected
        came = [item.packet.type for item in log.of(PACKET, session.key) if item.stream == "Bad"]
        assert list(dict.fromkeys(came)) == [*kinds, "EndOfSession"]
        assert log.of(FAILED) == []
        # Of cursors, only those whose content is one are told of.
        assert log.of(CURSOR)[-1].coverage_cursor_time == 2**63 + 1
        assert {cursor.coverage_cursor_time for cursor in log.of(CURSOR)} <= {0, 2**63 + 1}
        assert log.of(CURSOR, other.key) == []

    @pytest.mark.parametrize(
        ("kind", "content", "reason"),
        [
            ("EndOfSession", b"", "ended"),
            ("EndOfSession", b"\xff\xff", "ended"),
            ("endofsession", b"", "end_offset"),
            ("EndOfSessionPacket", b"", "end_offset"),
            ("EndOfSession\0", b"", "end_offset"),
        ],
    )
    def test_f22_a_stream_ends_with_the_exact_type_whatever_its_content(
        self,
        actor: ContractActor,
        connect: Callable[..., Library],
        topics: ContractTopics,
        data_source: str,
        kind: str,
        content: bytes,
        reason: str,
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        session.write_periodic("Stream1", 5)
        session.write("Stream1", kind, content)
        session.end()
        log, _ = read(connect, session, topics)
        assert log.received(session.key) == {"Stream1": session.expected["Stream1"]}
        assert log.wait_for_completion(session.key) == reason

    def test_f22_text_that_is_no_utf_8_makes_it_no_packet(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        session.write_raw("Stream1", b"\x0a\x02\xc3\x28\x12\x01k\x22\x01\x00", delivered=False)
        session.write_raw("Stream1", b"\x0a\x01t\x12\x03\xed\xa0\x80\x22\x01\x00", delivered=False)
        session.write_raw("Stream1", b"\x0a\x02\xc3\xa9\x12\x01k\x22\x02\xc3\x28")
        session.end_streams()
        session.end()
        log, statistics = read(connect, session, topics)
        assert log.received(session.key) == session.expected
        assert statistics.invalid_packets == 2


class TestOrder(OneGeneration):
    BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)

    def write_at(
        self, session: ContractSession, stream: str, seconds: Iterable[float], *, packet_ids: Sequence[int] = ()
    ) -> None:
        """Write packets whose records have these times."""
        topic = session.actor.topics.stream(session.data_source, stream)
        for number, second in enumerate(seconds):
            packet_id = packet_ids[number] if packet_ids else number + 1
            value = Packet(type="Marker", session_key=session.key, id=packet_id).SerializeToString()
            milliseconds = round((self.BEGIN + timedelta(seconds=second)).timestamp() * 1000)
            produce(session.actor.bootstrap_servers, topic, session.key.encode(), value, timestamp_ms=milliseconds)
            session.expected[stream].append(value)

    def test_f12_records_in_the_wrong_order_come_in_the_brokers_and_are_counted(
        self, actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        seconds = [0, 10, 5, 11, 3, 12, 12, -3600]
        self.write_at(session, "Stream1", seconds, packet_ids=[1, 4, 2, 5, 3, 6, 6, 0])
        session.end()
        log, statistics = read(connect, session, topics)
        assert log.received(session.key) == {"Stream1": session.expected["Stream1"]}
        times = [item.submit_time for item in log.of(PACKET)]
        assert times == [self.BEGIN + timedelta(seconds=second) for second in seconds]
        assert statistics.late_packets == 3

    def test_v07_what_is_late_by_more_than_a_second_is_said_once_with_its_place(
        self, actor: ContractActor, library: Library, topics: ContractTopics, data_source: str
    ) -> None:
        session = ContractSession(actor, data_source, "Stream1").announce()
        log = ReaderLog(library.live(data_source, session.key))
        with started(log.reader):
            # One second late, which is nothing, and then 1.001 s; the newest record is the measure, not the last.
            self.write_at(session, "Stream1", [10, 9, 9.5, 8.999, 10.5, 9.499])
            log.wait_for(PACKET, 6)
            statistics = log.reader.statistics().unwrap()
        assert log.received(session.key) == {"Stream1": session.expected["Stream1"]}
        assert statistics.late_packets == 2
        (warning,) = warnings_of(library, "late")
        assert f"'{topics.stream(data_source, 'Stream1')}'" in warning
        assert "partition 0" in warning
        assert "offset 3" in warning

    def test_v07_streams_and_sessions_of_other_clocks_are_not_late(
        self, actor: ContractActor, library: Library, data_source: str
    ) -> None:
        sessions = [ContractSession(actor, data_source, "A", "B").announce() for _ in range(2)]
        log = ReaderLog(library.live(data_source))
        with started(log.reader):
            for second in range(3):
                self.write_at(sessions[0], "A", [3600 + second])
                self.write_at(sessions[0], "B", [second])
                self.write_at(sessions[1], "A", [7200 + second])
                self.write_at(sessions[1], "B", [1800 + second])
            log.wait_for(PACKET, 12)
            assert log.reader.statistics().unwrap().late_packets == 0
        assert warnings_of(library, "late") == []

    def test_v07_sorted_packets_from_many_threads_are_never_called_late(
        self, library: Library, connect: Callable[..., Library], topics: ContractTopics, data_source: str
    ) -> None:
        streams = ["A", "B", "C"]
        session = WrittenSession(library, data_source, *streams)
        writer = library.writer
        written: dict[tuple[int, str], list[bytes]] = {(thread, s): [] for thread in range(6) for s in streams}

        def write(thread: int) -> None:
            for number in range(300):
                for stream in streams:
                    content = periodic(1, [1.0], start_time_ns=time.time_ns()).SerializeToString()
                    value = Packet(
                        type="PeriodicData", session_key=session.key, id=thread * 1000 + number, content=content
                    ).SerializeToString()
                    writer.write_data(data_source, stream, session.key, value).unwrap()
                    written[thread, stream].append(value)

        reading = connect(topics)
        reading.wait_for_session(data_source, session.key)
        log = ReaderLog(reading.live(data_source, session.key))
        with started(log.reader):
            at_once(*(partial(write, thread) for thread in range(6)))
            session.close().end()
            assert log.wait_for_completion(session.key) == "ended"
            statistics = log.reader.statistics().unwrap()
        for (thread, stream), packets in written.items():
            came = [
                item.packet_bytes.data
                for item in log.of(PACKET)
                if item.stream == stream and item.packet.type == "PeriodicData" and item.packet.id // 1000 == thread
            ]
            assert came == packets
        assert statistics.late_packets == 0
        assert reading.logger.of("warning") == []
