"""A batch of columns, and one column: views of native memory that stay valid as long as anything refers to them."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator, KeysView, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from ma_streaming.columns.packet_tables import TABLES

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from ma_streaming._native.columns import NativeBatch, NativeColumn
    from ma_streaming.columns.packet_tables import CanTable, ErrorTable, EventTable, MarkerTable, PacketTable

TEXT_KIND: Final = 4
_KIND_NAMES: Final = {1: "float64", 2: "int32", 3: "bool", TEXT_KIND: "text"}
_MOST_MATCHES: Final = 3
_MOST_SHOWN: Final = 4


class Column:
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

        if self._native.kind != TEXT_KIND:
            return np.asarray(self._batch.values(self._native))
        offsets, text = self.text_buffers
        ends, content = offsets.tolist(), text.tobytes()
        texts = np.empty(len(self), dtype=object)
        texts[:] = [content[start:end].decode() for start, end in itertools.pairwise(ends)]
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
        return self._native.kind == TEXT_KIND

    @property
    def timeline(self) -> int:
        """Equal for columns of a batch that have the same timestamps."""
        return self._native.times_address

    @property
    def text_buffers(self) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Of texts: offsets (int32 [n + 1]) into their UTF-8, and that (uint8); as Arrow has them."""
        import numpy as np

        text = self._batch.text(self._native) if self._native.text_bytes else ()
        return np.asarray(self._batch.values(self._native)), np.asarray(text, np.uint8)

    def __len__(self) -> int:
        return self._native.samples

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Give the values as an Arrow array, for libraries that know the Arrow PyCapsule interface."""
        from ma_streaming.columns.arrow import values_of

        capsules: tuple[object, object] = values_of(self).__arrow_c_array__(requested_schema)
        return capsules

    def __repr__(self) -> str:
        return f"Column({self.name!r}: {len(self):,} samples, {_KIND_NAMES[self._native.kind]})"


class ColumnBatch:
    """Samples of one stream of one session, by parameter; and events, markers, errors and CAN frames on request.

    It has what mappings have, and is none by type: polars would take it for columns of one length then, and not ask
    for its Arrow stream. Columns may have different lengths. `len(batch)` is the number of columns, 0 where there is
    nothing but tables.

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
                raise KeyError(_unknown(name, list(self._native.columns)))
            column = self._columns[name] = Column(name, self._native, native)
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(self._native.columns)

    def __len__(self) -> int:
        return len(self._native.columns)

    def __contains__(self, name: object) -> bool:
        return name in self._native.columns

    def keys(self) -> KeysView[str]:
        """Give the identifiers of the parameters."""
        return self._native.columns.keys()

    def values(self) -> list[Column]:
        """Give the columns."""
        return [self[name] for name in self]

    def items(self) -> list[tuple[str, Column]]:
        """Give the identifiers, each with its column."""
        return [(name, self[name]) for name in self]

    def get(self, name: str) -> Column | None:
        """Give a parameter's column; None where the batch has none."""
        return self[name] if name in self._native.columns else None

    def __repr__(self) -> str:
        stream = f"stream {self.stream!r}" if self.stream else "main stream"
        names = ", ".join(list(self)[:_MOST_SHOWN]) + (", ..." if len(self) > _MOST_SHOWN else "")
        columns = f"{len(self):,} column{'s' if len(self) != 1 else ''}"
        samples = f"{self.samples:,} sample{'s' if self.samples != 1 else ''}"
        tables = "".join(f"; {len(table):,} {name}" for name, table in self._tables.items())
        names = f": {names}" if names else ""
        return f"<ColumnBatch: {stream} of session {self.session_key}, {columns} with {samples}{names}{tables}>"

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

    def to_pandas(self, *, wide: bool = False) -> pd.DataFrame:
        """Make a DataFrame of the samples.

        Args:
            wide: False for a row for each sample, with the columns `timestamp` (ns, UTC), `parameter` (categorical),
                `value` and `status`, parameter by parameter. True for a row for each timestamp that any parameter has,
                and a column of values for each parameter; where a parameter has several samples at one time, the last
                one counts, and the statuses are left out.

        Raises:
            ImportError: pandas is not installed.
        """
        from ma_streaming.columns.tables import to_pandas

        return to_pandas(self, wide=wide)

    def to_arrow(self, *, wide: bool = False) -> pa.Table:
        """Make an Arrow table of the samples.

        Args:
            wide: As for `to_pandas`. The long form of a batch that has texts beside other values has a column `text`
                after `value`; each is null where the other one counts.

        Raises:
            ImportError: pyarrow is not installed.
        """
        from ma_streaming.columns.arrow import to_arrow

        return to_arrow(self, wide=wide)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the long form, for libraries that know the Arrow PyCapsule interface, such as polars and DuckDB."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def _table(self, name: str) -> Any:
        found = self._tables.get(name)
        if found is None:
            raise LookupError(f"these columns have no {name}: ask for them with columns(tables=[{name!r}])")
        return found


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(str(name), known, n=_MOST_MATCHES)
    some = f"there are {len(known):,}, such as {known[0]}" if known else "it has none"
    hint = f"near matches: {', '.join(near)}" if near else some
    return f"no samples of parameter {name!r} in this batch; {hint}"
