"""What a recording writes, by services that keep it in place of a broker."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from typing_extensions import Self

from ma_streaming import (
    ApiResult,
    Event,
    InvalidArgumentError,
    Parameter,
    QueueFullError,
    SessionCreationInfo,
    SessionInfo,
)
from ma_streaming.client.contents import RecordingContents
from ma_streaming.client.recording import Recording, RecordingServices
from ma_streaming.logger import guarded
from ma_streaming.protos import open_data_pb2 as open_data
from tests.support.fakes import RecordingLogger, session_fields

SECOND = 1_000_000_000
START = 1_750_000_000 * SECOND


class Samples(NamedTuple):
    """What was given to the writer of arrays."""

    names: tuple[str, ...]
    start_ns: int
    samples: int
    first_sample: int
    is_rows: bool


class Services:
    """Stands in for the writer of a recording and for the service of sessions."""

    def __init__(self) -> None:
        self.samples: list[Samples] = []
        self.packets: list[open_data.Packet] = []
        self.is_running = False
        self.ended: list[bool] = []
        self.failure: BaseException | None = None
        self.fails_at = ""

    def __enter__(self) -> Self:
        self.is_running = True
        return self

    def stop(self) -> None:
        self.is_running = False

    def create_new_session(self, _: SessionCreationInfo) -> ApiResult[SessionInfo]:
        return ApiResult.succeeded(SessionInfo(**session_fields("k")))

    def end_session(self, _source: str, _key: str, *, force: bool = False) -> ApiResult[None]:
        self.reach("" if force else "end_session")
        self.ended.append(force)
        return ApiResult.succeeded(None)

    def write_data(self, _source: str, stream: str, _key: str, value: bytes) -> ApiResult[bool]:
        packet = open_data.Packet.FromString(value)
        self.reach(packet.type)
        if stream:
            self.packets.append(packet)
        return ApiResult.succeeded(True)

    def write_columns(self, *_: str, **given: Any) -> ApiResult[int]:
        self.keep(given, given["start_time_ns"], given["values"].shape[1], is_rows=False)
        return ApiResult.succeeded(given["values"].shape[1])

    def write_rows(self, *_: str, **given: Any) -> ApiResult[int]:
        self.keep(given, int(given["timestamps_ns"][0]), len(given["values"]), is_rows=True)
        return ApiResult.succeeded(len(given["values"]))

    def flush(self, _: float) -> ApiResult[None]:
        self.reach("flush")
        return ApiResult.succeeded(None)

    def keep(self, given: dict[str, Any], start_ns: int, count: int, *, is_rows: bool) -> None:
        names = tuple(given["parameters"])
        self.reach(names[0])
        self.samples.append(Samples(names, start_ns, count, given.get("first_sample", 0), is_rows))

    def reach(self, place: str) -> None:
        """Fail once, where the test wants it."""
        if self.fails_at == place and self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure

    def kinds(self) -> list[str]:
        return [each.type for each in self.packets]

    def definitions(self) -> list[open_data.ParameterDefinition]:
        """Give the definitions of the one configuration that was written."""
        (found,) = [each for each in self.packets if each.type == "Configuration"]
        return list(open_data.ConfigurationPacket.FromString(found.content).parameter_definitions)


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def log() -> RecordingLogger:
    return RecordingLogger()


def recording_of(services: Services, log: RecordingLogger, parameters: Any = None, events: Any = ()) -> Recording:
    fake: Any = services
    logger = guarded(log)
    return Recording(
        RecordingServices(fake, fake, fake, logger),
        SessionCreationInfo("Default", "run"),
        RecordingContents("Default", parameters, events, logger),
        stream="Stream1",
        start_ns=START,
    )


def begins(services: Services) -> list[tuple[tuple[str, ...], int]]:
    """Give names and beginnings, in seconds from the start."""
    return [(each.names, (each.start_ns - START) // SECOND + each.first_sample // 10) for each in services.samples]


class TestTimes:
    def test_parameters_of_one_write_begin_together_whatever_their_types(
        self, services: Services, log: RecordingLogger
    ) -> None:
        with recording_of(services, log, ["a:App", "b:App"]) as recording:
            recording.write("a:App", np.zeros(10), rate_hz=10)
            recording.write({"a:App": np.zeros(10), "b:App": np.zeros(10, int)}, rate_hz=10)
            recording.write({"a:App": np.zeros(10), "b:App": np.zeros(10, int)}, rate_hz=10)
        assert begins(services) == [
            (("a:App",), 0),
            (("a:App",), 1),
            (("b:App",), 1),
            (("a:App",), 2),
            (("b:App",), 2),
        ]

    def test_after_a_failure_they_begin_together_again(self, services: Services, log: RecordingLogger) -> None:
        both = {"a:App": np.zeros(10), "b:App": np.zeros(10, int)}
        with recording_of(services, log) as recording:
            services.fails_at, services.failure = "b:App", KeyboardInterrupt()
            with pytest.raises(KeyboardInterrupt):
                recording.write(both, rate_hz=10)
            recording.write(both, rate_hz=10)
        assert begins(services) == [(("a:App",), 0), (("a:App",), 1), (("b:App",), 1)]


class TestEnd:
    @pytest.mark.parametrize("place", ["Configuration", "EndOfSession", "flush", "end_session"])
    def test_ctrl_c_meanwhile_leaves_neither_a_live_session_nor_a_running_writer(
        self, services: Services, log: RecordingLogger, place: str
    ) -> None:
        services.fails_at, services.failure = place, KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt), recording_of(services, log, ["a:App"]):
            pass
        assert (services.ended, services.is_running) == ([True], False)

    def test_without_failures_it_is_ended_once_and_not_by_force(self, services: Services, log: RecordingLogger) -> None:
        with recording_of(services, log, ["a:App"]):
            pass
        assert (services.ended, services.is_running) == ([False], False)
        assert services.kinds() == ["NewSession", "Configuration", "EndOfSession"]


class TestFirstSamples:
    @pytest.mark.parametrize(
        ("values", "when"),
        [
            (np.zeros(3, np.uint64), {"rate_hz": 10}),
            ([2**31], {"rate_hz": 10}),
            (np.zeros(3), {"timestamps_ns": [START]}),
            (np.zeros(3), {"rate_hz": 0}),
            (np.zeros(3), {"rate_hz": 10, "start": -1}),
            (np.zeros(3), {}),
            (np.zeros(3), {"interval_ns": 4 * 10**18}),
            (np.zeros(3), {"rate_hz": 10, "start": 2**63 - 1}),
        ],
    )
    def test_those_that_are_refused_fix_neither_the_parameters_nor_the_configuration(
        self, services: Services, log: RecordingLogger, values: Any, when: Any
    ) -> None:
        with recording_of(services, log) as recording:
            with pytest.raises(InvalidArgumentError):
                recording.write("wrong:App", values, **when)
            recording.write("a:App", [1.0, 2.0], rate_hz=10)
        assert [each.identifier for each in services.definitions()] == ["a:App"]

    @pytest.mark.parametrize("when", [{"rate_hz": 10}, {"timestamps_ns": np.zeros(0, int)}])
    def test_none_fix_nothing_either(self, services: Services, log: RecordingLogger, when: Any) -> None:
        with recording_of(services, log) as recording:
            recording.write("wrong:App", [], **when)
            recording.write("a:App", [1.0, 2.0], rate_hz=10)
        assert [(each.identifier, each.max_value) for each in services.definitions()] == [("a:App", 2.0)]

    def test_a_configuration_that_could_not_be_written_comes_with_the_next_ones(
        self, services: Services, log: RecordingLogger
    ) -> None:
        with recording_of(services, log) as recording:
            services.fails_at, services.failure = "Configuration", QueueFullError("full")
            with pytest.raises(QueueFullError):
                recording.write("a:App", [1.0, 2.0], rate_hz=10)
            recording.write("a:App", [1.0, 3.0], rate_hz=10)
        assert [(each.identifier, each.max_value) for each in services.definitions()] == [("a:App", 3.0)]
        assert services.kinds() == ["NewSession", "Configuration", "EndOfSession"]


class TestEvents:
    @pytest.mark.parametrize("wrong", [5.0, [None], "12", ["1"], None])
    def test_values_that_are_no_numbers_are_refused(self, services: Services, log: RecordingLogger, wrong: Any) -> None:
        with (
            recording_of(services, log, ["a:App"], [Event("1A:App")]) as recording,
            pytest.raises(InvalidArgumentError, match=r"^values is "),
        ):
            recording.event("1A:App", wrong)


class TestConfigured:
    def test_samples_that_contradict_the_configuration_are_told_of_once(
        self, services: Services, log: RecordingLogger
    ) -> None:
        parameters = [Parameter(f"{name}:App", rates_hz=[10, 50], limits=(0, 1)) for name in "abcdefg"]
        with recording_of(services, log, parameters) as recording:
            recording.write("a:App", np.zeros(50), rate_hz=50)
            recording.write("a:App", np.zeros(10), interval_ns=SECOND // 10)
            assert log.at("warning") == []
            for _ in range(2):
                recording.write("a:App", np.zeros(20), rate_hz=20)
            recording.write([f"{name}:App" for name in "bcdefg"], np.zeros((6, 2)), timestamps_ns=[START, START + 1])
            recording.write("b:App", np.zeros(20), rate_hz=20)
        assert [line.partition(", which is not")[0] for line in log.at("warning")] == [
            "there are samples at 20 Hz of a:App",
            "there are rows of b:App, c:App, d:App, e:App, f:App and 1 more",
        ]

    def test_rows_and_rates_that_it_has_are_not_told_of(self, services: Services, log: RecordingLogger) -> None:
        parameters = [
            Parameter("a:App", rates_hz=[1 / 0.007], has_rows=True),
            Parameter("b:App", rates_hz=[0.1], limits=(0, 1)),
        ]
        with recording_of(services, log, [*parameters, "c:App"]) as recording:
            recording.write({"a:App": [1.0], "c:App": [1]}, interval_ns=7_000_000)
            recording.write("a:App", [1.0], timestamps_ns=[START + SECOND])
            recording.write("b:App", [1.0], rate_hz=0.1)
            recording.write("c:App", [1], interval_ns=7_000_000)
        assert log.lines == []

    @pytest.mark.parametrize("rows", [1, 2])
    def test_few_rows_of_a_dataframe_go_on_at_the_pace_of_the_last_ones(
        self, services: Services, log: RecordingLogger, rows: int
    ) -> None:
        index = pd.date_range(pd.Timestamp(START, tz="UTC"), periods=10, freq="100ms")
        frame = pd.DataFrame({"a:App": np.zeros(10), "b:App": np.zeros(10, int)}, index)
        with recording_of(services, log) as recording:
            recording.write(frame[: 10 - rows])
            recording.write(frame[10 - rows :])
            recording.write(frame[:1].set_axis(index[-1:] + pd.Timedelta(seconds=1)))
        assert [(each.samples, each.is_rows) for each in services.samples] == [
            (10 - rows, False),
            (10 - rows, False),
            (rows, False),
            (rows, False),
            (1, True),
            (1, True),
        ]
        assert [each.first_sample for each in services.samples[2:4]] == [10 - rows] * 2
