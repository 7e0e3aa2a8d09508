"""A broker that is killed at random moments under writers at full speed: what they wrote, and what it has stored."""

from __future__ import annotations

import contextlib
import random
import time
from typing import TYPE_CHECKING, Any

from ma_streaming import SessionCreationInfo
from ma_streaming.testing import KafkaBroker, wait_until
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import Library, started
from tests.integration.numbered_stream import NumberedStream, Stored, compare, stored_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STREAMS = ("Stream1", "Stream2", "Stream3", "Stream4")
QUEUED_MESSAGES = 20_000
"""Most that wait for a broker that is away: so the volume is bounded, and writers meet a full queue in each outage."""

_SHARE_KILLED_AT_ONCE = 0.2
"""Of the kills: those that come while clients are still finding the broker that has just started."""
_TIMEOUT_SECONDS = 60.0
_RECOVERY_SECONDS = 60.0


class BrokerKills:
    """One session with four streams, written while its broker is killed and started.

    Args:
        broker: A started broker that may be killed.
        kills: How many times it is.
        longest_life_seconds: When it is killed at the latest, counted from when writing has gone on.
        seed: Decides the moments.
        properties: Of librdkafka, for the writers.
    """

    def __init__(
        self,
        broker: KafkaBroker,
        *,
        kills: int,
        longest_life_seconds: float,
        seed: int,
        properties: Mapping[str, object] | None = None,
    ) -> None:
        self._broker = broker
        self._kills = kills
        self._longest_life_seconds = longest_life_seconds
        self._moments = random.Random(seed)
        self._seed = seed
        self._properties = {"queue.buffering.max.messages": QUEUED_MESSAGES, **(properties or {})}
        self._name = f"Kills{seed:08x}{time.monotonic_ns() % 10**9:09d}"
        self._resumed_seconds: list[float] = []

    def run(self) -> str:
        """Write, kill, and compare; gives what happened.

        Raises:
            AssertionError: Something is lost, doubled or out of order, or writing did not go on.
        """
        begun = time.monotonic()
        with self._library() as library:
            key = library.sessions.create_new_session(SessionCreationInfo(data_source=self._name)).unwrap().session_key
            streams = [self._stream(library, name, key) for name in STREAMS]
            self._write_through_kills(streams)
            reports = [stream.flush(_TIMEOUT_SECONDS).unwrap() for stream in streams]
            library.sessions.end_session(self._name, key).unwrap()
        for stream, report in zip(streams, reports, strict=True):
            assert (report.accepted, report.delivered) == (stream.accepted, stream.accepted), report
        seconds = time.monotonic() - begun
        stored = {stream.stream: self._stored(stream) for stream in streams}
        text = self._describe(list(stored.values()), seconds)
        assert all(each.is_exact for each in stored.values()), f"{text}\n{stored}"
        return text

    @contextlib.contextmanager
    def _library(self) -> Iterator[Library]:
        library = Library(
            self._broker.bootstrap_servers,
            topic_naming=V2,
            domain=self._name,
            timeout_seconds=_TIMEOUT_SECONDS,
            additional_properties=self._properties,
        )
        try:
            yield library.start()
        finally:
            library.stop()

    def _stream(self, library: Library, name: str, key: str) -> NumberedStream:
        writer = started(library.api.get_writing_packet_api().create_service().unwrap())
        return NumberedStream(writer, self._name, name, key)

    def _write_through_kills(self, streams: list[NumberedStream]) -> None:
        for stream in streams:
            stream.start()
        try:
            for _ in range(self._kills):
                self._live(streams)
                self._broker.kill()
                self._broker.start()
            self._await_progress(streams)
        finally:
            if not self._broker.is_running:
                self._broker.start()
            for stream in streams:
                stream.stop()

    def _live(self, streams: list[NumberedStream]) -> None:
        """Let the broker live for a random time."""
        if self._moments.random() >= _SHARE_KILLED_AT_ONCE:
            self._await_progress(streams)
        until = time.monotonic() + self._moments.uniform(0, self._longest_life_seconds)
        wait_until(
            lambda: time.monotonic() >= until or any(stream.failure for stream in streams),
            timeout_seconds=self._longest_life_seconds + 1,
        )

    def _await_progress(self, streams: list[NumberedStream]) -> None:
        """Wait until more of each stream has been acknowledged than was before."""
        begun = time.monotonic()
        before = [stream.statistics().delivered for stream in streams]

        def has_gone_on() -> bool:
            failures = [stream.failure for stream in streams if stream.failure]
            if failures:
                raise failures[0]
            return all(stream.statistics().delivered > count for stream, count in zip(streams, before, strict=True))

        wait_until(has_gone_on, timeout_seconds=_RECOVERY_SECONDS, message="writing does not go on")
        self._resumed_seconds.append(time.monotonic() - begun)

    def _stored(self, stream: NumberedStream) -> Stored:
        topic = ContractTopics(V2, self._name).stream(self._name, stream.stream)
        return compare(stream.accepted, stored_numbers(self._broker.bootstrap_servers, topic))

    def _describe(self, stored: list[Stored], seconds: float) -> str:
        def total(name: str) -> Any:
            return sum(getattr(each, name) for each in stored)

        return (
            f"{self._kills} kills in {seconds:.0f} s, seed {self._seed}: {total('accepted'):,} packets acknowledged, "
            f"{total('stored'):,} stored, {total('lost'):,} lost, {total('duplicates'):,} duplicates, "
            f"{total('misplaced'):,} out of order; writing went on within {max(self._resumed_seconds):.1f} s"
        )
