"""What became of the packets that columns were made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnStatistics:
    """Counters of a reader's columns. The first packet of each kind that is left out is in the log, too.

    Attributes:
        packets: Packets whose samples were decoded.
        samples: Those of all columns together.
        not_selected_packets: Packets with samples of which no parameter was asked for.
        other_packets: Packets that are neither samples nor rows of tables that were asked for.
        zero_interval_packets: Periodic packets with interval 0: all samples have one time.
        late_packets: Packets with times before those of earlier packets; their samples are kept as they came.
        wide_statuses: Statuses above 254; they are 255 in the columns.
        waiting_packets: Packets that wait for the definition of their data format, or behind such a packet.
        waiting_bytes: Their bytes.
        table_rows: Packets that became rows of `events`, `markers`, `errors` and `can`.
        misspelt_packets: Packets of type `EventData` or `MarkerData`, read as `Event` or `Marker` (wire contract 7.1).
        implausible_packets: Packets with times before 1971, or more than an hour after now; they are kept as they are.
        rejected: Packets left out because something in them is wrong or does not fit, by reason.
        first_rejections: What was wrong with the first one of each reason.
        unresolved: Packets left out because their data format was not defined, by its id.
    """

    packets: int
    samples: int
    not_selected_packets: int
    other_packets: int
    zero_interval_packets: int
    late_packets: int
    wide_statuses: int
    waiting_packets: int
    waiting_bytes: int
    table_rows: int
    misspelt_packets: int
    implausible_packets: int
    rejected: Mapping[str, int]
    first_rejections: Mapping[str, str]
    unresolved: Mapping[int, int]
