"""What a process does in the time zone that its environment names; run by the tests of time zones."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from tests.integration.library import Library, ReaderLog, started
from tests.integration.written_session import WrittenSession

if TYPE_CHECKING:
    from ma_streaming import SessionInfo

HOUR = timedelta(hours=1)


def create_end_and_read(broker_list: str, topic_naming: str, domain: str, data_source: str) -> None:
    """Write a session, end it and read it, and print what came of it."""
    library = Library(broker_list, topic_naming=topic_naming, domain=domain).start()
    session = WrittenSession(library, data_source, "Stream1")
    stale = session.created.is_stale(HOUR)
    begun = time.monotonic()
    session.complete(laps=3)
    end_seconds = time.monotonic() - begun
    reader = library.historic(data_source, session.key)
    log = ReaderLog(reader)
    with started(reader):
        reason = log.wait_for_completion(session.key)
    info = library.sessions.get_session_info(data_source, session.key).unwrap()
    library.stop()
    answer(
        key=session.key,
        zone=time.strftime("%Z"),
        local_offset_seconds=(datetime.now().astimezone().utcoffset() or timedelta(0)).total_seconds(),
        stale=stale,
        end_seconds=end_seconds,
        reason=reason,
        read=log.received(session.key) == session.expected,
        submitted_seconds=[abs(seconds_ago(item.submit_time)) for item in log.of("packet")],
        **shown(info),
    )


def follow(broker_list: str, topic_naming: str, domain: str, data_source: str) -> None:
    """Follow the data source's next session; print its key when it starts, and what came of it at its end."""
    library = Library(broker_list, topic_naming=topic_naming, domain=domain).start()
    log = ReaderLog(library.live(data_source))
    with started(log.reader):
        answer(ready=True)
        log.wait_for("session_reading_started")
        begun: SessionInfo = log.of("session_reading_started")[0]
        answer(key=begun.session_key, stale=begun.is_stale(HOUR))
        reason = log.wait_for_completion(begun.session_key)
    info = library.sessions.get_session_info(data_source, begun.session_key).unwrap()
    library.stop()
    answer(
        reason=reason,
        packets={stream: len(packets) for stream, packets in log.received(begun.session_key).items()},
        ended_seconds_ago=seconds_ago(info.termination_time),
        **shown(info),
    )


def shown(info: SessionInfo) -> dict[str, Any]:
    """Give what a session says about times."""
    return {
        "historical": info.historical,
        "utc_offset_seconds": info.utc_offset.total_seconds(),
        "created": info.creation_time.isoformat() if info.creation_time else "",
        "terminated": info.termination_time.isoformat() if info.termination_time else "",
    }


def seconds_ago(moment: datetime | None) -> float:
    """Give how long ago a moment was."""
    return (datetime.now(timezone.utc) - moment).total_seconds() if moment else float("nan")


def answer(**values: Any) -> None:
    """Print a line for the test to read."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
