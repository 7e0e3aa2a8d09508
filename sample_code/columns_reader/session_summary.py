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
        # A marker is on each stream of its session, so it comes several times; a dict keeps the order.
        self._markers: dict[tuple[int, str, str], None] = {}

    @property
    def parameters(self) -> set[str]:
        """The parameters that samples came of."""
        return {name for _, name in self._parameters}

    def add(self, batch: ColumnBatch) -> None:
        """Count what a batch holds."""
        for name, column in batch.items():
            self._parameters[batch.stream, name].add(column)
        markers = batch.markers
        rows = zip(markers.timestamps_ns.tolist(), markers.types, markers.labels, strict=True)
        self._markers.update(dict.fromkeys(rows))
        self._rows["events"] += len(batch.events)
        self._rows["markers"] = len(self._markers)
        self._rows["errors"] += len(batch.errors)
        self._rows["can"] += len(batch.can)

    def __str__(self) -> str:
        lines = [
            f"{stream or '(main stream)'}  {name}  {summary}"
            for (stream, name), summary in sorted(self._parameters.items())
        ]
        lines.append(", ".join(f"{count:,} {name}" for name, count in self._rows.items()) or "nothing came")
        laps = [label for _, kind, label in self._markers if kind == "Lap Trigger"]
        if laps:
            lines.append(f"Laps: {', '.join(laps)}")
        return "\n".join(lines)
