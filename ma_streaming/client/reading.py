"""Read sessions: their parameters, their samples as one table, and live as batches."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ma_streaming import arguments
from ma_streaming.client.parameters import Parameter, ParameterTable
from ma_streaming.client.progress import ReadingProgress
from ma_streaming.client.times import AnyTime, nanoseconds
from ma_streaming.columns.mapping import unknown_parameter
from ma_streaming.data_format_management.models import DataFormatInfoType
from ma_streaming.errors import InvalidArgumentError
from ma_streaming.packet_reading.column_batches import column_request
from ma_streaming.packet_reading.models import LiveReadingType, PacketReadingConfiguration, PacketReadingType

if TYPE_CHECKING:
    from ma_streaming.client.assembly import ConfigurationAssembler
    from ma_streaming.columns import ColumnBatch
    from ma_streaming.columns.table import ColumnTable
    from ma_streaming.data_format_management.service import DataFormatManagementService
    from ma_streaming.packet_reading.service import PacketReaderService
    from ma_streaming.session_management.models import SessionInfo
    from ma_streaming.support_library import SupportLibraryApi

_QUIET_SECONDS: Final = 1.0
_SLICE_SECONDS: Final = 0.2
_BATCH_PACKETS: Final = 10_000


class SessionReading:
    """The reading of one session.

    Args:
        library: The connection.
        formats: The service for data formats, started.
        session: What to read.
    """

    def __init__(self, library: SupportLibraryApi, formats: DataFormatManagementService, session: SessionInfo) -> None:
        self._library = library
        self._formats = formats
        self._session = session
        self._log = library.logger

    def parameters(self) -> ParameterTable:
        """See `Client.parameters`."""
        assembler = self._assemble()
        parameters, notes = assembler.parameters(), assembler.notes()
        if not assembler.is_complete:
            known = {each.identifier for each in parameters}
            named = [Parameter(name, is_configured=False) for name in self._named_by_formats() if name not in known]
            parameters += named
            if named:
                notes.append(f"{len(named):,} come from the data formats of {self._session.data_source} alone")
        return ParameterTable(parameters, assembler.events(), notes)

    def table(
        self,
        parameters: Iterable[str] | None,
        *,
        streams: Sequence[str],
        start: AnyTime | None,
        end: AnyTime | None,
        inactivity_timeout_seconds: float | None,
        progress: bool | None,
    ) -> ColumnTable:
        """See `Client.read`."""
        from ma_streaming.columns.table import ColumnTable, TableBuilder, empty_column

        names = names_of(parameters)
        start_ns = None if start is None else nanoseconds("start", start)
        end_ns = None if end is None else nanoseconds("end", end)
        if start_ns is not None and end_ns is not None and end_ns <= start_ns:
            raise arguments.refuse("end", end, f"a time after start, which is {start!r}")
        builder = TableBuilder(start_ns, end_ns)
        session = self._session
        if not session.historical and inactivity_timeout_seconds is None:
            text = (
                f"session {session.session_key} is live: follow() it, or read it once it has ended; or say by "
                "inactivity_timeout_seconds after how long without a packet to take what is there"
            )
            raise InvalidArgumentError(text, subject="session")
        self._require_streams(streams)
        reasons: list[str] = []
        with self._reader(streams, inactivity_timeout_seconds=inactivity_timeout_seconds) as reader:
            reader.session_reading_completed.subscribe(lambda _, info: reasons.append(info.reason))
            with ReadingProgress(reader, shown=progress) as bar:
                for batch in reader.columns(names, max_latency_seconds=_QUIET_SECONDS):
                    builder.add(batch)
                    bar.update(builder.samples)
            statistics = reader.statistics().unwrap().columns
        columns = builder.columns()
        found = {column.name for column in columns}
        columns += map(empty_column, self._without_samples(names, found))
        reason = reasons[-1] if reasons else "stopped"
        return ColumnTable(session.data_source, session.session_key, columns, reason=reason, statistics=statistics)

    def batches(
        self,
        parameters: Iterable[str] | None,
        *,
        streams: Sequence[str],
        from_now: bool,
        tables: Iterable[str],
        max_samples: int,
        max_latency_seconds: float,
    ) -> Generator[ColumnBatch, None, None]:
        """See `Client.follow`."""
        request = column_request(names_of(parameters), max_samples, max_latency_seconds, tables)
        if self._session.historical:
            self._require_streams(streams)
        begin = LiveReadingType.LEADING_EDGE if from_now else LiveReadingType.FROM_BEGINNING
        reader = self._reader(streams, live_reading_type=begin)

        def follow() -> Generator[ColumnBatch, None, None]:
            missing = set(request.parameters or ())
            with reader:
                for batch in reader.columns(
                    request.parameters, max_samples, max_latency_seconds, tables=request.tables
                ):
                    missing = {name for name in missing if not any(fits(each, name) for each in batch)}
                    yield batch
            for name in sorted(missing):
                self._log.warning(
                    f"session {self._session.session_key} has ended without a sample of parameter {name!r}"
                )

        return follow()

    def _require_streams(self, streams: Sequence[str]) -> None:
        """Check that the session has these streams.

        Raises:
            InvalidArgumentError: It has not; the text says which it has.
        """
        known = ["", *self._session.streams]
        for stream in streams:
            if stream not in known:
                hint = arguments.near_matches(stream, known) or f"it has {', '.join(map(repr, known))}"
                text = f"session {self._session.session_key} has no stream {stream!r}; {hint}"
                raise InvalidArgumentError(text, subject="stream")

    def _reader(self, streams: Sequence[str], **options: object) -> PacketReaderService:
        configuration = PacketReadingConfiguration(
            self._session.session_key,
            data_source=self._session.data_source,
            reading_type=PacketReadingType.BOTH,
            streams=streams,
            **options,  # type: ignore[arg-type]
        )
        return self._library.get_reading_packet_api().create_service_with_config(configuration).unwrap()

    def _assemble(self) -> ConfigurationAssembler:
        """Put the configuration together from the essentials that are there now."""
        from ma_streaming.client.assembly import ConfigurationAssembler

        session, assembler = self._session, ConfigurationAssembler()
        longest = self._library.configuration.timeout_seconds
        essentials = self._library.get_essentials_api().create_service(session.data_source, session.session_key)
        with essentials.unwrap() as reader:
            began = last = time.monotonic()
            while not reader.is_completed:
                packets = reader.read_batch(_BATCH_PACKETS, _SLICE_SECONDS)
                for each in packets:
                    if each.packet.type == "Configuration":
                        assembler.add(each.packet.content)
                now = time.monotonic()
                last = now if packets else last
                # Essentials of a live session have no end: what came until it was quiet has to do.
                quiet = now - last > _QUIET_SECONDS
                if not session.historical and quiet and (not assembler.lacks_parts or now - began > longest):
                    break
        return assembler

    def _named_by_formats(self) -> list[str]:
        formats = self._formats.get_data_source_data_format_info(self._session.data_source).unwrap()
        kind = DataFormatInfoType.PARAMETERS
        named = (each.identifiers for each in formats if each.data_format_info_type is kind)
        return list(dict.fromkeys(name for identifiers in named for name in identifiers))

    def _without_samples(self, names: Iterable[str] | None, found: set[str]) -> list[str]:
        """Give the parameters that were asked for by name and have no samples.

        Raises:
            InvalidArgumentError: A name or pattern fits nothing that the session has.
        """
        missing = [name for name in names or () if not any(fits(each, name) for each in found)]
        if not missing:
            return []
        # Data formats are of the whole data source: that they have a name does not say that this session has.
        configured = [each.identifier for each in self.parameters() if each.is_configured]
        known = [*dict.fromkeys([*configured, *found])]
        for name in missing:
            if not any(fits(each, name) for each in known):
                text = unknown_parameter(name, known, f"session {self._session.session_key}")
                raise InvalidArgumentError(text, subject="parameters")
        return [name for name in missing if name in known]


def names_of(parameters: Iterable[str] | None) -> list[str] | None:
    """Check identifiers and patterns; a single string is one of them.

    Raises:
        InvalidArgumentError: They are something else, or empty.
    """
    if parameters is None:
        return None
    names = arguments.texts("parameters", [parameters] if isinstance(parameters, str) else parameters)
    if not names or not all(names):
        raise arguments.refuse("parameters", names, "a list of identifiers or patterns, or None for all")
    return names


def fits(name: str, pattern: str) -> bool:
    """Tell whether a whole identifier fits an identifier or a pattern with `*` and `?`, as readers of columns do."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, name, re.DOTALL) is not None
