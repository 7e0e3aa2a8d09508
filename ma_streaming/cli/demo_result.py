"""What came of the demo: figures, comparisons, the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ma_streaming.cli.demo_check import Comparison, compare, latencies_ms, percentile
from ma_streaming.cli.demo_plan import NANOSECONDS_PER_SECOND, DataPacket, DemoPlan
from ma_streaming.cli.demo_run import DemoRun


@dataclass(frozen=True)
class Figures:
    """Figures of the packets that were written, or read.

    Attributes:
        packets: Number of packets of samples.
        samples: Number of samples.
        first_timestamp_ns: Time of the first sample, nanoseconds since the Unix epoch (UTC); None without samples.
        last_timestamp_ns: Time of the last sample, likewise.
    """

    packets: int
    samples: int
    first_timestamp_ns: int | None
    last_timestamp_ns: int | None

    @classmethod
    def of(cls, packets: Sequence[DataPacket]) -> Figures:
        """Return the figures of these packets."""
        times = [timestamp_ns for packet in packets for timestamp_ns, _, _ in packet.samples()]
        return cls(len(packets), len(times), min(times, default=None), max(times, default=None))

    def to_json(self) -> dict[str, Any]:
        """Return the figures as values that JSON can hold."""
        return {
            "packets": self.packets,
            "samples": self.samples,
            "first_sample": time_text(self.first_timestamp_ns),
            "first_timestamp_ns": self.first_timestamp_ns,
            "last_sample": time_text(self.last_timestamp_ns),
            "last_timestamp_ns": self.last_timestamp_ns,
        }


@dataclass(frozen=True)
class DemoResult:
    """What came of a run of the demo.

    Attributes:
        plan: What was to be written.
        session_key: Key of the session.
        written: What was written.
        live: What was read live.
        historic: What was read of the finished session.
        live_comparison: What was read live, compared with what was written.
        historic_comparison: What was read historic, compared with what was written.
        latency_p50_ms: Median of the time from the call of `write_data` to the call of the live reader's handler.
        latency_p99_ms: The time that 99 of 100 packets took at most.
    """

    plan: DemoPlan
    session_key: str
    written: Figures
    live: Figures
    historic: Figures
    live_comparison: Comparison
    historic_comparison: Comparison
    latency_p50_ms: float | None
    latency_p99_ms: float | None

    @classmethod
    def of(cls, run: DemoRun) -> DemoResult:
        """Return the result of a run."""
        latencies = latencies_ms(run.written, run.live)
        return cls(
            plan=run.plan,
            session_key=run.session_key,
            written=Figures.of(run.written),
            live=Figures.of(run.live),
            historic=Figures.of(run.historic),
            live_comparison=compare(run.written, run.live),
            historic_comparison=compare(run.written, run.historic),
            latency_p50_ms=percentile(latencies, 0.50),
            latency_p99_ms=percentile(latencies, 0.99),
        )

    @property
    def failures(self) -> list[str]:
        """What is wrong, in words; empty when all that was planned was written, and read twice, bit for bit."""
        failures = []
        if self.written.samples != self.plan.sample_count:
            failures.append(f"{self.written.samples:,} of {self.plan.sample_count:,} samples were written")
        if not self.live_comparison.identical:
            failures.append(f"read live: {self.live_comparison}")
        if not self.historic_comparison.identical:
            failures.append(f"read historic: {self.historic_comparison}")
        return failures

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.failures

    def to_json(self) -> dict[str, Any]:
        """Return the result as values that JSON can hold."""
        return {
            "passed": self.passed,
            "failures": self.failures,
            "broker": self.plan.broker,
            "data_source": self.plan.data_source,
            "session_identifier": self.plan.session_identifier,
            "session_key": self.session_key,
            "parameter": self.plan.parameter,
            "frequency_hz": self.plan.frequency_hz,
            "written": self.written.to_json(),
            "live": {
                **self.live.to_json(),
                "latency_p50_ms": self.latency_p50_ms,
                "latency_p99_ms": self.latency_p99_ms,
                "comparison": self.live_comparison.to_json(),
            },
            "historic": {**self.historic.to_json(), "comparison": self.historic_comparison.to_json()},
        }


def time_text(timestamp_ns: int | None) -> str:
    """Return a time with all its digits, as `2026-01-31T12:00:00.000000000Z`; "" for None."""
    if timestamp_ns is None:
        return ""
    seconds, nanoseconds = divmod(timestamp_ns, NANOSECONDS_PER_SECOND)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"
