"""Arrays are on Kafka as the wire contract says (7.2, 10.3), after the definition of their format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ma_streaming import SessionCreationInfo
from ma_streaming.protos.open_data_pb2 import (
    BoolSample,
    BoolSampleList,
    DataFormatDefinitionPacket,
    DoubleSample,
    DoubleSampleList,
    Int32Sample,
    Int32SampleList,
    Packet,
    PeriodicDataPacket,
    RowDataPacket,
    SampleColumn,
    SampleDataFormat,
    SampleRow,
)

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library

STREAM = "Stream1"
START = 1_750_000_000_000_000_000
NAMES = ["vCar:Chassis", "nEngine:Controller"]


def new_session(library: Library, data_source: str) -> str:
    return library.sessions.create_new_session(SessionCreationInfo(data_source)).unwrap().session_key


def packet_of(kind: str, key: str, content: Message) -> bytes:
    return Packet(type=kind, session_key=key, content=content.SerializeToString()).SerializeToString()


def doubles(values: list[float], statuses: list[int]) -> DoubleSampleList:
    pairs = zip(values, statuses, strict=True)
    return DoubleSampleList(samples=[DoubleSample(value=value, status=status) for value, status in pairs])  # type: ignore[arg-type]


def test_the_bytes_are_those_that_protobuf_writes(library: Library, actor: ContractActor, data_source: str) -> None:
    key = new_session(library, data_source)
    values = np.array([[1.5, -0.0, 0.0], [np.inf, 5e-324, -7.25]])
    statuses = np.array([[1, 2, 0], [3, 1, 1]], np.uint8)
    times = np.array([START, START - 5, 0])

    def write_columns(values: Any, statuses: Any = None) -> None:
        library.writer.write_columns(
            data_source,
            STREAM,
            key,
            parameters=NAMES,
            start_time_ns=START,
            interval_ns=4_294_967_295,
            values=values,
            statuses=statuses,
        ).unwrap()

    write_columns(values, statuses)
    write_columns([[-1, 0], [2**31 - 1, 7]])
    write_columns([[True], [False]])
    library.writer.write_rows(
        data_source, STREAM, key, parameters=NAMES, timestamps_ns=times, values=values.T, statuses=statuses.T
    ).unwrap()
    library.writer.flush().unwrap()
    format_id = library.formats.get_parameter_data_format_id(data_source, NAMES).unwrap().data_format_id
    columns_of = [
        [SampleColumn(double_samples=doubles(*each)) for each in zip(values.tolist(), statuses.tolist(), strict=True)],
        [
            SampleColumn(int32_samples=Int32SampleList(samples=[Int32Sample(value=each, status=1) for each in column]))  # type: ignore[arg-type]
            for column in ([-1, 0], [2**31 - 1, 7])
        ],
        [
            SampleColumn(bool_samples=BoolSampleList(samples=[BoolSample(value=each, status=1)]))  # type: ignore[arg-type]
            for each in (True, False)
        ],
    ]
    data_format = SampleDataFormat(data_format_identifier=format_id)
    expected = [
        packet_of(
            "PeriodicData",
            key,
            PeriodicDataPacket(data_format=data_format, start_time=START, interval=4_294_967_295, columns=columns),
        )
        for columns in columns_of
    ]
    rows = [
        SampleRow(double_samples=doubles(*each)) for each in zip(values.T.tolist(), statuses.T.tolist(), strict=True)
    ]
    row_data = RowDataPacket(data_format=data_format, timestamps=times.tolist(), rows=rows)
    expected.append(packet_of("RowData", key, row_data))
    records = actor.read_session(actor.topics.stream(data_source, STREAM), key)

    assert [record.value for record in records] == expected


def test_the_definition_of_the_format_is_stored_before_the_data(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    key = new_session(library, data_source)

    def write(number: int) -> None:
        library.writer.write_columns(
            data_source,
            STREAM,
            key,
            parameters=NAMES,
            start_time_ns=START,
            rate_hz=60,
            first_sample=number * 10,
            values=np.zeros((2, 10)),
        ).unwrap()

    write(0)
    defined = [
        DataFormatDefinitionPacket.FromString(record.packet.content)
        for record in actor.read(actor.topics.essentials(data_source))
        if record.packet.type == "DataFormatDefinition"
    ]
    write(1)
    write(2)
    library.writer.flush().unwrap()
    records = actor.read_session(actor.topics.stream(data_source, STREAM), key)
    stored = [PeriodicDataPacket.FromString(record.packet.content) for record in records]

    assert [list(each.parameter_identifiers.parameter_identifiers) for each in defined] == [NAMES]
    assert {each.data_format.data_format_identifier for each in stored} == {defined[0].identifier}
    assert [each.start_time for each in stored] == [START, START + 166_666_666, START + 333_333_333]


def test_large_arrays_are_delivered_whole_in_packets_of_the_usual_size(
    library: Library, actor: ContractActor, data_source: str
) -> None:
    key = new_session(library, data_source)
    values = np.random.default_rng(1).normal(size=(4, 300_000))
    accepted = library.writer.write_columns(
        data_source, STREAM, key, parameters=list("abcd"), start_time_ns=START, interval_ns=1_000, values=values
    )
    assert accepted.unwrap() == 300_000
    report = library.writer.flush(30).unwrap()
    records = actor.read_session(actor.topics.stream(data_source, STREAM), key)
    stored = [PeriodicDataPacket.FromString(record.packet.content) for record in records]
    columns = [
        np.concatenate([[sample.value for sample in each.columns[number].double_samples.samples] for each in stored])
        for number in range(4)
    ]

    assert report.delivered == len(records) == 4
    assert np.stack(columns).tobytes() == values.tobytes()
