"""What is measured of columns: from Kafka beside a bare loop and beside Python's own ways, and the decoder alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.column_packets import Shape
from benchmarks.measuring import Comparison, compare
from benchmarks.options import Options
from benchmarks.processes import Worker

USUAL: Final = Shape(10, 100)
SHAPES: Final = (USUAL, Shape(10, 1000), Shape(1, 1), Shape(1000, 10))
DRAIN: Final = "consume loop"
DRAIN_OWN: Final = "consume loop, peer's own"
DECODERS: Final = {"protobuf to numpy": "to_numpy", "an object a sample": "to_objects", "an object a row": "to_rows"}
"""Names of the other ways, by what does them."""
_SAMPLES_OF_A_TURN: Final = 300_000
"""Of a peer that goes through them one by one."""
_PACKETS_OF_A_TURN: Final = 20_000
"""Of a peer that parses them one by one."""


@dataclass(frozen=True)
class ColumnRow:
    """A comparison of columns.

    Attributes:
        shape: Of the packets.
        values: "random" or "sensor".
        peer: What the other side does.
    """

    shape: Shape
    values: str
    peer: str

    def as_json(self) -> dict[str, Any]:
        """Give it for machines."""
        return {**asdict(self.shape), "values": self.values, "beside": self.peer}


def run_columns(
    options: Options, where: dict[str, str], said: Callable[[str], None], about: dict[str, Any]
) -> dict[ColumnRow, Comparison]:
    """Compare for each shape, with random values; for the usual one also with those of a car.

    Args:
        options: What to measure.
        where: Broker and domain.
        said: Told how it goes.
        about: Gets the name of the .NET runtime.

    Returns:
        Comparisons with samples in the place of packets.
    """
    found: dict[ColumnRow, Comparison] = {}
    for number, (shape, values) in enumerate([(USUAL, "sensor"), *((shape, "random") for shape in SHAPES)]):
        packets = options.packets(shape.packet_bytes)
        made_of = {"parameters": shape.parameters, "samples": shape.samples, "values": values}
        data_source = f"Columns{number}"
        with Worker("benchmarks.columns:ColumnMaker", **where) as maker:
            made = maker.call("make", data_source=data_source, packets=packets, **made_of)
        session = {**where, "data_source": data_source, "session_key": made["session_key"]}
        reading = {"packets": packets, "packet_samples": shape.packet_samples}
        said(f"columns, {packets:,} packets of {shape} {values} values, {made['mean_bytes']:,.0f} B")
        with Worker("benchmarks.columns:OurColumns", **session) as ours:
            about["runtime"] = ours.call("runtime")
            for name, as_ours in ((DRAIN, True), (DRAIN_OWN, False)):
                with Worker("benchmarks.columns:PeerDrain", **session, our_properties=as_ours) as peer:
                    found[ColumnRow(shape, values, name)] = _compare(
                        options, said, (ours, reading), (peer, "read", reading)
                    )
            with Worker("benchmarks.decoders:PeerDecoder", **made_of) as decoder:
                few = {"packets": max(1, min(_PACKETS_OF_A_TURN, _SAMPLES_OF_A_TURN // shape.packet_samples))}
                for name, method in DECODERS.items():
                    said(name)
                    found[ColumnRow(shape, values, name)] = _compare(
                        options, said, (ours, reading), (decoder, method, few)
                    )
    return found


def _compare(
    options: Options,
    said: Callable[[str], None],
    ours: tuple[Worker, dict[str, Any]],
    peer: tuple[Worker, str, dict[str, Any]],
) -> Comparison:
    return compare(
        options.rounds,
        lambda: ours[0].call("read", **ours[1]),
        lambda: peer[0].call(peer[1], **peer[2]),
        said,
    )
