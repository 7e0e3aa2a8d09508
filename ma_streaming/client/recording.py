"""Record a session that ATLAS can read (wire contract 10.1 to 10.4)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ma_streaming import arguments
from ma_streaming.client.data_output import DataOutput
from ma_streaming.client.marks import Marks, marker_of
from ma_streaming.client.samples import groups_of
from ma_streaming.client.sampling import sampling_of
from ma_streaming.client.session_output import SessionOutput
from ma_streaming.client.timeline import Timeline
from ma_streaming.client.times import AnyTime, nanoseconds
from ma_streaming.errors import InvalidArgumentError, LifecycleError, StreamingError
from ma_streaming.protos.open_data_pb2 import EventDataFormat, EventPacket
from ma_streaming.tabular import counted

if TYPE_CHECKING:
    from types import TracebackType

    import pandas as pd
    from numpy.typing import ArrayLike
    from typing_extensions import Self

    from ma_streaming.client.contents import RecordingContents
    from ma_streaming.client.samples import SampleGroup
    from ma_streaming.client.timeline import Pace
    from ma_streaming.data_format_management.service import DataFormatManagementService
    from ma_streaming.logger import GuardedLogger
    from ma_streaming.packet_writing.models import WriteReport
    from ma_streaming.packet_writing.service import PacketWriterService
    from ma_streaming.session_management.models import SessionCreationInfo, SessionInfo
    from ma_streaming.session_management.service import SessionManagementService

_FLUSH_SECONDS: Final = 310.0
"""Longer than the producer tries to deliver, by default: afterwards the fate of every packet is known."""


class RecordingServices(NamedTuple):
    """What a recording is written by.

    Attributes:
        sessions: The service for sessions, started.
        formats: The service for data formats, started.
        writer: A writer for this recording alone, which starts and stops it.
        logger: Where log lines go.
    """

    sessions: SessionManagementService
    formats: DataFormatManagementService
    writer: PacketWriterService
    logger: GuardedLogger


class _Begun(NamedTuple):
    session: SessionInfo
    output: SessionOutput
    data: DataOutput
    marks: Marks


class Recording:
    """A session that is being recorded; `Client.record()` makes one, and a `with` statement begins and ends it.

    At the beginning the session is created and announced on its streams. The first samples bring its configuration with
    them. At the end, however the `with` block is left, streams and session are ended, and everything is flushed.

    It is for one thread at a time.

    Args:
        services: What it is written by.
        creation: What the session is to be.
        contents: Which parameters and events it may have.
        stream: The data stream; "" is the main stream.
        start_ns: Time of the first samples that come without one; None = when recording begins.

    Attributes:
        report: What became of the packets; None before the end.
    """

    def __init__(
        self,
        services: RecordingServices,
        creation: SessionCreationInfo,
        contents: RecordingContents,
        *,
        stream: str,
        start_ns: int | None,
    ) -> None:
        self._services = services
        self._creation = creation
        self._contents = contents
        self._stream = stream
        self._start_ns = start_ns
        self._begun: _Begun | None = None
        self._has_ended = False
        self.report: WriteReport | None = None

    def __enter__(self) -> Self:
        """Create and announce the session."""
        if self._begun is not None or self._has_ended:
            raise LifecycleError("a recording can't be begun again: make another one with record()")
        services = self._services
        services.writer.__enter__()
        session: SessionInfo | None = None
        try:
            session = services.sessions.create_new_session(self._creation).unwrap()
            timeline = Timeline(time.time_ns() if self._start_ns is None else self._start_ns)
            output = SessionOutput(session, self._stream, services.writer)
            output.new_session()
            data = DataOutput(session, self._stream, services.writer, timeline)
            self._begun = _Begun(session, output, data, Marks(output, timeline, services.logger))
        except BaseException:
            self._has_ended = True
            self._abandon(session)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """End it. What fails then is raised, or logged where the block was left by another error."""
        begun = self._require_open()
        self._has_ended = True
        try:
            failures = self._finish(begun)
        except BaseException:
            self._abandon(begun.session)
            raise
        if error is None and not begun.data.samples:
            text = f"the recording of session {self.session_key} has ended without a sample"
            self._services.logger.warning(text)
        for failure in failures[error is None :]:
            text = f"While the recording of session {self.session_key} was ended: {failure}"
            self._services.logger.error(text)
        if failures and error is None:
            raise failures[0]

    def __repr__(self) -> str:
        name = f"{self._creation.identifier!r} of {self._creation.data_source}"
        if self._begun is None:
            return f"<Recording: {name}, not begun>"
        state = "ended" if self._has_ended else "recording"
        return (
            f"<Recording: {name}, session {self.session_key}, {state}, {counted(self._begun.data.samples, 'sample')}>"
        )

    @property
    def session(self) -> SessionInfo:
        """The session, as it was created.

        Raises:
            LifecycleError: Recording has not begun.
        """
        if self._begun is None:
            raise _not_begun()
        return self._begun.session

    @property
    def session_key(self) -> str:
        """The key of the session."""
        return self.session.session_key

    def write(
        self,
        data: Any,  # noqa: ANN401 - names, a mapping, or a DataFrame
        values: ArrayLike | None = None,
        *,
        rate_hz: float | None = None,
        interval_ns: int | None = None,
        timestamps_ns: ArrayLike | None = None,
        start: AnyTime | None = None,
        statuses: Any = None,  # noqa: ANN401 - an array, or a mapping of arrays
    ) -> None:
        """Write samples.

        Those at a rate follow on the last ones of their parameters without a gap, whenever they are written; the first
        ones begin where the recording does. Samples slower than one in 4.29 s go out as rows. A packet holds about a
        second, or ten samples.

        Args:
            data: The name of one parameter, or names of several; or a mapping of names to values; or a DataFrame with a
                column for each parameter. One with a DatetimeIndex needs nothing else: times at equal distances become
                periodic data, others rows; one or two rows go on at the pace of the last ones, where they do. Its
                missing values get the status MISSING.
            values: [samples] for one name, [parameters, samples] for several; numbers or bools.
            rate_hz: Samples per second.
            interval_ns: The time from one sample to the next, in its place.
            timestamps_ns: [samples]: the time of each one, in ns since 1970 UTC, or datetime64.
            start: With a rate or interval: the time of the first of these samples, as `Client.read` takes it.
            statuses: A DataStatus for each value, in the form of the values, or of a mapping; None = all VALID.

        Raises:
            InvalidArgumentError: Something does not fit, or a parameter is not among those of the recording.
            QueueFullError: The client's queue stayed full; samples before were written.
            StreamingError: They could not be written.
        """
        begun = self._require_open()
        groups = groups_of(data, values, statuses)
        sampling = sampling_of(data, rate_hz=rate_hz, interval_ns=interval_ns, timestamps_ns=timestamps_ns, start=start)
        sampling = begun.data.going_on(groups, sampling)
        samples = groups[0].values.shape[1]
        sampling.require_fit(samples)
        if not samples:
            return
        begun.data.require_room(groups, sampling)
        self._contents.require(groups)
        self._configure(begun, groups, sampling.pace)
        self._contents.warn_of_late(groups)
        self._contents.warn_of_others(groups, sampling.pace)
        begun.data.write(groups, sampling)
        begun.marks.release()

    def require_writable(self, frame: pd.DataFrame) -> None:
        """Check a DataFrame before recording begins, so that no session is made for one that is refused.

        Raises:
            InvalidArgumentError: It can't be written, or has no rows.
        """
        groups = groups_of(frame, None, None)
        sampling = sampling_of(frame, rate_hz=None, interval_ns=None, timestamps_ns=None, start=None)
        samples = groups[0].values.shape[1]
        sampling.require_fit(samples)
        if not samples:
            raise InvalidArgumentError("the DataFrame has no rows: there is nothing to record", subject="frame")
        self._contents.require(groups)

    def marker(
        self,
        label: str,
        kind: str = "Marker",
        *,
        time: AnyTime | None = None,
        end: AnyTime | None = None,
        number: int | None = None,
        description: str = "",
        source: str = "0",
    ) -> None:
        """Write a marker to all streams, once the data has come to its time.

        One outside of the time of the data is moved to its beginning or end, with a warning: recorders would drop it;
        the end of a range is moved with it. A lap that comes closer than 10 s to the one before by that becomes a
        point, with a warning, too.

        Args:
            label: Its text.
            kind: "Lap Trigger" for a lap, anything else for a point.
            time: As `Client.read` takes it; None = that of the last sample, or of the first where there is none yet.
            end: For a range of time: its end.
            number: Of a lap: its number, None = one more than the laps before. Otherwise a value to go with it.
            description: A longer text.
            source: Of a lap: "0" for the main beacon, "1" for the pit lane.

        Raises:
            InvalidArgumentError: An argument is not allowed, or it is a lap less than 10 s after the one before, or it
                ends before it begins.
            StreamingError: It could not be written now, as where the client's queue stayed full (`QueueFullError`).
                It is kept and written with what comes next, so it must not be given again.
        """
        begun = self._require_open()
        content = marker_of(label, kind, number=number, description=description, source=source)
        content.end_time = 0 if end is None else nanoseconds("end", end)
        begun.marks.add_marker(content, None if time is None else nanoseconds("time", time), number)

    def event(self, identifier: str, values: Sequence[float] = (), *, time: AnyTime | None = None) -> None:
        """Write an event to the data stream.

        Args:
            identifier: Of one of the recording's events.
            values: What goes with it; recorders take up to three numbers.
            time: As for a marker.

        Raises:
            InvalidArgumentError: It is not among the recording's events, or an argument is not allowed.
            StreamingError: As for a marker.
        """
        begun = self._require_open()
        self._contents.require_event(identifier)
        numbers = arguments.numbers("values", values)
        found = self._services.formats.get_event_data_format_id(begun.session.data_source, identifier).unwrap()
        content = EventPacket(
            data_format=EventDataFormat(data_format_identifier=found.data_format_id), raw_values=numbers
        )
        begun.marks.add_event(content, None if time is None else nanoseconds("time", time))

    def _configure(self, begun: _Begun, groups: Sequence[SampleGroup] = (), pace: Pace | None = None) -> None:
        """Write the configuration, where it has not been."""
        contents = self._contents
        if not contents.is_configured:
            begun.output.configuration(contents.configure(groups, pace))
            contents.is_configured = True

    def _abandon(self, session: SessionInfo | None) -> None:
        """Leave no live session and no running writer behind, where its end was interrupted, as by Ctrl-C."""
        try:
            if session is not None:
                self._services.sessions.end_session(session.data_source, session.session_key, force=True)
        finally:
            self._services.writer.stop()

    def _finish(self, begun: _Begun) -> list[StreamingError]:
        """End everything, whatever fails on the way, and give what failed."""
        services, session = self._services, begun.session
        failures: list[StreamingError] = []

        def attempt(work: Callable[[], object]) -> None:
            try:
                work()
            except StreamingError as failure:
                failures.append(failure)

        attempt(lambda: self._configure(begun))
        attempt(lambda: begun.marks.release(all_of_them=True))
        attempt(begun.output.end_of_session)
        attempt(self._flush)
        attempt(lambda: services.sessions.end_session(session.data_source, session.session_key).unwrap())
        attempt(services.writer.stop)
        return failures

    def _flush(self) -> None:
        result = self._services.writer.flush(_FLUSH_SECONDS)
        self.report = result.data
        result.unwrap()

    def _require_open(self) -> _Begun:
        if self._has_ended:
            raise LifecycleError("recording has ended: make another one with record()", subject="Recording")
        if self._begun is None:
            raise _not_begun()
        return self._begun


def _not_begun() -> LifecycleError:
    return LifecycleError("recording has not begun: use it in a with statement", subject="Recording")
