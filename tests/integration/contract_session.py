"""A session as the wire contract's writers write it (sections 3 and 10), put on Kafka by the contract actor."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from ma_streaming.protos.open_data_pb2 import (
    ConfigurationPacket,
    DoubleSample,
    DoubleSampleList,
    EndOfSessionPacket,
    GroupDefinition,
    NewSessionPacket,
    Packet,
    ParameterDefinition,
    PeriodicDataPacket,
    SampleColumn,
    SampleDataFormat,
    SessionInfoPacket,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from google.protobuf.message import Message

    from tests.integration.contract_actor import ContractActor


def configuration(*identifiers: str) -> ConfigurationPacket:
    """Make a configuration with one top-level group, `Name:App` identifiers and a unique id (contract 10.2)."""
    applications = sorted({identifier.split(":")[1] for identifier in identifiers})
    assert len(applications) == 1, "one top-level group only"
    return ConfigurationPacket(
        config_id=str(uuid.uuid4()),
        group_definitions=[
            GroupDefinition(identifier=applications[0], name=applications[0], application_name=applications[0])
        ],
        parameter_definitions=[
            ParameterDefinition(
                identifier=identifier,
                name=identifier.split(":")[0],
                application_name=applications[0],
                data_type="DATA_TYPE_FLOAT64",
                format_string="%5.2f",
                min_value=-1.0,
                max_value=1.0,
                frequencies=[100.0],
            )
            for identifier in identifiers
        ],
    )


def periodic(data_format_id: int, values: Sequence[float], *, start_time_ns: int) -> PeriodicDataPacket:
    """Make 100 Hz samples of one parameter, each with the status VALID (contract 10.3, trap 30)."""
    samples = [DoubleSample(value=value, status="DATA_STATUS_VALID") for value in values]
    return PeriodicDataPacket(
        data_format=SampleDataFormat(data_format_identifier=data_format_id),
        start_time=start_time_ns,
        interval=10_000_000,
        columns=[SampleColumn(double_samples=DoubleSampleList(samples=samples))],
    )


class ContractSession:
    """One session being written; remembers what a reader of it must get.

    Attributes:
        key: The session key, a lower-case GUID (contract 3.3).
        expected: For each stream (`""` is main) the values of the session's records, in order.
    """

    def __init__(self, actor: ContractActor, data_source: str, *streams: str, identifier: str = "run") -> None:
        """Prepare a session; `announce` writes it."""
        self.actor = actor
        self.data_source = data_source
        self.streams = streams
        self.identifier = identifier
        self.key = str(uuid.uuid4())
        self.expected: dict[str, list[bytes]] = {"": [], **{stream: [] for stream in streams}}
        self.created = datetime.now(timezone.utc)

    def info(self, **fields: Any) -> SessionInfoPacket:
        """Make the session's SessionInfoPacket; `fields` replace its values."""
        values: dict[str, Any] = {
            "data_source": self.data_source,
            "identifier": self.identifier,
            "type": "Session",
            "version": 1,
            **fields,
        }
        return SessionInfoPacket(**values)

    def announce(
        self,
        *,
        offsets: Mapping[str, int] | None = None,
        info: SessionInfoPacket | None = None,
        utc_offset: timedelta | None = None,
        record_key: str | None = None,
    ) -> ContractSession:
        """Write the NewSession record of the session topic (contract 3.1, 3.2), after creating what topics are missing.

        Args:
            offsets: The offsets map; None takes the high watermarks of the session's topics.
            info: The session_info; None for the plain one.
            utc_offset: Positive east of Greenwich (3.10); None leaves the field out.
            record_key: Key of the record where it is not the session's.
        """
        self.actor.create_data_source(self.data_source, *self.streams)
        content = NewSessionPacket(
            data_source=self.data_source,
            topic_partition_offsets=self._watermarks() if offsets is None else offsets,
            session_info=self.info() if info is None else info,
            creation_time=self.created,
            utc_offset=utc_offset,
        )
        self.session_record("NewSession", content, record_key=record_key)
        return self

    def update(self, info: SessionInfoPacket) -> None:
        """Write a SessionInfo record (contract 3.1)."""
        self.session_record("SessionInfo", info)

    def end(self, *, offsets: Mapping[str, int] | None = None) -> datetime:
        """Write the EndOfSession record of the session topic and return its termination time (contract 3.1, 3.9)."""
        self.actor.flush()
        terminated = datetime.now(timezone.utc)
        content = EndOfSessionPacket(
            data_source=self.data_source,
            topic_partition_offsets=self._watermarks() if offsets is None else offsets,
            termination_time=terminated,
        )
        self.session_record("EndOfSession", content)
        return terminated

    def session_record(self, kind: str, content: Message, *, record_key: str | None = None) -> None:
        """Write one record to the session topic: not essential, no id (contract 3.1)."""
        value = Packet(type=kind, session_key=self.key, content=content.SerializeToString()).SerializeToString()
        key = self.key if record_key is None else record_key
        self.actor.produce(self.actor.topics.session, key=key.encode(), value=value)
        self.actor.flush()

    def write(self, stream: str, kind: str, content: Message | bytes, *, essential: bool = False) -> bytes:
        """Write one packet; an essential one first to the essentials topic (contract 5). Returns the packet's bytes."""
        body = content if isinstance(content, bytes) else content.SerializeToString()
        packet = Packet(type=kind, session_key=self.key, is_essential=essential, content=body)
        packet.id = sum(map(len, self.expected.values())) + 1
        value = packet.SerializeToString()
        if essential:
            self.actor.produce(self.actor.topics.essentials(self.data_source), key=self.key.encode(), value=value)
        self.write_raw(stream, value)
        return value

    def write_raw(self, stream: str, value: bytes, *, delivered: bool = True) -> None:
        """Write bytes as they are under the session's key; `delivered` says whether a reader must hand them on."""
        topic = self.actor.topics.stream(self.data_source, stream)
        self.actor.produce(topic, key=self.key.encode(), value=value)
        if delivered:
            self.expected.setdefault(stream, []).append(value)

    def open_streams(self, *identifiers: str) -> None:
        """Write NewSession and, where identifiers are given, Configuration into main and each stream (10.1)."""
        for stream in self.expected:
            self.write(stream, "NewSession", NewSessionPacket(data_source=self.data_source))
        if identifiers:
            content = configuration(*identifiers)
            for stream in self.expected:
                self.write(stream, "Configuration", content, essential=True)
        self.actor.flush()

    def write_periodic(self, stream: str, count: int, *, data_format_id: int = 1) -> None:
        """Write `count` periodic packets, a tenth of a second each."""
        start_time_ns = time.time_ns()
        for number in range(count):
            content = periodic(
                data_format_id, [number + step / 10 for step in range(10)], start_time_ns=start_time_ns + number * 10**8
            )
            self.write(stream, "PeriodicData", content)
        self.actor.flush()

    def end_streams(self, *streams: str) -> None:
        """Write EndOfSession into the streams given; into main and every stream when none is (10.1)."""
        for stream in streams or tuple(self.expected):
            self.write(stream, "EndOfSession", EndOfSessionPacket(data_source=self.data_source))
        self.actor.flush()

    def complete(self, *, packets: int = 3, identifiers: Sequence[str] = ("Sin:MyApp",)) -> ContractSession:
        """Write a whole session in the contract's order (10.6): announced, opened, data, ended."""
        self.announce()
        self.open_streams(*identifiers)
        for stream in self.streams:
            self.write_periodic(stream, packets)
        self.end_streams()
        self.end()
        return self

    def _watermarks(self) -> dict[str, int]:
        return self.actor.offsets(self.actor.topics.of(self.data_source, *self.streams))
