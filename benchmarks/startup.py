"""How long a program takes to its first packet: one run, in a fresh process; prints the times as JSON."""

from __future__ import annotations

import json
import sys
import threading
import time


def main(servers: str, domain: str, data_source: str, session_key: str) -> None:
    begin = time.perf_counter()
    import ma_streaming

    imported = time.perf_counter()
    configuration = ma_streaming.StreamingApiConfiguration(
        servers, domain=domain, topic_naming=ma_streaming.TopicNaming.V2, timeout_seconds=60
    )
    factory = ma_streaming.SupportLibraryBootstrapper.bootstrap(configuration, ma_streaming.Logger())
    bootstrapped = time.perf_counter()
    first_packet = threading.Event()
    with factory.create() as api:
        reading = ma_streaming.PacketReadingConfiguration(
            session_key=session_key, data_source=data_source, reading_type=ma_streaming.PacketReadingType.HISTORIC
        )
        reader = api.get_reading_packet_api().create_service_with_config(reading).unwrap()
        reader.set_handler(lambda _packet: first_packet.set())
        reader.initialise()
        reader.start()
        assert first_packet.wait(60), "no packet came"
        first = time.perf_counter()
    from benchmarks.target import runtime

    times = {
        "import_seconds": imported - begin,
        "bootstrap_seconds": bootstrapped - imported,
        "first_packet_seconds": first - begin,
        "runtime": runtime(),
    }
    print(json.dumps(times))


if __name__ == "__main__":
    main(*sys.argv[1:])
