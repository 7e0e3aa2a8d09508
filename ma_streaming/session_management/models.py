"""What goes in and out of session management."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone


@dataclass(frozen=True)
class SessionDetail:
    """One detail of a session: a name and a text."""

    key: str
    value: str


Details = Iterable["SessionDetail | tuple[str, str]"] | Mapping[str, str]


@dataclass
class SessionCreationInfo:
    """What a new session is to be.

    Attributes:
        data_source: Whose session it is.
        identifier: Its name for people.
        type: "Session" for ordinary recordings.
        version: Version of the session's layout, 1 or more.
        utc_offset: Local time minus UTC; None = this machine's.
        details: `SessionDetail` items, (key, value) pairs, or a mapping.
        associate_session_keys: Keys of sessions that belong to it.
    """

    data_source: str = "Default"
    identifier: str = ""
    type: str = "Session"
    version: int = 1
    utc_offset: timedelta | None = None
    details: Details = field(default_factory=list)
    associate_session_keys: Iterable[str] = field(default_factory=list)


@dataclass(frozen=True)
class SessionInfo:
    """What is known about a session.

    Attributes:
        session_key: Its key, unique in the world.
        data_source: Whose session it is.
        identifier: Its name for people.
        type: "Session" for ordinary recordings.
        version: Version of the session's layout.
        historical: True once it has ended.
        utc_offset: Local time minus UTC.
        details: Its details, usable as they are for a protobuf map field.
        associate_session_keys: Keys of sessions that belong to it.
        creation_time: When it was created, aware; None where its writer did not say.
        termination_time: When it ended, aware; None while it is live, or where its writer did not say.
        streams: Names of the data source's streams besides the main one, in alphabetical order.
        last_activity_time: Timestamp of the newest record that counts for the session, aware. While it is live, records
            of its data source's streams count from its beginning on, whichever session they are of: a session is
            never taken for dead while its writer may be at work. None where it is not known, as in events of live
            sessions, or where the broker does not tell.
    """

    session_key: str
    data_source: str
    identifier: str
    type: str
    version: int
    historical: bool
    utc_offset: timedelta
    details: dict[str, str]
    associate_session_keys: list[str]
    creation_time: datetime | None
    termination_time: datetime | None
    streams: list[str]
    last_activity_time: datetime | None

    def is_stale(self, after: timedelta, *, now: datetime | None = None) -> bool:
        """Tell whether it is live but nothing was written for longer than `after`: its writer has probably died.

        Sessions have no time limit on the wire (wire contract 3.5), so what is too long is for the caller to say.
        `SessionManagementService.end_session` ends such a session with `force=True`.

        Args:
            after: How long a writer may be silent.
            now: The time to compare with, aware; by default that of this machine's clock.
        """
        if self.historical or self.last_activity_time is None:
            return False
        return (now or datetime.now(timezone.utc)) - self.last_activity_time > after


@dataclass(frozen=True)
class SessionStatistics:
    """What the session topic holds, as far as it has been read.

    Attributes:
        sessions: Sessions of all data sources, live and historical.
        skipped_records: Records that are not about a session: without a key, no packet, of another type.
        waiting_updates: Updates whose session has not been announced yet; applied when it is.
        dropped_updates: Such updates beyond the 10,000 that are kept.
    """

    sessions: int
    skipped_records: int
    waiting_updates: int
    dropped_updates: int


@dataclass(frozen=True)
class SessionAssociationInfo:
    """An association that was found between two sessions.

    Attributes:
        main_session_info: The session that names the other as an associate.
        associate_session_info: The other one; None while it is not known.
        group: Name of the group, where there is one.
    """

    main_session_info: SessionInfo
    associate_session_info: SessionInfo | None
    group: str
