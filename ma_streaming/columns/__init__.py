"""Samples as arrays, one column for each parameter.

    for batch in reader.columns(["vCar:*"]):
        column = batch["vCar:Chassis"]
        column.timestamps_ns, column.values, column.statuses

numpy is imported when the first array is asked for; pandas and pyarrow, which are optional, when they are used.
"""

from ma_streaming.columns.batch import Column, ColumnBatch
from ma_streaming.columns.packet_tables import CanTable, ErrorTable, EventTable, MarkerTable, PacketTable
from ma_streaming.columns.statistics import ColumnStatistics

__all__ = [
    "CanTable",
    "Column",
    "ColumnBatch",
    "ColumnStatistics",
    "ErrorTable",
    "EventTable",
    "MarkerTable",
    "PacketTable",
]
