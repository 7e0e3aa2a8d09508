"""Many random records through the decoder of columns and through protobuf: both must find the same, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

from confluent_kafka import Producer

from ma_streaming import SupportLibraryApi
from ma_streaming.protos.open_data_pb2 import DataFormatDefinitionPacket, DataFormatType, Packet
from tests.native.column_rig import STREAM, Rig, column_rig
from tests.support.expected_columns import Sample, Verdict, expected, found, refers_to_unknown_format
from tests.support.random_packets import NAMES, RandomPackets
from tests.support.samples import packet, periodic, samples

FORMATS: Final[Mapping[int, Sequence[str]]] = {
    7001: NAMES[:2],
    7002: NAMES,
    7003: ("E",),
    7004: ("A", "A"),
    7005: (),
    2**63 + 5: ("B", "A"),
}
_WAITING_ROUNDS: Final = 10


@dataclass
class DifferentialRig:
    """Reads random records as columns, session after session."""

    rig: Rig
    producer: Producer
    topic: str

    def compare(self, seed: int, count: int) -> Counter[Verdict]:
        """Write records and read them; fails where protobuf finds anything else.

        Returns:
            How many records came to which end.
        """
        random = Random(seed)
        rig = self.rig.next_session()
        rig.write(periodic(["First"], [samples([1.0])]))
        made = RandomPackets(seed, rig.key, FORMATS)
        records = [made.record() for _ in range(count)]
        if seed % _WAITING_ROUNDS:
            # What is behind such a record waits until the end; that is tried in some of the rounds.
            records.sort(key=lambda record: refers_to_unknown_format(record, FORMATS))
        for record in records:
            self.producer.produce(self.topic, record, rig.key.encode(), 0)
        assert self.producer.flush(30) == 0
        rig.end()
        return _compared(rig, records, random.choice((1, 100, 10_000, 1_000_000)))


@contextmanager
def differential_rig(api: SupportLibraryApi, servers: str, domain: str, data_source: str) -> Iterator[DifferentialRig]:
    """Start what reads and writes, and define the data formats."""
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 1})
    with column_rig(api, data_source) as rig:
        for identifier, names in FORMATS.items():
            definition = DataFormatDefinitionPacket(
                identifier=identifier,
                type=DataFormatType.DATA_FORMAT_TYPE_PARAMETER,
                parameter_identifiers={"parameter_identifiers": names},
            )
            essential = Packet.FromString(packet("", definition))
            essential.is_essential = True
            rig.writer.write_data(data_source, "", rig.key, essential.SerializeToString()).unwrap()
        yield DifferentialRig(rig, producer, f"{domain}.Data.{data_source}.{STREAM}")


def _compared(rig: Rig, records: Sequence[bytes], max_samples: int) -> Counter[Verdict]:
    outcomes = [expected(record, FORMATS) for record in records]
    verdicts = Counter(verdict for verdict, _ in outcomes)
    came: dict[str, list[Sample]] = {}
    with rig.reader() as reader:
        for batch in reader.columns(max_samples=max_samples):
            for name, column in batch.items():
                came.setdefault(name, []).extend(found(column))
        statistics = reader.statistics().unwrap()
    came.pop("First")
    _assert_same_samples(came, records, [each for _, each in outcomes])
    columns = statistics.columns
    assert columns is not None
    left_out = sum(columns.rejected.values()) + sum(columns.unresolved.values())
    assert statistics.invalid_packets == verdicts[Verdict.INVALID]
    # The packet before them, and the end of the session.
    assert (columns.packets - 1, left_out, columns.other_packets - 1) == tuple(
        verdicts[each] for each in (Verdict.DECODED, Verdict.LEFT_OUT, Verdict.OTHER)
    ), columns
    return verdicts


def _assert_same_samples(
    came: Mapping[str, list[Sample]], records: Sequence[bytes], wanted: Sequence[Mapping[str, list[Sample]]]
) -> None:
    """Compare what came with what was wanted of each record; names the first record that is at odds."""
    at = dict.fromkeys(came, 0)
    for record, of_record in zip(records, wanted, strict=True):
        for name, values in of_record.items():
            begin = at.get(name, 0)
            at[name] = begin + len(values)
            assert came.get(name, [])[begin : at[name]] == values, f"parameter {name!r} of record {record.hex()}"
    assert at == {name: len(values) for name, values in came.items()} | {name: 0 for name in at if name not in came}
