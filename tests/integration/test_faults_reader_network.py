"""Reading over a bad network: cut, silently dead, late, slow (F05).

The reader's clients come through a proxy; what writes the sessions has a listener of its own and is not disturbed.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, Packet
from ma_streaming.testing import KafkaBroker, wait_until
from ma_streaming.testing.ports import choose_free_port
from tests.integration.contract_actor import ContractActor
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V2, ContractTopics
from tests.support.brokers import or_missing
from tests.support.memory import resident_bytes
from tests.support.tcp_proxy import Link, TcpProxy, proxied_listener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ma_streaming import PacketReaderService, ReceivedPacketDto
    from tests.integration.library import Library

DEADLINE_SECONDS = 40.0
STREAM = "Stream1"
TOPICS = ContractTopics(V2)

PACKETS_OF_A_BATCH = 8
MIB = 1024 * 1024
BACKLOG_PACKETS = 3000
BACKLOG_PACKET_BYTES = 64 * 1024
MOST_GROWTH_BYTES = 128 * MIB
"""Of the process, while a backlog of 188 MiB is read: 6 MiB wait for the handler, 16 MiB for the reader's thread.

The rest is what glibc's arenas lose, which depends on what ran in the process before.
"""

IMPATIENT = {"socket.timeout.ms": 3000, "api.version.request.timeout.ms": 2000}
"""A connection that is silently dead is given up after a minute by default, and one that gets no answer to its first
request after 10 s. What follows is the same after 3 s and 2 s, and so the network is dead for as long as that takes,
in place of 30 s."""


@pytest.fixture(scope="module")
def network() -> Iterator[tuple[TcpProxy, str]]:
    """A proxy, and the other address of the broker behind it."""
    port, listener_port = choose_free_port(), choose_free_port()
    with TcpProxy(listener_port) as proxy:
        properties = proxied_listener(port=port, listener_port=listener_port, proxy_port=proxy.port)
        broker = KafkaBroker(port=port, heap_megabytes=512, properties=properties)
        or_missing(broker.start)
        try:
            yield proxy, broker.bootstrap_servers
        finally:
            broker.stop()


@pytest.fixture
def actor(network: tuple[TcpProxy, str]) -> Iterator[ContractActor]:
    """Who writes the sessions, past the proxy, and so that bytes on the network are as many as were written."""
    with ContractActor(network[1], TOPICS, compression="none") as actor:
        yield actor


@pytest.fixture
def proxy(network: tuple[TcpProxy, str]) -> Iterator[TcpProxy]:
    """The proxy, undisturbed before and after the test."""
    yield network[0]
    network[0].restore()


@pytest.fixture
def library(connect: Callable[..., Library], proxy: TcpProxy) -> Callable[..., Library]:
    """Connect libraries through the proxy; the proxy is restored before they are stopped."""

    def connect_library(**properties: Any) -> Library:
        return connect(TOPICS, broker=proxy.address, additional_properties=properties)

    return connect_library


class Written:
    """A session of numbered packets on one stream."""

    def __init__(self, actor: ContractActor, data_source: str) -> None:
        """Announce it."""
        self.session = ContractSession(actor, data_source, STREAM).announce()
        self.packets = 0

    def write(self, count: int, size: int = 100) -> None:
        """Write packets of about so many bytes, a few at a time: a batch of them is fetched whole, and is in memory."""
        actor, content = self.session.actor, bytes(size)
        topic = actor.topics.stream(self.session.data_source, STREAM)
        for _ in range(count):
            self.packets += 1
            self._write(topic, "Marker", content)
            if self.packets % PACKETS_OF_A_BATCH == 0:
                actor.flush()
        actor.flush()

    def end(self) -> None:
        """Write the end of the stream and of the session."""
        topic = self.session.actor.topics.stream(self.session.data_source, STREAM)
        self.packets += 1
        self._write(topic, "EndOfSession", EndOfSessionPacket(data_source=self.session.data_source).SerializeToString())
        self.session.end()

    def _write(self, topic: str, kind: str, content: bytes) -> None:
        packet = Packet(type=kind, session_key=self.session.key, id=self.packets, content=content)
        self.session.actor.produce(topic, key=self.session.key.encode(), value=packet.SerializeToString())


class Arrivals:
    """A handler that keeps the numbers of packets, and what lag and memory were when each of them came."""

    def __init__(self, reader: PacketReaderService) -> None:
        """Attach to a reader that is not started."""
        self.reader = reader
        self.numbers: list[int] = []
        self.lags: list[int] = []
        self.memory: list[int] = []
        self.reasons: list[str] = []
        self.failures: list[object] = []
        self.hold: Callable[[], object] | None = None
        reader.set_handler(self.handle)
        reader.session_reading_completed.subscribe(lambda _sender, info: self.reasons.append(info.reason))
        reader.failed.subscribe(lambda _sender, error: self.failures.append(error))

    def handle(self, item: ReceivedPacketDto) -> None:
        """Take a packet, after what `hold` says, once."""
        hold, self.hold = self.hold, None
        if hold is not None:
            hold()
        self.lags.append(self.lag)
        self.memory.append(resident_bytes())
        self.numbers.append(item.packet.id)

    @property
    def lag(self) -> int:
        """What the reader says of it now."""
        return self.reader.statistics().unwrap().lag

    def wait_for(self, count: int) -> None:
        """Wait until so many packets have come."""
        wait_until(
            lambda: self.failures or len(self.numbers) >= count,
            timeout_seconds=DEADLINE_SECONDS,
            message=lambda: f"packet {count}, has {len(self.numbers)}",
        )
        assert self.failures == []

    def wait_for_completion(self) -> None:
        """Wait until the session was read."""
        wait_until(lambda: self.reasons, timeout_seconds=DEADLINE_SECONDS, message="the session's completion")

    def assert_lag_rose_and_falls(self, packets: int) -> None:
        """Assert that the reader was once behind by so many packets at least, and has caught up."""
        assert max(self.lags) >= packets
        wait_until(lambda: self.lag == 0, message=lambda: f"lag 0, is {self.lag}")


def wait_until_same(measure: Callable[[], int], seconds: float = 0.5) -> None:
    """Wait until something stays as it is for so long."""
    last, since = measure(), time.monotonic()

    def is_same() -> bool:
        nonlocal last, since
        before, last = last, measure()
        if last != before:
            since = time.monotonic()
        return time.monotonic() - since >= seconds

    wait_until(is_same, timeout_seconds=DEADLINE_SECONDS)


@pytest.mark.parametrize("fault", ["cut", "half_open"])
def test_f05_after_a_network_outage_the_reader_catches_up_in_bounded_memory(
    library: Callable[..., Library], proxy: TcpProxy, actor: ContractActor, data_source: str, fault: str
) -> None:
    written = Written(actor, data_source)
    with library(**IMPATIENT).live(data_source, written.session.key) as reader:
        arrivals = Arrivals(reader)
        written.write(100)
        arrivals.wait_for(100)
        wait_until(lambda: arrivals.lag == 0)
        before = proxy.accepted
        getattr(proxy, fault)()
        written.write(BACKLOG_PACKETS, BACKLOG_PACKET_BYTES)
        wait_until(
            lambda: proxy.accepted > before,
            timeout_seconds=DEADLINE_SECONDS,
            message="the client to notice that its connection is of no use",
        )
        assert len(arrivals.numbers) == 100
        memory = resident_bytes()
        # A handler that is busy until the reader takes no more makes it take all that it can hold.
        arrivals.hold = lambda: wait_until_same(lambda: proxy.bytes_to_client // MIB)
        proxy.restore()
        arrivals.wait_for(written.packets)
        arrivals.assert_lag_rose_and_falls(BACKLOG_PACKETS // 2)
        written.end()
        arrivals.wait_for_completion()
    assert arrivals.numbers == list(range(1, written.packets + 1))
    assert arrivals.reasons == ["ended"]
    assert max(arrivals.memory) - memory < MOST_GROWTH_BYTES


def test_f05_short_outages_one_after_another_lose_nothing(
    library: Callable[..., Library], proxy: TcpProxy, actor: ContractActor, data_source: str
) -> None:
    written = Written(actor, data_source)
    with library().live(data_source, written.session.key) as reader:
        arrivals = Arrivals(reader)
        for _ in range(5):
            proxy.cut()
            written.write(20)
            proxy.restore()
            written.write(20)
            arrivals.wait_for(written.packets - 30)
        written.end()
        arrivals.wait_for_completion()
    assert arrivals.numbers == list(range(1, written.packets + 1))
    assert arrivals.reasons == ["ended"]


def test_f05_a_cut_just_after_reading_has_begun_is_waited_out(
    library: Callable[..., Library], proxy: TcpProxy, actor: ContractActor, data_source: str
) -> None:
    written = Written(actor, data_source)
    written.write(20)
    connected = library()
    moment = threading.Event()
    for turn in range(12):
        with connected.live(data_source, written.session.key) as reader:
            arrivals = Arrivals(reader)
            moment.wait(turn * 0.005)
            proxy.cut()
            proxy.restore()
            arrivals.wait_for(written.packets)
        assert arrivals.numbers == list(range(1, written.packets + 1))


def test_f05_delays_that_vary_change_nothing(
    library: Callable[..., Library], proxy: TcpProxy, actor: ContractActor, data_source: str
) -> None:
    written = Written(actor, data_source)
    with library().live(data_source, written.session.key) as reader:
        arrivals = Arrivals(reader)
        written.write(10)
        arrivals.wait_for(10)
        late = Link(delay_seconds=0.2, jitter_seconds=0.1)
        proxy.slow_down(to_client=late, to_server=late)
        begun = time.monotonic()
        written.write(150, 10_000)
        arrivals.wait_for(written.packets)
        assert time.monotonic() - begun > 0.5, "the network was as quick as ever"
        arrivals.assert_lag_rose_and_falls(75)
        written.end()
        arrivals.wait_for_completion()
    assert arrivals.numbers == list(range(1, written.packets + 1))
    assert arrivals.reasons == ["ended"]


def test_f05_a_slow_link_makes_the_reader_late_and_nothing_else(
    library: Callable[..., Library], proxy: TcpProxy, actor: ContractActor, data_source: str
) -> None:
    bytes_per_second, packets, size = 64_000, 200, 1_000
    written = Written(actor, data_source)
    # A whole fetch of the usual 512 KiB would take 8 s, and nothing of it is known before all of it is here.
    with library(**{"fetch.message.max.bytes": 16_384}).live(data_source, written.session.key) as reader:
        arrivals = Arrivals(reader)
        written.write(10)
        arrivals.wait_for(10)
        slow = Link(bytes_per_second=bytes_per_second)
        proxy.slow_down(to_client=slow, to_server=slow)
        begun = time.monotonic()
        written.write(packets, size)
        arrivals.wait_for(written.packets)
        assert time.monotonic() - begun > 0.9 * packets * size / bytes_per_second, "the link was not slow"
        arrivals.assert_lag_rose_and_falls(packets // 2)
        assert arrivals.lags[70] > arrivals.lags[140] > 0
        written.end()
        arrivals.wait_for_completion()
    assert arrivals.numbers == list(range(1, written.packets + 1))
    assert arrivals.reasons == ["ended"]
