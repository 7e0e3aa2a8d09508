"""What it takes to know all sessions of a large broker, and to ask for one of them."""

from __future__ import annotations

import resource
import sys
import time
import uuid
from datetime import datetime, timezone
from typing import Any, Final

from benchmarks.target import producer_properties, runtime
from ma_streaming import Logger, StreamingApiConfiguration, SupportLibraryBootstrapper, TopicNaming
from ma_streaming.protos.open_data_pb2 import EndOfSessionPacket, NewSessionPacket, Packet, SessionInfoPacket
from ma_streaming.testing.kafka_admin import create_topics

STREAMS: Final = ("Stream1", "Stream2")
_TOPICS_OF_A_SOURCE: Final = 2 + len(STREAMS)
_CREATED_AT_ONCE: Final = 1000
_LOOK_UPS: Final = 20_000
_PARAMETERS: Final = [f"Parameter{number}:App" for number in range(10)]


class StateMaker:
    """Puts sessions on a broker as other writers would (wire contract 3): plain records, none of them by our writer."""

    def __init__(self, servers: str, domain: str) -> None:
        self._servers = servers
        self._domain = domain

    def make(self, topics: int, sessions: int) -> dict[str, Any]:
        """Make data sources with all their topics, and sessions that began and ended; the last one of all is live."""
        from confluent_kafka import Producer

        sources = [f"Source{number}" for number in range(max(1, topics // _TOPICS_OF_A_SOURCE))]
        session_topic = f"{self._domain}.Sys.SessionInfo"
        names = [session_topic, *(topic for source in sources for topic in self._topics_of(source))]
        for first in range(0, len(names), _CREATED_AT_ONCE):
            create_topics(self._servers, dict.fromkeys(names[first : first + _CREATED_AT_ONCE], 1))
        producer = Producer({**producer_properties(self._servers), "log_level": 0})
        key = source = ""
        for number in range(sessions):
            key, source = str(uuid.uuid4()), sources[number % len(sources)]
            for kind, content in self._records(source, number, ends=number < sessions - 1):
                value = Packet(type=kind, session_key=key, content=content.SerializeToString()).SerializeToString()
                producer.produce(session_topic, key=key, value=value, partition=0)
            producer.poll(0)
        assert producer.flush(60) == 0
        return {"topics": len(names), "sessions": sessions, "data_source": source, "session_key": key}

    def close(self) -> None:
        """Do nothing: nothing is kept open."""

    def _topics_of(self, source: str) -> list[str]:
        main = f"{self._domain}.Data.{source}"
        return [main, f"{self._domain}.Essential.{source}", *(f"{main}.{stream}" for stream in STREAMS)]

    def _records(self, source: str, number: int, *, ends: bool) -> list[tuple[str, Any]]:
        offsets = {f"{topic}:0": 0 for topic in self._topics_of(source)}
        now = datetime.now(timezone.utc)
        info = SessionInfoPacket(
            data_source=source,
            identifier=f"Run {number}",
            type="Session",
            version=1,
            details={"Driver": f"Driver {number % 20}", "Event": f"Event {number % 300}"},
        )
        created = NewSessionPacket(
            data_source=source, topic_partition_offsets=offsets, session_info=info, creation_time=now
        )
        ended = EndOfSessionPacket(data_source=source, topic_partition_offsets=offsets, termination_time=now)
        return [("NewSession", created), *([("EndOfSession", ended)] if ends else [])]


class StateLoader:
    """Connects in a process of its own, and looks things up."""

    def __init__(self, servers: str, domain: str) -> None:
        configuration = StreamingApiConfiguration(
            servers, domain=domain, topic_naming=TopicNaming.V2, timeout_seconds=60
        )
        self._api = SupportLibraryBootstrapper.bootstrap(configuration, Logger()).create()

    def load(self, sessions: int) -> dict[str, Any]:
        """Connect; gives the time of `initialise()` and the largest memory of the process until now."""
        begin = time.perf_counter()
        self._api.initialise()
        seconds = time.perf_counter() - begin
        self._api.start()
        self._sessions = self._api.get_session_manager_api().create_service().unwrap()
        self._formats = self._api.get_data_format_manager_api().create_service().unwrap()
        for service in (self._sessions, self._formats):
            service.initialise()
            service.start()
        listing = time.perf_counter()
        known = len(self._sessions.get_all_sessions().unwrap())
        listed = time.perf_counter() - listing
        assert known == sessions, f"{known} of {sessions} sessions are known"
        unit = 1 if sys.platform == "darwin" else 1024
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
        return {"initialise_seconds": seconds, "list_seconds": listed, "megabytes": megabytes, "runtime": runtime()}

    def look_up(self, data_source: str, session_key: str) -> dict[str, float]:
        """Ask for one session and for one known format again and again; gives µs for each call."""
        self._formats.get_parameter_data_format_id(data_source, _PARAMETERS).unwrap()
        return {
            "get_session_info_us": _mean_us(lambda: self._sessions.get_session_info(data_source, session_key)),
            "get_parameter_data_format_id_us": _mean_us(
                lambda: self._formats.get_parameter_data_format_id(data_source, _PARAMETERS)
            ),
        }

    def close(self) -> None:
        """Stop everything."""
        self._api.stop()


def _mean_us(call: Any) -> float:
    begin = time.perf_counter()
    for _ in range(_LOOK_UPS):
        call()
    return (time.perf_counter() - begin) / _LOOK_UPS * 1e6
