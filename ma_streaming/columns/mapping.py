"""What batches and tables have in common: columns by parameter, and the forms that they can be given in."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, KeysView
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from ma_streaming.arguments import near_matches
from ma_streaming.tabular import Row, html_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

T = TypeVar("T")

_MOST_SHOWN: Final = 4
_HEADERS: Final = ("parameter", "type", "samples", "first", "last")


class AnyColumn(ABC):
    """The samples of one parameter. The arrays can't be changed; copy one that is to be.

    Attributes:
        name: The parameter's identifier.
    """

    name: str

    @property
    @abstractmethod
    def timestamps_ns(self) -> NDArray[np.int64]:
        """int64 [n]: ns since the Unix epoch (UTC), as the packets have them (wire contract 5)."""

    @property
    @abstractmethod
    def values(self) -> NDArray[Any]:
        """[n]: float64, int32 or bool; objects of type str for texts. Where a status says so, a value means nothing."""

    @property
    @abstractmethod
    def statuses(self) -> NDArray[np.uint8]:
        """uint8 [n]: values of DataStatus; 255 stands for statuses above 254."""

    @property
    @abstractmethod
    def is_text(self) -> bool:
        """True where the values are texts."""

    @property
    @abstractmethod
    def timeline(self) -> int:
        """Equal for columns that have the same timestamps."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """What the values are: "float64", "int32", "bool" or "text"."""

    @property
    @abstractmethod
    def text_buffers(self) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Of texts: offsets (int32 [n + 1]) into their UTF-8, and that (uint8); as Arrow has them."""

    @abstractmethod
    def __len__(self) -> int:
        """How many samples there are."""

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Give the values as an Arrow array, for libraries that know the Arrow PyCapsule interface."""
        from ma_streaming.columns.arrow import values_of

        capsules: tuple[object, object] = values_of(self).__arrow_c_array__(requested_schema)
        return capsules

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}: {len(self):,} samples, {self.kind})"


C_co = TypeVar("C_co", bound=AnyColumn, covariant=True)


class ColumnMapping(ABC, Generic[C_co]):
    """Columns by the identifier of their parameter. They may have different lengths.

    It has what mappings have, and is none by type: polars would take it for columns of one length then, and not ask for
    its Arrow stream.
    """

    @abstractmethod
    def __getitem__(self, name: str) -> C_co:
        """Give a parameter's column.

        Raises:
            KeyError: There is none; the text names near matches.
        """

    @abstractmethod
    def keys(self) -> KeysView[str]:
        """Give the identifiers of the parameters."""

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __contains__(self, name: object) -> bool:
        return name in self.keys()

    def values(self) -> list[C_co]:
        """Give the columns."""
        return [self[name] for name in self]

    def items(self) -> list[tuple[str, C_co]]:
        """Give the identifiers, each with its column."""
        return [(name, self[name]) for name in self]

    def get(self, name: str, default: T | None = None) -> C_co | T | None:
        """Give a parameter's column, or `default` where there is none."""
        return self[name] if name in self else default  # noqa: SIM401 - this is get()

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is, in one line."""

    def to_pandas(self, *, wide: bool = False) -> pd.DataFrame:
        """Make a DataFrame.

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
        """Make an Arrow table.

        Args:
            wide: As for `to_pandas`. Where there are texts beside other values, the long form has a column `text`
                after `value`; each is null where the other one counts.

        Raises:
            ImportError: pyarrow is not installed.
        """
        from ma_streaming.columns.arrow import to_arrow

        return to_arrow(self, wide=wide)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the long form, for libraries that know the Arrow PyCapsule interface, such as polars and DuckDB."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        names = ", ".join(itertools.islice(self, _MOST_SHOWN)) + (", ..." if len(self) > _MOST_SHOWN else "")
        return f"<{self.title}: {names}>" if names else f"<{self.title}>"

    def _repr_html_(self) -> str:
        return html_table(self.title, _HEADERS, map(_row, self.values()), len(self))


def unknown_parameter(name: object, known: Iterable[str], place: str) -> str:
    """Say that there are no samples of a parameter, and which names are near to its."""
    names = list(known)
    others = f"there are {len(names):,}, such as {names[0]}" if names else "there is no parameter at all"
    return f"no samples of parameter {name!r} in {place}; {near_matches(name, names) or others}"


def _row(column: AnyColumn) -> Row:
    import numpy as np

    times = column.timestamps_ns
    ends = (np.datetime64(int(times[at]), "ns") for at in (0, -1)) if len(times) else (None, None)
    return (column.name, column.kind, f"{len(column):,}", *ends)
