"""The generated code of the Open Data Protocol: up to date, quiet, and as convenient as promised."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from ma_streaming.protos import open_data_pb2
from tests.support.requirements import missing

ROOT = Path(__file__).parents[2]
NO_COMPILER = 2


def test_generated_code_is_what_the_schema_gives() -> None:
    command = [sys.executable, str(ROOT / "tools" / "generate-protos"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=150)
    if result.returncode == NO_COMPILER:
        missing("The schema's compiler", result.stderr.strip())
    assert result.returncode == 0, result.stdout + result.stderr


def test_import_raises_no_warning() -> None:
    code = "from ma_streaming.protos import open_data_pb2; open_data_pb2.Packet(type='Marker').SerializeToString()"
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("offset", [timedelta(hours=5, minutes=45), timedelta(hours=-9, minutes=-30), timedelta(0)])
def test_duration_field_takes_a_timedelta(offset: timedelta) -> None:
    packet = open_data_pb2.NewSessionPacket(utc_offset=offset)
    again = open_data_pb2.NewSessionPacket.FromString(packet.SerializeToString())
    assert again.HasField("utc_offset")
    assert again.utc_offset.ToTimedelta() == offset


def test_timestamp_field_takes_an_aware_datetime() -> None:
    moment = datetime(2026, 7, 16, 12, 30, 15, 250_000, tzinfo=timezone.utc)
    packet = open_data_pb2.SessionInfoPacket(creation_time=moment)
    assert packet.creation_time.ToDatetime(tzinfo=timezone.utc) == moment


def test_presence_of_session_info_is_kept() -> None:
    assert not open_data_pb2.NewSessionPacket().HasField("session_info")
    packet = open_data_pb2.NewSessionPacket(session_info=open_data_pb2.SessionInfoPacket())
    assert open_data_pb2.NewSessionPacket.FromString(packet.SerializeToString()).HasField("session_info")


def test_messages_can_be_pickled() -> None:
    packet = open_data_pb2.Packet(type="Marker", session_key="key", content=b"\x00\xff", id=2**64 - 1)
    assert pickle.loads(pickle.dumps(packet)) == packet  # noqa: S301 - our own bytes
