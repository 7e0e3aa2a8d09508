"""A batch of columns, and one column: views of native memory that stay valid as long as anything refers to them."""

from __future__ import annotations

from collections.abc import KeysView, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from ma_streaming._native.columns import BOOL, DOUBLE, INT32, TEXT
from ma_streaming.columns.buffers import buffers_of, pieces_of
from ma_streaming.columns.mapping import AnyColumn, ColumnMapping, unknown_parameter
from ma_streaming.columns.packet_tables import TABLES
from ma_streaming.tabular import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ma_streaming._native.columns import NativeBatch, NativeColumn
    from ma_streaming.columns.packet_tables import CanTable, ErrorTable, EventTable, MarkerTable, PacketTable

_KIND_NAMES: Final = {DOUBLE: "float64", INT32: "int32", BOOL: "bool", TEXT: "text"}


class Column(AnyColumn):
    """The samples of one parameter in a batch. The arrays can't be changed; copy one that is to be.

    Attributes:
        name: The parameter's identifier.
    """

    def __init__(self, name: str, batch: NativeBatch, native: NativeColumn) -> None:
        self.name = name
        self._batch = batch
        self._native = native

    @cached_property
    def timestamps_ns(self) -> NDArray[np.int64]:
        """int64 [n]: ns since the Unix epoch (UTC), as the packets have them (wire contract 5)."""
        import numpy as np

        return np.asarray(self._batch.timestamps(self._native))

    @cached_property
    def values(self) -> NDArray[Any]:
        """[n]: float64, int32 or bool; objects of type str for texts. Where a status says so, a value means nothing."""
        import numpy as np

        if not self.is_text:
            return np.asarray(self._batch.values(self._native))
        texts = np.empty(len(self), dtype=object)
        texts[:] = [piece.decode() for piece in pieces_of(*self.text_buffers)]
        texts.flags.writeable = False
        return texts

    @cached_property
    def statuses(self) -> NDArray[np.uint8]:
        """uint8 [n]: values of DataStatus; 255 stands for statuses above 254."""
        import numpy as np

        return np.asarray(self._batch.statuses(self._native))

    @property
    def is_text(self) -> bool:
        """True where the values are texts."""
        return self._native.kind == TEXT

    @property
    def timeline(self) -> int:
        """Equal for columns of a batch that have the same timestamps."""
        return self._native.times_address

    @property
    def kind(self) -> str:
        """What the values are: "float64", "int32", "bool" or "text"."""
        return _KIND_NAMES[self._native.kind]

    @property
    def text_buffers(self) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Of texts: offsets (int32 [n + 1]) into their UTF-8, and that (uint8); as Arrow has them."""
        return buffers_of(self._batch, self._native)

    def __len__(self) -> int:
        return self._native.samples


class ColumnBatch(ColumnMapping[Column]):
    """Samples of one stream of one session, by parameter; and events, markers, errors and CAN frames on request.

    Columns may have different lengths. `len(batch)` is the number of columns, 0 where there is nothing but tables.

    Attributes:
        data_source: Whose samples these are.
        session_key: Of which session.
        stream: Of which stream; "" is the main stream.
        samples: How many, all columns together.
    """

    def __init__(
        self, data_source: str, session_key: str, stream: str, native: NativeBatch, tables: Sequence[str] = ()
    ) -> None:
        self.data_source = data_source
        self.session_key = session_key
        self.stream = stream
        self.samples = native.samples
        self._native = native
        self._columns: dict[str, Column] = {}
        self._tables: dict[str, PacketTable] = {
            name: TABLES[name](native, native.tables.get(list(TABLES).index(name), ())) for name in tables
        }

    def __getitem__(self, name: str) -> Column:
        column = self._columns.get(name)
        if column is None:
            native = self._native.columns.get(name)
            if native is None:
                raise KeyError(unknown_parameter(name, self._native.columns, "this batch"))
            column = self._columns[name] = Column(name, self._native, native)
        return column

    def keys(self) -> KeysView[str]:
        """Give the identifiers of the parameters."""
        return self._native.columns.keys()

    def __bool__(self) -> bool:
        return True  # also where there is no column: a batch is never empty

    @property
    def title(self) -> str:
        """What it is, in one line."""
        stream = f"stream {self.stream!r}" if self.stream else "main stream"
        contents = f"{counted(len(self), 'column')} with {counted(self.samples, 'sample')}"
        tables = "".join(f", {len(table):,} {name}" for name, table in self._tables.items())
        return f"ColumnBatch: {stream} of session {self.session_key}, {contents}{tables}"

    @property
    def events(self) -> EventTable:
        """The events; empty where there are none.

        Raises:
            LookupError: They were not asked for.
        """
        table: EventTable = self._table("events")
        return table

    @property
    def markers(self) -> MarkerTable:
        """The markers, laps among them; empty where there are none.

        Raises:
            LookupError: They were not asked for.
        """
        table: MarkerTable = self._table("markers")
        return table

    @property
    def errors(self) -> ErrorTable:
        """The errors; empty where there are none.

        Raises:
            LookupError: They were not asked for.
        """
        table: ErrorTable = self._table("errors")
        return table

    @property
    def can(self) -> CanTable:
        """The CAN frames; empty where there are none.

        Raises:
            LookupError: They were not asked for.
        """
        table: CanTable = self._table("can")
        return table

    def _table(self, name: str) -> Any:
        found = self._tables.get(name)
        if found is None:
            raise LookupError(f"these columns have no {name}: ask for them with columns(tables=[{name!r}])")
        return found
