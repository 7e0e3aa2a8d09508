"""Where a run measures: broker, and names that nothing else on it has."""

from __future__ import annotations

from typing import Any, Final

from ma_streaming import Logger, StreamingApiConfiguration, SupportLibraryApi, SupportLibraryBootstrapper, TopicNaming

STREAM: Final = "Samples"

# What our clients use unless told otherwise (docs/architecture.md), for a peer that is to do exactly the same.
PRODUCER_PROPERTIES: Final[dict[str, Any]] = {
    "acks": "all",
    "enable.idempotence": True,
    "compression.type": "zstd",
    "linger.ms": 5,
    "batch.size": 1_000_000,
    "message.max.bytes": 4_194_304,
    "queue.buffering.max.messages": 1_000_000,
    "queue.buffering.max.kbytes": 262_144,
}
CONSUMER_PROPERTIES: Final[dict[str, Any]] = {
    "check.crcs": True,
    "fetch.wait.max.ms": 100,
    "fetch.queue.backoff.ms": 10,
    "fetch.message.max.bytes": 524_288,
    "queued.min.messages": 20_000,
    "queued.max.messages.kbytes": 16_384,
}
_READS_ONE_PARTITION: Final[dict[str, Any]] = {
    "group.id": "benchmark",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": False,
    "auto.offset.reset": "earliest",
}


def connect(servers: str, domain: str) -> SupportLibraryApi:
    """Load the library and connect it."""
    configuration = StreamingApiConfiguration(servers, domain=domain, topic_naming=TopicNaming.V2, timeout_seconds=60)
    api = SupportLibraryBootstrapper.bootstrap(configuration, Logger()).create()
    api.initialise()
    api.start()
    return api


def runtime() -> str:
    """Name the .NET runtime that this process uses."""
    from ma_streaming._native.loader import load

    return str(load().runtime.RuntimeDescription())


def topic_of(domain: str, data_source: str, stream: str = STREAM) -> str:
    """Name the topic of a stream, as wire contract 1 does."""
    return f"{domain}.Data.{data_source}.{stream}"


def producer_properties(servers: str) -> dict[str, Any]:
    """Give a plain producer our properties."""
    return {"bootstrap.servers": servers, **PRODUCER_PROPERTIES}


def consumer_properties(servers: str, *, ours: bool) -> dict[str, Any]:
    """Give a plain consumer our properties, or librdkafka's own, with the checksums that we check too."""
    return {
        "bootstrap.servers": servers,
        **_READS_ONE_PARTITION,
        **(CONSUMER_PROPERTIES if ours else {"check.crcs": True}),
    }
