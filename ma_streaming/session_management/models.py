"""What goes in and out of session management."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


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
