"""A file of samples, a row for each: time, stream, parameter, value or text, status."""

from __future__ import annotations

from typing import Any

from ma_streaming.columns import ColumnBatch


class SamplesFile:
    """A Parquet or CSV file that batches are written to as they come.

    Args:
        path: Its path, with the ending .parquet or .csv; empty for no file at all.

    Raises:
        ImportError: pyarrow is not installed.
        OSError: The file can't be written.
    """

    def __init__(self, path: str) -> None:
        self._writer: Any = None
        if not path:
            return
        try:
            import pyarrow as pa
            import pyarrow.csv
            import pyarrow.parquet
        except ImportError as error:
            raise ImportError("--output needs pyarrow; install it with: pip install 'ma-streaming[arrow]'") from error
        self._schema = pa.schema(
            {
                "timestamp": pa.timestamp("ns", "UTC"),
                "stream": pa.string(),
                "parameter": pa.string(),
                "value": pa.float64(),
                "text": pa.string(),
                "status": pa.uint8(),
            }
        )
        make = pyarrow.csv.CSVWriter if path.endswith(".csv") else pyarrow.parquet.ParquetWriter
        self._writer = make(path, self._schema)

    def write(self, batch: ColumnBatch) -> None:
        """Add the samples of a batch."""
        if self._writer is None or not batch.samples:
            return
        import pyarrow as pa

        table = batch.to_arrow()
        is_text = pa.types.is_string(table["value"].type)
        nothing = pa.nulls(table.num_rows)
        columns = {
            "timestamp": table["timestamp"],
            "stream": pa.repeat(batch.stream, table.num_rows),
            "parameter": table["parameter"],
            "value": nothing if is_text else table["value"],
            "text": table["value"] if is_text else table["text"] if "text" in table.column_names else nothing,
            "status": table["status"],
        }
        self._writer.write_table(pa.table(columns).cast(self._schema))

    def close(self) -> None:
        """Write the rest."""
        if self._writer is not None:
            self._writer.close()
