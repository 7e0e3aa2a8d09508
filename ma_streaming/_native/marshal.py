"""Data classes of the native library as keyword arguments for the package's models, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from ma_streaming.errors import InvalidArgumentError

Fields = dict[str, Any]

_TICKS_PER_MICROSECOND: Final = 10
_NANOSECONDS_PER_MILLISECOND: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_UINT64: Final = 2**64 - 1
_LONGEST_OFFSET: Final = timedelta(days=3652500)


def time_of(nanoseconds: int) -> datetime | None:
    """Turn ns since the Unix epoch into an aware datetime, cut to microseconds; 0 is None."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000) if nanoseconds else None


def milliseconds_of(time: datetime | None) -> int:
    """Turn an aware datetime into ms since the Unix epoch, rounded up as records have whole ms; None is -1."""
    return -1 if time is None else max(0, -((_EPOCH - time) // timedelta(milliseconds=1)))


def ticks_of(offset: timedelta) -> int:
    """Turn a timedelta into .NET ticks of 100 ns.

    Raises:
        InvalidArgumentError: It does not fit a Duration.
    """
    if abs(offset) > _LONGEST_OFFSET:
        raise InvalidArgumentError(
            f"utc_offset is {offset}; a Duration holds 10,000 years at most", subject="utc_offset"
        )
    return offset // timedelta(microseconds=1) * _TICKS_PER_MICROSECOND


def retention_of(retention: timedelta) -> int:
    """Turn a retention into ms; `timedelta.max` is -1, Kafka's word for unlimited."""
    return -1 if retention == timedelta.max else retention // timedelta(milliseconds=1)


def pairs_of(flat: Any) -> dict[str, str]:
    """Turn a flat array of keys and values into a dict, in the same order."""
    values = list(flat)
    return dict(zip(values[::2], values[1::2], strict=True))


def flattened(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Turn pairs into a flat list of keys and values."""
    return [each for pair in pairs for each in pair]


def session_fields(data: Any) -> Fields:
    """Read a SessionData."""
    return {
        "session_key": data.SessionKey,
        "data_source": data.DataSource,
        "identifier": data.Identifier,
        "type": data.Type,
        "version": data.Version,
        "historical": data.Historical,
        "utc_offset": timedelta(microseconds=data.UtcOffsetTicks // _TICKS_PER_MICROSECOND),
        "details": pairs_of(data.Details),
        "associate_session_keys": list(data.AssociateSessionKeys),
        "creation_time": time_of(data.CreationTimeNs),
        "termination_time": time_of(data.TerminationTimeNs),
        "streams": list(data.Streams),
        "last_activity_time": time_of(data.LastActivityMs * _NANOSECONDS_PER_MILLISECOND),
    }


def own_session_fields(fields: Fields) -> Fields:
    """Copy a session's fields that stay here, so that whoever gets them may change the lists and the dictionary."""
    return {
        **fields,
        "details": fields["details"].copy(),
        "associate_session_keys": fields["associate_session_keys"].copy(),
        "streams": fields["streams"].copy(),
    }


def session_event_fields(data: Any) -> Fields:
    """Read a SessionEventData; sessions in it are the fields of a session, or None."""
    return {
        "kind": data.Kind,
        "session": session_fields(data.Session),
        "associate": session_fields(data.Associate) if data.Associate is not None else None,
        "group": data.Group,
    }


def data_format_fields(data: Any) -> Fields:
    """Read a DataFormatData."""
    return {
        "data_source": data.DataSource,
        "key": data.Key,
        "type": data.Type,
        "ids": [int(each) for each in data.Ids],
        "identifiers": list(data.Identifiers),
    }


def stream_fields(data: Any) -> Fields:
    """Read a StreamData."""
    return {"data_source": data.DataSource, "session_key": data.SessionKey, "stream": data.Stream}


def reader_event_fields(data: Any) -> Fields:
    """Read a ReaderEventData; sessions in it are the fields of a session, or None."""
    return {
        "kind": data.Kind,
        "session": session_fields(data.Session) if data.Session is not None else None,
        "associate": session_fields(data.Associate) if data.Associate is not None else None,
        "data_source": data.DataSource,
        "session_key": data.SessionKey,
        "stream": data.Stream,
        "reason": data.Reason,
        "coverage_cursor_time": data.CoverageCursorTimeNs & _UINT64,
        "error_code": data.ErrorCode,
        "message": data.Message,
    }


def delivery_failure_fields(data: Any) -> Fields:
    """Read a DeliveryFailureData."""
    return {
        "failed": data.Failed,
        "reason": data.Reason,
        "data_source": data.DataSource,
        "stream": data.Stream,
        "session_key": data.SessionKey,
        "topic": data.Topic,
        "first_packet_id": int(data.FirstPacketId),
    }


def write_report_fields(data: Any) -> Fields:
    """Read a WriteReportData."""
    return {
        "accepted": data.Accepted,
        "delivered": data.Delivered,
        "failed": data.Failed,
        "in_flight": data.InFlight,
        "newly_failed": data.NewlyFailed,
        "failures": tuple(data.Failures),
        "failed_by_reason": dict(zip(data.Reasons, data.FailedForReasons, strict=True)),
    }


def writer_health_fields(data: Any) -> Fields:
    """Read a WriterHealthData."""
    return {"state": data.State, "reason": data.Reason, "fatal_errors": data.FatalErrors}


def column_statistics_fields(data: Any) -> Fields:
    """Read a ColumnStatisticsData."""
    names = (
        "packets",
        "samples",
        "not_selected_packets",
        "other_packets",
        "zero_interval_packets",
        "late_packets",
        "wide_statuses",
        "waiting_packets",
        "waiting_bytes",
        "table_rows",
        "misspelt_packets",
        "implausible_packets",
    )
    reasons = [re.sub("(?<=.)(?=[A-Z])", "_", reason).lower() for reason in data.Reasons]
    return {
        **dict(zip(names, data.Counts, strict=True)),
        "rejected": dict(zip(reasons, data.Rejected, strict=True)),
        "first_rejections": dict(zip(reasons, data.FirstRejections, strict=True)),
        "unresolved": {
            int(id): packets for id, packets in zip(data.UnresolvedIds, data.UnresolvedPackets, strict=True)
        },
    }


def reader_statistics_fields(data: Any) -> Fields:
    """Read a ReaderStatisticsData."""
    return {
        "packets": data.Packets,
        "bytes": data.Bytes,
        "skipped": data.Skipped,
        "invalid_packets": data.InvalidPackets,
        "duplicates": data.Duplicates,
        "late_packets": data.Late,
        "expired": data.Expired,
        "failed": data.Failed,
        "commit_failures": data.FailedCommits,
        "queued_packets": data.RecordsWaiting,
        "queue_fill": data.QueueFill,
        "streams": [{**stream_fields(each), "packets": each.Packets, "lag": each.Lag} for each in data.Streams],
    }
