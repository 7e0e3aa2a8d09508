"""What comes out of data format management."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class DataFormatInfoType(IntEnum):
    """What a data format describes."""

    PARAMETERS = 1
    EVENT = 2
    # Other spellings, which the vendor's documentation has.
    Parameters = 1
    Event = 2


@dataclass(frozen=True)
class ParameterDataFormatInfo:
    """The format of samples of a list of parameters.

    Attributes:
        data_source: Whose format it is.
        data_format_id: What packets hold in its place; opaque, unsigned 64 bits.
        parameter_list: Identifiers of the parameters, in the order of a packet's columns.
    """

    data_source: str
    data_format_id: int
    parameter_list: list[str]


@dataclass(frozen=True)
class EventDataFormatInfo:
    """The format of an event.

    Attributes:
        data_source: Whose format it is.
        data_format_id: What packets hold in its place; opaque, unsigned 64 bits.
        event_name: Identifier of the event.
    """

    data_source: str
    data_format_id: int
    event_name: str


@dataclass(frozen=True)
class DataFormatStatistics:
    """What the essentials of the data sources that were asked for define.

    Attributes:
        formats: Parameter lists and events.
        redefinitions: Definitions that gave a known id another content; the first one holds.
    """

    formats: int
    redefinitions: int


@dataclass(frozen=True)
class DataFormatInfo:
    """All that is known about one format of a data source.

    Attributes:
        data_source: Whose format it is.
        key: The identifiers joined by commas, as formats are looked up by.
        data_formats: Every id ever published for it; the first one is to be used in new packets.
        identifiers: Identifiers of the parameters in order, or that of the event.
        data_format_info_type: Parameters or event.
    """

    data_source: str
    key: str
    data_formats: list[int]
    identifiers: list[str]
    data_format_info_type: DataFormatInfoType
