"""A session with everything in it, and what is in it packet by packet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import ma_streaming
from ma_streaming import PacketReadingConfiguration, PacketReadingType, Parameter, TopicNaming
from ma_streaming.packet_writing.check import check_session
from ma_streaming.protos import open_data_pb2 as open_data
from tests.integration.library import RecordingLogger

if TYPE_CHECKING:
    from ma_streaming import Client, SessionInfo
    from ma_streaming.client.recording import Recording


START = 1_750_000_000_000_000_000
SECOND = 1_000_000_000
CAR, GEAR, BRAKE, AIR = "vCar:Chassis", "nGear:Chassis", "bBrake:Chassis", "TAir:Weather"
PARAMETERS = [
    Parameter(CAR, unit="km/h", description="speed", limits=(0, 350), warning_limits=(0, 340), groups=("Speeds",)),
    Parameter(GEAR, rates_hz=(50,), texts={0: "neutral"}),
    Parameter(BRAKE, rates_hz=(50,)),
    Parameter(AIR, unit="degC", rates_hz=(0.1,)),
]


def connected(broker_list: str, domain: str, log: RecordingLogger) -> Client:
    return ma_streaming.connect(broker_list, domain=domain, topic_naming=TopicNaming.V2, logger=log)


@dataclass(frozen=True)
class Recorded:
    """A session of 30 s with everything in it, in the data source Car, and what was logged meanwhile."""

    session: SessionInfo
    warnings: list[str]


def write_everything(recording: Recording) -> None:
    recording.marker("Out Lap", "Lap Trigger")
    for second in range(30):
        recording.write(CAR, np.arange(60.0) + 60 * second, rate_hz=60)
        ticks = np.arange(50) + 50 * second
        recording.write({GEAR: (ticks % 8).astype(np.int16), BRAKE: ticks % 3 == 0}, rate_hz=50)
        if second == 14:
            recording.marker("Lap 1", "Lap Trigger")
            recording.marker("too early", time=START - SECOND)
            recording.event("1A:Chassis", [301.5], time=START + 3 * SECOND)
    recording.write(AIR, [20.5, 21.0, 21.5], interval_ns=10 * SECOND)
    recording.marker("In Lap", "Lap Trigger", time=START + 29 * SECOND, source="1")
    recording.marker("box", time=np.datetime64(START + 20 * SECOND, "ns"), description="stop")
    recording.marker("too late", time=START + 40 * SECOND)


def packets_of(client: Client, session: SessionInfo) -> list[tuple[str, open_data.Packet]]:
    """Read packet by packet."""
    configuration = PacketReadingConfiguration(
        session.session_key, data_source=session.data_source, reading_type=PacketReadingType.HISTORIC
    )
    reading = client._library.get_reading_packet_api()
    with reading.create_service_with_config(configuration).unwrap() as reader:
        return [(each.stream, each.packet) for each in reader]


def contents_of(packets: list[tuple[str, open_data.Packet]], kind: str, stream: str = "Stream1") -> list[Any]:
    message = getattr(open_data, f"{kind}Packet")
    return [message.FromString(each.content) for where, each in packets if (where, each.type) == (stream, kind)]


def findings_of(client: Client, session: SessionInfo) -> list[str]:
    return [str(finding) for finding in check_session(packets_of(client, session))]
