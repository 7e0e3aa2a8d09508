"""A broker that is killed, or halts, under writers at full speed: what they wrote, and what it has stored."""

from __future__ import annotations

import contextlib
import random
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ma_streaming import SessionCreationInfo
from ma_streaming.testing import wait_until
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import Library, started
from tests.integration.numbered_stream import NumberedStream, Stored, compare, stored_numbers

if TYPE_CHECKING:
    from typing_extensions import Self

    from ma_streaming import WriteReport
    from ma_streaming.testing import KafkaBroker

STREAMS = ("Stream1", "Stream2", "Stream3", "Stream4")
QUEUED_MESSAGES = 20_000
"""Most that wait for a broker that is away: so the volume is bounded, and writers meet a full queue in each outage."""

_SHARE_KILLED_AT_ONCE = 0.2
"""Of the kills: those that come while clients are still finding the broker that has just started."""
_TIMEOUT_SECONDS = 240.0
"""Longer than several outages one after the other on a busy machine; packets are tried for 300 s."""
_RECOVERY_SECONDS = 120.0


@dataclass(frozen=True)
class StreamOutcome:
    """What became of one stream: what its writer says, and what is on the broker."""

    report: WriteReport
    stored: Stored


class BrokerOutages:
    """One session with four streams, written while the broker is in trouble; a context manager, used once.

    Args:
        broker: A started broker that may be killed or halted.
        properties: Of librdkafka, for the writers.
    """

    def __init__(self, broker: KafkaBroker, **properties: object) -> None:
        self._broker = broker
        self._name = f"Outages{uuid.uuid4().hex[:8]}"
        self._properties = {"queue.buffering.max.messages": QUEUED_MESSAGES, **properties}
        self.library = Library(
            broker.bootstrap_servers,
            topic_naming=V2,
            domain=self._name,
            timeout_seconds=_TIMEOUT_SECONDS,
            additional_properties=self._properties,
        )
        self.streams: list[NumberedStream] = []
        self.resumed_seconds: list[float] = []

    def __enter__(self) -> Self:
        self.library.start()
        session = self.library.sessions.create_new_session(SessionCreationInfo(data_source=self._name)).unwrap()
        self._key = session.session_key
        for name in STREAMS:
            writer = started(self.library.api.get_writing_packet_api().create_service().unwrap())
            self.streams.append(NumberedStream(writer, self._name, name, self._key))
        for stream in self.streams:
            stream.start()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._broker.is_running:
            self._broker.start()
        with contextlib.ExitStack() as stack:
            stack.callback(self.library.stop)
            for stream in self.streams:
                stack.callback(stream.stop)

    def kill(self, times: int, *, longest_life_seconds: float, seed: int) -> str:
        """Kill and start the broker at random moments, then end the session and compare; gives what happened.

        Args:
            times: How many times.
            longest_life_seconds: When it is killed at the latest, counted from when writing has gone on.
            seed: Decides the moments.

        Raises:
            AssertionError: Something is lost, doubled or out of order, or writing did not go on by itself.
        """
        begun = time.monotonic()
        moments = random.Random(seed)
        for _ in range(times):
            if moments.random() >= _SHARE_KILLED_AT_ONCE:
                self.await_progress()
            self.write_on(moments.uniform(0, longest_life_seconds))
            self._broker.kill()
            self._broker.start()
        self.await_progress()
        outcomes = self.end()
        text = f"{times} kills in {time.monotonic() - begun:.0f} s, seed {seed}: {self._describe(outcomes)}"
        assert_each_packet_is_stored_once(outcomes, text)
        return text

    def halt(self, seconds: float) -> None:
        """Let the broker halt for so long, and wait until writing has gone on."""
        self.await_progress()
        self._broker.pause()
        try:
            self.write_on(seconds)
        finally:
            self._broker.resume()
        self.await_progress()

    def write_on(self, seconds: float) -> None:
        """Let the streams be written for so long."""
        until = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() >= until or self._failure(), timeout_seconds=seconds + 10)

    def await_progress(self) -> None:
        """Wait until more of each stream has been acknowledged than was before."""
        begun = time.monotonic()
        before = [stream.statistics().delivered for stream in self.streams]

        def has_gone_on() -> bool:
            if failure := self._failure():
                raise failure
            return all(
                stream.statistics().delivered > count for stream, count in zip(self.streams, before, strict=True)
            )

        wait_until(has_gone_on, timeout_seconds=_RECOVERY_SECONDS, message="writing does not go on")
        self.resumed_seconds.append(time.monotonic() - begun)

    def flush(self) -> list[WriteReport]:
        """Stop writing, and flush; gives each stream's report."""
        for stream in self.streams:
            stream.stop()
        reports = [stream.flush(_TIMEOUT_SECONDS).data for stream in self.streams]
        for stream, report in zip(self.streams, reports, strict=True):
            assert (report.accepted, report.in_flight) == (stream.accepted, 0), report
        return reports

    def end(self) -> list[StreamOutcome]:
        """Stop writing, end the session, which must succeed, and read what is stored."""
        reports = self.flush()
        self.library.sessions.end_session(self._name, self._key).unwrap()
        return self.outcomes(reports)

    def outcomes(self, reports: list[WriteReport]) -> list[StreamOutcome]:
        """Read what is stored of each stream."""
        topics = ContractTopics(V2, self._name)
        return [
            StreamOutcome(
                report,
                compare(
                    stream.accepted,
                    stored_numbers(self._broker.bootstrap_servers, topics.stream(self._name, stream.stream)),
                ),
            )
            for stream, report in zip(self.streams, reports, strict=True)
        ]

    def _failure(self) -> BaseException | None:
        return next((stream.failure for stream in self.streams if stream.failure), None)

    def _describe(self, outcomes: list[StreamOutcome]) -> str:
        def total(name: str) -> Any:
            return sum(getattr(outcome.stored, name) for outcome in outcomes)

        delivered = sum(outcome.report.delivered for outcome in outcomes)
        return (
            f"{delivered:,} of {total('accepted'):,} packets acknowledged, {total('stored'):,} stored, "
            f"{total('lost'):,} lost, {total('duplicates'):,} duplicates, {total('misplaced'):,} out of order; "
            f"writing went on within {max(self.resumed_seconds):.1f} s"
        )


def assert_each_packet_is_stored_once(outcomes: list[StreamOutcome], text: str = "") -> None:
    """Assert that all packets were acknowledged, and that each is on the broker once, in order."""
    for outcome in outcomes:
        assert outcome.report.delivered == outcome.report.accepted, f"{text}\n{outcome}"
        assert outcome.stored.is_exact, f"{text}\n{outcome}"


def assert_each_packet_is_stored_or_reported(outcomes: list[StreamOutcome]) -> None:
    """Assert that no packet is missing that was not reported as failed, and that the others are there once, in order.

    A packet that was given up may be stored all the same: the broker had it, and its answer came too late.
    """
    for outcome in outcomes:
        report, stored = outcome.report, outcome.stored
        assert report.delivered + report.failed == report.accepted, outcome
        assert stored.lost <= report.failed, f"a silent gap: {outcome}"
        assert (stored.duplicates, stored.misplaced) == (0, 0), outcome
