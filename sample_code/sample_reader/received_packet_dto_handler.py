"""Read the samples of one parameter out of the packets."""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from threading import Event, Lock, Thread

from ma_streaming import DataFormatManagementService, IHandler, ReceivedPacketDto
from ma_streaming.protos import open_data_pb2

NANOSECONDS_PER_SECOND = 1_000_000_000
NAMES_SHOWN = 20
STATUS_NAMES = {status: name.removeprefix("DATA_STATUS_") for name, status in open_data_pb2.DataStatus.items()}

Sample = open_data_pb2.DoubleSample | open_data_pb2.Int32Sample | open_data_pb2.BoolSample | open_data_pb2.StringSample

log = logging.getLogger("sample_reader")


@dataclass
class SessionContent:
    """What has been seen of a session.

    Attributes:
        parameters: Identifiers of its parameters, in the order in which they were found.
        samples: Number of samples of the chosen parameter.
        last_seen: When the last of them came, or else when reading began: seconds of the monotonic clock.
        reported: Whether it has been said that no more are coming.
    """

    parameters: dict[str, None] = field(default_factory=dict)
    samples: int = 0
    last_seen: float = field(default_factory=time.monotonic)
    reported: bool = False


class ReceivedPacketDtoHandler(IHandler[ReceivedPacketDto]):
    """Log the samples of one parameter, and name the parameters that there are when it does not come.

    Args:
        data_format_service: Started service that knows the parameters of each data format.
        parameter: Identifier of the parameter, such as `vCar:Chassis`.
        missing_after_seconds: Time without a sample after which the session's parameters are named.
        every: Log every n-th sample only.
    """

    def __init__(
        self,
        data_format_service: DataFormatManagementService,
        parameter: str,
        *,
        missing_after_seconds: float = 5.0,
        every: int = 1,
    ) -> None:
        self._data_format_service = data_format_service
        self._parameter = parameter
        self._missing_after_seconds = missing_after_seconds
        self._every = every
        self._sessions: dict[str, SessionContent] = {}
        self._formats: dict[tuple[str, int], list[str]] = {}
        self._lock = Lock()  # packets come on the reader's thread, the watch has its own
        self._stopped = Event()
        self._watch = Thread(target=self._watch_sessions, name="watch for missing samples", daemon=True)

    def start(self) -> None:
        """Begin to watch for sessions without samples of the parameter."""
        self._watch.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        self._watch.join()

    def handle(self, item: ReceivedPacketDto) -> None:
        """Take one packet. The reader service calls this on its own thread, for one packet after the other."""
        packet = open_data_pb2.Packet.FromString(item.packet_bytes.data)
        if packet.type == "Configuration":
            configuration = open_data_pb2.ConfigurationPacket.FromString(packet.content)
            self._found_parameters(item, [definition.identifier for definition in configuration.parameter_definitions])
        elif packet.type == "PeriodicData":
            self._read_periodic_data(item, open_data_pb2.PeriodicDataPacket.FromString(packet.content))
        elif packet.type == "SynchroData":
            self._read_synchro_data(item, open_data_pb2.SynchroDataPacket.FromString(packet.content))
        elif packet.type == "RowData":
            self._read_row_data(item, open_data_pb2.RowDataPacket.FromString(packet.content))

    def session_started(self, session_key: str) -> None:
        """Expect samples of a session from now on."""
        self._session(session_key)

    def session_completed(self, session_key: str) -> None:
        """Say how many samples there were in a session that has been read to its end."""
        session = self._session(session_key)
        with self._lock:
            del self._sessions[session_key]
            log.info("Samples of %s in this session: %d", self._parameter, session.samples)
            if session.samples == 0 and not session.reported:
                self._report_missing(session)

    def _read_periodic_data(self, item: ReceivedPacketDto, data: open_data_pb2.PeriodicDataPacket) -> None:
        """Sample i of each column belongs to `start_time + i * interval`; there is one column for each parameter."""
        index = self._index_of_parameter(item, data.data_format)
        if index is None:
            return
        for i, sample in enumerate(samples_of(data.columns[index])):
            self._log_sample(item, data.start_time + i * data.interval, sample)

    def _read_synchro_data(self, item: ReceivedPacketDto, data: open_data_pb2.SynchroDataPacket) -> None:
        """As periodic data, but each interval has its own length."""
        index = self._index_of_parameter(item, data.data_format)
        if index is None:
            return
        timestamp_ns = data.start_time
        for sample, interval in zip(samples_of(data.columns[index]), [*data.intervals, 0], strict=True):
            self._log_sample(item, timestamp_ns, sample)
            timestamp_ns += interval

    def _read_row_data(self, item: ReceivedPacketDto, data: open_data_pb2.RowDataPacket) -> None:
        """Each row has a timestamp and one sample of every parameter."""
        index = self._index_of_parameter(item, data.data_format)
        if index is None:
            return
        for timestamp_ns, row in zip(data.timestamps, data.rows, strict=True):
            self._log_sample(item, timestamp_ns, samples_of(row)[index])

    def _index_of_parameter(self, item: ReceivedPacketDto, data_format: open_data_pb2.SampleDataFormat) -> int | None:
        """Return the position of the chosen parameter in a format, or None when the format lacks it."""
        if data_format.WhichOneof("format") == "parameter_identifiers":
            parameters = list(data_format.parameter_identifiers.parameter_identifiers)
        else:
            parameters = self._parameters_of_format(item.data_source, data_format.data_format_identifier)
        self._found_parameters(item, parameters)
        return parameters.index(self._parameter) if self._parameter in parameters else None

    def _parameters_of_format(self, data_source: str, data_format_id: int) -> list[str]:
        key = (data_source, data_format_id)
        if key not in self._formats:
            result = self._data_format_service.get_parameters_list(data_source, data_format_id)
            if not result.success:
                # Not kept: the definition may be on its way, and the next packet asks again.
                log.warning("Data format %d of '%s': %s", data_format_id, data_source, result.error_message)
                return []
            self._formats[key] = list(result.unwrap().parameter_list)
        return self._formats[key]

    def _found_parameters(self, item: ReceivedPacketDto, parameters: Iterable[str]) -> None:
        session = self._session(item.session_key)
        with self._lock:
            session.parameters.update(dict.fromkeys(parameters))

    def _log_sample(self, item: ReceivedPacketDto, timestamp_ns: int, sample: Sample) -> None:
        session = self._session(item.session_key)
        with self._lock:
            session.samples += 1
            session.last_seen = time.monotonic()
            session.reported = False
        if session.samples % self._every == 0:
            status = STATUS_NAMES.get(sample.status, str(sample.status))
            log.info("%s  %s = %s  %s", time_text(timestamp_ns), self._parameter, sample.value, status)

    def _session(self, session_key: str) -> SessionContent:
        with self._lock:
            return self._sessions.setdefault(session_key, SessionContent())

    def _watch_sessions(self) -> None:
        while not self._stopped.wait(0.25):
            with self._lock:
                for session in self._sessions.values():
                    if time.monotonic() - session.last_seen >= self._missing_after_seconds and not session.reported:
                        self._report_missing(session)

    def _report_missing(self, session: SessionContent) -> None:
        session.reported = True
        log.warning("No samples of %s", self._parameter)
        names = list(session.parameters)
        if names:
            more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
            log.warning("This session has: %s%s", ", ".join(names[:NAMES_SHOWN]), more)
            log.warning("Choose one of them with an option: python main.py --parameter %s", names[0])
        else:
            log.warning("This session has not named any parameters yet")


def samples_of(values: open_data_pb2.SampleColumn | open_data_pb2.SampleRow) -> list[Sample]:
    """Return the samples of a column or a row, whatever kind of value it holds; each has a `value` and a `status`."""
    kind = values.WhichOneof("list")
    return list(getattr(values, kind).samples) if kind else []


def time_text(timestamp_ns: int) -> str:
    """Return a time with all its digits, as `2026-01-31T12:00:00.000000000Z`.

    Args:
        timestamp_ns: Nanoseconds since the Unix epoch (UTC).
    """
    seconds, nanoseconds = divmod(timestamp_ns, NANOSECONDS_PER_SECOND)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"
