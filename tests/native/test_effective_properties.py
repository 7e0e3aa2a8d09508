"""What clients get of the tuning files, and what `effective_properties` says of it, on the embedded broker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ma_streaming import (
    ConfigurationError,
    EffectiveProperty,
    KafkaSecurityConfiguration,
    LifecycleError,
    MessageTooLargeError,
    SessionCreationInfo,
    StreamingApiConfiguration,
    SupportLibraryApi,
    SupportLibraryBootstrapper,
)
from ma_streaming.testing import EmbeddedBroker
from tests.support.fakes import RecordingLogger

SECRET = "hunter2"  # noqa: S105 - what must not be shown
PUBLISHING = "kafka_broker_publishing_config_file_path"
CONSUMING = "kafka_broker_consuming_config_file_path"


@pytest.fixture
def make_api(broker: EmbeddedBroker, logger: RecordingLogger, domain: str, tmp_path: Path) -> Any:
    """Make an API with tuning files of these contents."""

    def make(
        producer: dict[str, Any] | None = None, consumer: dict[str, Any] | None = None, **options: Any
    ) -> SupportLibraryApi:
        for name, content in ((PUBLISHING, producer), (CONSUMING, consumer)):
            if content is not None:
                options[name] = str(tmp_path / f"{name}.json")
                Path(options[name]).write_text(json.dumps(content), encoding="utf-8")
        configuration = StreamingApiConfiguration(broker.bootstrap_servers, domain=domain, **options)
        return SupportLibraryBootstrapper.bootstrap(configuration, logger).create()

    return make


def found(api: SupportLibraryApi) -> dict[tuple[str, str], tuple[str, str]]:
    """Give value and source of each property."""
    return {(each.client, each.name): (each.value, each.source) for each in api.effective_properties()}


def test_without_configuration_properties_are_defaults_fixed_or_the_brokers(
    api: SupportLibraryApi, broker: EmbeddedBroker
) -> None:
    properties = api.effective_properties()

    assert EffectiveProperty("producer", "acks", "all", "default") in properties
    assert EffectiveProperty("producer", "enable.idempotence", "true", "default") in properties
    assert EffectiveProperty("consumer", "check.crcs", "true", "default") in properties
    assert EffectiveProperty("producer", "delivery.report.only.error", "false", "fixed") in properties
    assert EffectiveProperty("consumer", "auto.offset.reset", "error", "fixed") in properties
    for client in ("producer", "consumer"):
        assert found(api)[client, "bootstrap.servers"] == (broker.bootstrap_servers, "broker_list")
    assert {each.source for each in properties} == {"default", "fixed", "broker_list"}
    assert properties == sorted(properties, key=lambda each: (each.client == "consumer", each.name))
    assert len(found(api)) == len(properties)


def test_every_source_is_told(make_api: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("StreamApiConfig__Security__Protocol", "Plaintext")
    with make_api(
        {"queue.buffering.max.ms": 20, "batch.size": "2000", "acks": "1"},
        {"session.timeout.ms": "45000"},
        additional_properties=["linger.ms=1", "client.id=mine", "max.partition.fetch.bytes=1000"],
    ) as api:
        properties = found(api)

    assert properties["producer", "linger.ms"] == ("1", "additional_properties")
    assert ("producer", "queue.buffering.max.ms") not in properties
    assert properties["producer", "batch.size"] == ("2000", f"tuning file {tmp_path / PUBLISHING}.json")
    assert properties["producer", "acks"] == ("1", f"tuning file {tmp_path / PUBLISHING}.json")
    assert properties["producer", "enable.idempotence"] == ("false", "derived")
    assert properties["consumer", "session.timeout.ms"] == ("45000", f"tuning file {tmp_path / CONSUMING}.json")
    assert properties["consumer", "fetch.message.max.bytes"] == ("1000", "additional_properties")
    for client in ("producer", "consumer"):
        assert properties[client, "client.id"] == ("mine", "additional_properties")
        variable = "environment variable StreamApiConfig__Security__Protocol"
        assert properties[client, "security.protocol"] == ("plaintext", variable)


def test_security_is_a_source(make_api: Any) -> None:
    with make_api(security=KafkaSecurityConfiguration("Plaintext")) as api:
        assert found(api)["producer", "security.protocol"] == ("plaintext", "security")


def test_secrets_are_hidden_wherever_they_come_from(make_api: Any) -> None:
    # The broker has no SASL; over plain text librdkafka does not use these.
    with make_api(
        {"sasl.password": SECRET},
        {"ssl.key.password": SECRET},
        additional_properties={"sasl.oauthbearer.client.secret": SECRET},
    ) as api:
        shown = repr(api.effective_properties())
        assert found(api)["producer", "sasl.password"][0] == "***"

    assert SECRET not in shown


def test_effective_properties_need_initialise(make_api: Any) -> None:
    api = make_api()
    with pytest.raises(LifecycleError, match=r"initialise\(\)"):
        api.effective_properties()
    api.initialise()
    assert api.effective_properties()
    api.stop()
    with pytest.raises(LifecycleError, match="stopped"):
        api.effective_properties()


@pytest.mark.parametrize("content", [{"acks": "1"}, {"max.in.flight": "1000000"}, {"request.required.acks": 1}])
def test_a_file_that_rules_out_idempotence_switches_it_off_with_one_warning(
    make_api: Any, logger: RecordingLogger, content: dict[str, Any], data_source: str
) -> None:
    with make_api(content) as api:
        assert found(api)["producer", "enable.idempotence"] == ("false", "derived")
        create_session_and_write(api, data_source)

    (warning,) = logger.at("warning")
    assert "enable.idempotence is off" in warning


@pytest.mark.parametrize("content", [{"acks": "all"}, {"max.in.flight": "5"}, {"linger.ms": "1"}])
def test_a_file_that_goes_with_idempotence_leaves_it_on(
    make_api: Any, logger: RecordingLogger, content: dict[str, Any]
) -> None:
    with make_api(content) as api:
        assert found(api)["producer", "enable.idempotence"] == ("true", "default")

    assert logger.at("warning") == []


def test_the_vendors_tuning_sets_idempotence_itself_and_needs_no_warning(
    make_api: Any, logger: RecordingLogger, tmp_path: Path, data_source: str
) -> None:
    with make_api({"acks": "1", "max.in.flight": "1000000", "enable.idempotence": "false"}) as api:
        source = f"tuning file {tmp_path / PUBLISHING}.json"
        assert found(api)["producer", "enable.idempotence"] == ("false", source)
        create_session_and_write(api, data_source)

    assert logger.at("warning") == []


def test_message_max_bytes_of_a_file_is_the_limit_of_a_packet(make_api: Any, data_source: str) -> None:
    with make_api({"message.max.bytes": "2000"}) as api:
        writer = api.get_writing_packet_api().create_service().unwrap()
        with writer:
            key = create_session(api, data_source)
            refused = writer.write_data(data_source, "Stream1", key, packet(key, 3000))
            assert writer.write_data(data_source, "Stream1", key, packet(key, 1000)).success

    assert isinstance(refused.error, MessageTooLargeError)


@pytest.mark.parametrize(("producer", "consumer"), [({"no.such.key": "1"}, None), (None, {"fetch.min.bytes": "many"})])
def test_a_property_of_a_file_that_librdkafka_refuses_is_named_with_its_file(
    make_api: Any, tmp_path: Path, producer: dict[str, str] | None, consumer: dict[str, str] | None
) -> None:
    api = make_api(producer, consumer)
    with pytest.raises(ConfigurationError) as caught:
        api.initialise()

    ((name, _),) = (producer or consumer or {}).items()
    assert caught.value.subject == name
    assert name in str(caught.value)
    assert f"tuning file {tmp_path / (PUBLISHING if producer else CONSUMING)}.json" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("acks", "0"), ("transactional.id", "mine"), ("delivery.report.only.error", "true")]
)
def test_a_producer_that_could_not_tell_what_became_of_records_is_refused(make_api: Any, name: str, value: str) -> None:
    api = make_api({name: value})
    with pytest.raises(ConfigurationError, match=f"{name} = '{value}' was refused.*tuning file"):
        api.initialise()


def test_what_is_not_used_is_a_warning_when_bootstrapped(logger: RecordingLogger, make_api: Any) -> None:
    make_api({"group.id": "x"}, kafka_broker_config_whitelist_file_path="nowhere")

    whitelist, left_out = logger.at("warning")
    assert "kafka_broker_config_whitelist_file_path is 'nowhere'" in whitelist
    assert "left out group.id" in left_out


def packet(session_key: str, size: int) -> bytes:
    """Make a packet with so many bytes of content."""
    from ma_streaming.protos.open_data_pb2 import Packet

    return Packet(type="Event", session_key=session_key, content=bytes(size)).SerializeToString()


def create_session(api: SupportLibraryApi, data_source: str) -> str:
    """Create a session and give its key."""
    with api.get_session_manager_api().create_service().unwrap() as sessions:
        return sessions.create_new_session(SessionCreationInfo(data_source)).unwrap().session_key


def create_session_and_write(api: SupportLibraryApi, data_source: str) -> None:
    """Create a session and have a packet of it stored."""
    key = create_session(api, data_source)
    with api.get_writing_packet_api().create_service().unwrap() as writer:
        assert writer.write_data(data_source, "Stream1", key, packet(key, 10)).success
        assert writer.flush(10).unwrap().delivered == 1
