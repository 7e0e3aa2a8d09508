"""What came of a session: for each parameter how many samples, when, and between which values."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from ma_streaming.columns import Column, ColumnBatch

VALID = 1  # DataStatus.DATA_STATUS_VALID


@dataclass
class ParameterSummary:
    """The samples of one parameter; all is worked out with whole arrays, none of it sample by sample."""

    samples: int = 0
    valid: int = 0
    first_ns: int = np.iinfo(np.int64).max
    last_ns: int = np.iinfo(np.int64).min
    lowest: float = np.inf
    highest: float = -np.inf

    def add(self, column: Column) -> None:
        """Count the samples of a batch."""
        self.samples += len(column)
        self.first_ns = min(self.first_ns, int(column.timestamps_ns.min()))
        self.last_ns = max(self.last_ns, int(column.timestamps_ns.max()))
        is_valid = column.statuses == VALID
        self.valid += int(is_valid.sum())
        # Only values with the status VALID mean anything.
        if not column.is_text and is_valid.any():
            values = column.values[is_valid].astype(np.float64)
            self.lowest = min(self.lowest, float(np.nanmin(values, initial=np.inf)))
            self.highest = max(self.highest, float(np.nanmax(values, initial=-np.inf)))

    def __str__(self) -> str:
        seconds = (self.last_ns - self.first_ns) / 1e9
        rate = f"{(self.samples - 1) / seconds:,.1f} Hz" if seconds > 0 else "-"
        values = f"{self.lowest:g} to {self.highest:g}" if self.lowest <= self.highest else "-"
        return f"{self.samples:>12,} samples, {self.valid:,} valid  {rate:>12}  {values}"


class SessionSummary:
    """The samples of a session by stream and parameter, and its events, markers, errors and CAN frames."""

    def __init__(self) -> None:
        self._parameters: defaultdict[tuple[str, str], ParameterSummary] = defaultdict(ParameterSummary)
        self._rows: defaultdict[str, int] = defaultdict(int)
        self._laps: list[str] = []

    def add(self, batch: ColumnBatch) -> None:
        """Count what a batch holds."""
        for name, column in batch.items():
            self._parameters[batch.stream, name].add(column)
        for name in ("events", "markers", "errors", "can"):
            self._rows[name] += len(getattr(batch, name))
        markers = batch.markers
        self._laps += markers.labels[markers.types == "Lap Trigger"].tolist()

    def __str__(self) -> str:
        lines = [
            f"{stream or '(main stream)'}  {name}  {summary}"
            for (stream, name), summary in sorted(self._parameters.items())
        ]
        lines.append(", ".join(f"{count:,} {name}" for name, count in self._rows.items()) or "nothing came")
        if self._laps:
            lines.append(f"Laps: {', '.join(self._laps)}")
        return "\n".join(lines)
