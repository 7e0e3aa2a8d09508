"""Events, markers, errors and CAN frames of a batch: small tables with a row for each packet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from ma_streaming.columns.buffers import buffers_of, pieces_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from ma_streaming._native.columns import NativeBatch, NativeColumn

TIME: Final = "time"
OPTIONAL_TIME: Final = "time or 0"
NUMBER: Final = "number"
TEXT: Final = "text"
BYTES: Final = "bytes"
DOUBLES: Final = "doubles"


class Field(NamedTuple):
    """One column of a table.

    Attributes:
        array: The attribute that has it as an array.
        name: What it is called in DataFrames and Arrow tables.
        kind: `TIME`, `OPTIONAL_TIME` (0 for none), `NUMBER`, `TEXT`, `BYTES` or `DOUBLES`.
    """

    array: str
    name: str
    kind: str


class PacketTable:
    """Packets of one type as arrays, a row for each, in the order in which they came. The arrays can't be changed.

    Args:
        batch: The native batch.
        columns: The native columns in the order of `FIELDS`; none where the batch has no such packet.

    Attributes:
        FIELDS: The columns, as the wire contract (7.2) has them.
    """

    FIELDS: ClassVar[tuple[Field, ...]] = ()

    timestamps_ns: NDArray[np.int64]

    def __init__(self, batch: NativeBatch, columns: Sequence[NativeColumn]) -> None:
        self._batch = batch
        self._columns = dict(zip((field.array for field in self.FIELDS), columns, strict=False))

    def __getattr__(self, name: str) -> Any:
        field = next((field for field in self.FIELDS if field.array == name), None)
        if field is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        array = _objects(self, field) if field.kind in {TEXT, BYTES, DOUBLES} else self.numbers(field)
        self.__dict__[name] = array
        return array

    def __len__(self) -> int:
        return next(iter(self._columns.values())).samples if self._columns else 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self):,} rows of {', '.join(field.name for field in self.FIELDS)}>"

    def numbers(self, field: Field) -> NDArray[np.int64]:
        """Give a column of times or numbers: int64 [n]."""
        import numpy as np

        column = self._columns.get(field.array)
        return np.empty(0, np.int64) if column is None else np.asarray(self._batch.values(column))

    def buffers(self, field: Field) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Give offsets (int32 [n + 1]), and the bytes (uint8) that they point into, of texts, bytes or doubles."""
        import numpy as np

        column = self._columns.get(field.array)
        if column is None:
            return np.zeros(1, np.int32), np.empty(0, np.uint8)
        return buffers_of(self._batch, column)

    def to_pandas(self) -> pd.DataFrame:
        """Make a DataFrame: times as timestamps (ns, UTC), numbers as int64, texts, bytes and arrays as objects.

        A time that is none is NaT.

        Raises:
            ImportError: pandas is not installed.
        """
        from ma_streaming.columns.tables import pandas, times_of

        pd = pandas()

        def values_of(field: Field) -> Any:
            if field.kind not in {TIME, OPTIONAL_TIME}:
                return getattr(self, field.array)
            numbers = self.numbers(field)
            times = times_of(pd, numbers)
            return times.where(numbers != 0) if field.kind == OPTIONAL_TIME else times

        return pd.DataFrame({field.name: values_of(field) for field in self.FIELDS})

    def to_arrow(self) -> pa.Table:
        """Make an Arrow table of the same columns, without a copy. A time that is none is null.

        Raises:
            ImportError: pyarrow is not installed.
        """
        from ma_streaming.columns.arrow import packet_table_to_arrow

        return packet_table_to_arrow(self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the table to libraries that know the Arrow PyCapsule interface, such as polars and DuckDB."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)


class EventTable(PacketTable):
    """Event packets.

    Attributes:
        timestamps_ns: int64 [n]: ns since the Unix epoch (UTC).
        identifiers: [n] of str: which event; data formats are resolved.
        raw_values: [n] of float64 arrays: what came with each, three values as a rule.
    """

    FIELDS = (
        Field("timestamps_ns", "timestamp", TIME),
        Field("identifiers", "identifier", TEXT),
        Field("raw_values", "raw_values", DOUBLES),
    )

    identifiers: NDArray[np.object_]
    raw_values: NDArray[np.object_]


class MarkerTable(PacketTable):
    """Marker packets; laps are markers whose type is `Lap Trigger` (wire contract 10.4).

    Attributes:
        timestamps_ns: int64 [n]: ns since the Unix epoch (UTC).
        end_times_ns: int64 [n]: the same; 0 for none.
        labels: [n] of str.
        types: [n] of str.
        descriptions: [n] of str.
        sources: [n] of str.
        values: int64 [n]: of laps their numbers.
    """

    FIELDS = (
        Field("timestamps_ns", "timestamp", TIME),
        Field("end_times_ns", "end_time", OPTIONAL_TIME),
        Field("labels", "label", TEXT),
        Field("types", "type", TEXT),
        Field("descriptions", "description", TEXT),
        Field("sources", "source", TEXT),
        Field("values", "value", NUMBER),
    )

    end_times_ns: NDArray[np.int64]
    labels: NDArray[np.object_]
    types: NDArray[np.object_]
    descriptions: NDArray[np.object_]
    sources: NDArray[np.object_]
    values: NDArray[np.int64]


class ErrorTable(PacketTable):
    """Error packets.

    Attributes:
        timestamps_ns: int64 [n]: ns since the Unix epoch (UTC).
        identifiers: [n] of str.
        application_names: [n] of str.
        groups: [n] of str.
        names: [n] of str.
        descriptions: [n] of str.
        types: int64 [n]: values of ErrorType.
        statuses: int64 [n]: values of ErrorStatus.
    """

    FIELDS = (
        Field("timestamps_ns", "timestamp", TIME),
        Field("identifiers", "identifier", TEXT),
        Field("application_names", "application_name", TEXT),
        Field("groups", "group", TEXT),
        Field("names", "name", TEXT),
        Field("descriptions", "description", TEXT),
        Field("types", "type", NUMBER),
        Field("statuses", "status", NUMBER),
    )

    identifiers: NDArray[np.object_]
    application_names: NDArray[np.object_]
    groups: NDArray[np.object_]
    names: NDArray[np.object_]
    descriptions: NDArray[np.object_]
    types: NDArray[np.int64]
    statuses: NDArray[np.int64]


class CanTable(PacketTable):
    """RawCANData packets: a frame each.

    Attributes:
        timestamps_ns: int64 [n]: ns since the Unix epoch (UTC).
        buses: int64 [n].
        can_ids: int64 [n].
        payloads: [n] of bytes.
        types: int64 [n]: values of CanType.
    """

    FIELDS = (
        Field("timestamps_ns", "timestamp", TIME),
        Field("buses", "bus", NUMBER),
        Field("can_ids", "can_id", NUMBER),
        Field("payloads", "payload", BYTES),
        Field("types", "type", NUMBER),
    )

    buses: NDArray[np.int64]
    can_ids: NDArray[np.int64]
    payloads: NDArray[np.object_]
    types: NDArray[np.int64]


TABLES: Final[Mapping[str, type[PacketTable]]] = {
    "events": EventTable,
    "markers": MarkerTable,
    "errors": ErrorTable,
    "can": CanTable,
}
"""By the names that requests use, in the native library's order."""


def _doubles(piece: bytes) -> NDArray[np.float64]:
    import numpy as np

    return np.frombuffer(piece, np.float64)


_FROM_BYTES: Final[Mapping[str, Callable[[bytes], object]]] = {BYTES: bytes, TEXT: bytes.decode, DOUBLES: _doubles}


def _objects(table: PacketTable, field: Field) -> NDArray[np.object_]:
    """Give a column of texts, bytes or arrays as Python objects."""
    import numpy as np

    objects = np.empty(len(table), dtype=object)
    for row, piece in enumerate(pieces_of(*table.buffers(field))):
        objects[row] = _FROM_BYTES[field.kind](piece)
    objects.flags.writeable = False
    return objects
