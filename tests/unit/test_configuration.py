"""The configuration is checked at construction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ma_streaming import (
    ConfigurationError,
    KafkaSecurityConfiguration,
    PartitionMapping,
    RetryMode,
    RetryPolicy,
    StreamCreationStrategy,
    StreamingApiConfiguration,
    TopicNaming,
)
from ma_streaming.properties import Client


def test_the_defaults() -> None:
    configuration = StreamingApiConfiguration()

    assert configuration.broker_list == configuration.broker_url == "localhost:9092"
    assert configuration.stream_creation_strategy is StreamCreationStrategy.TOPIC_BASE
    assert configuration.additional_properties == ()
    assert configuration.timeout_seconds == 10
    assert (configuration.domain, configuration.topic_naming) == ("", TopicNaming.AUTO)
    assert (configuration.initialisation_timeout_seconds, configuration.termination_timeout_seconds) == (3, 10)


def test_the_first_four_may_be_given_in_order() -> None:
    configuration = StreamingApiConfiguration("a:1,b:2", StreamCreationStrategy.TOPIC_BASED, ["linger.ms=5"], 3)

    assert configuration.broker_list == "a:1,b:2"
    assert configuration.additional_properties == (("linger.ms", "5"),)
    assert configuration.timeout_seconds == 3


def test_the_rest_must_be_named() -> None:
    with pytest.raises(TypeError):
        StreamingApiConfiguration("a:1", StreamCreationStrategy.TOPIC_BASE, [], 3, "domain")  # type: ignore[call-arg]


def test_broker_url_is_another_name_of_broker_list() -> None:
    assert StreamingApiConfiguration(broker_url="kafka:9092").broker_list == "kafka:9092"
    with pytest.raises(ConfigurationError, match="two names"):
        StreamingApiConfiguration("a:1", broker_url="b:2")


@pytest.mark.parametrize("value", ["kafka", "kafka:9092", "10.0.0.1:1", "[::1]:9092", "a:1, b:2 ,c", "a-b.c_d:65535"])
def test_broker_lists_that_are_allowed(value: str) -> None:
    assert StreamingApiConfiguration(value).broker_list == value.replace(" ", "")


@pytest.mark.parametrize("value", ["", " ", "a:0", "a:65536", "a:x", "a:1,,b:2", "http://a:1", "a b:1", "::1:9092", 5])
def test_broker_lists_that_are_not(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="broker_list") as caught:
        StreamingApiConfiguration(value)

    assert caught.value.subject == "broker_list"
    assert repr(value) in str(caught.value)


def test_the_strategy_has_its_aliases() -> None:
    assert StreamCreationStrategy.TOPIC_BASE.value == 2
    assert StreamCreationStrategy.PARTITION_BASE.value == 1
    assert StreamCreationStrategy["TOPIC_BASED"] is StreamCreationStrategy.TOPIC_BASE
    assert StreamCreationStrategy["PARTITION_BASED"] is StreamCreationStrategy.PARTITION_BASE
    assert StreamCreationStrategy["STREAM_BASE"] is StreamCreationStrategy.PARTITION_BASE


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("stream_creation_strategy", 7, "StreamCreationStrategy.TOPIC_BASE"),
        ("stream_creation_strategy", "TOPIC_BASE", "StreamCreationStrategy.TOPIC_BASE"),
        ("timeout_seconds", 0, "more than 0"),
        ("timeout_seconds", -1, "more than 0"),
        ("timeout_seconds", float("nan"), "more than 0"),
        ("timeout_seconds", True, "more than 0"),
        ("timeout_seconds", "10", "more than 0"),
        ("topic_naming", "V3", "TopicNaming.V2_ALTERNATE"),
        ("topic_naming", StreamCreationStrategy.TOPIC_BASE, "TopicNaming.V1"),
        ("domain", "a/b", "letters, digits"),
        ("domain", "a..b", "letters, digits"),
        ("domain", None, "a string"),
        ("initialisation_timeout_seconds", 0, "more than 0"),
        ("termination_timeout_seconds", None, "more than 0"),
        ("kafka_broker_publishing_config_file_path", None, "a string"),
        ("kafka_broker_consuming_config_file_path", 5, "a string"),
        ("kafka_broker_config_whitelist_file_path", ["a.json"], "a string"),
    ],
)
def test_a_wrong_value_names_the_field_the_value_and_what_is_allowed(field: str, value: Any, allowed: str) -> None:
    arguments: dict[str, Any] = {field: value}
    with pytest.raises(ConfigurationError) as caught:
        StreamingApiConfiguration(**arguments)

    assert caught.value.subject == field
    for part in (field, repr(value), allowed):
        assert part in str(caught.value)


def test_a_configuration_error_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="timeout_seconds"):
        StreamingApiConfiguration(timeout_seconds=0)


def test_numbers_of_enumerations_are_accepted() -> None:
    number: Any = 2
    assert StreamingApiConfiguration(topic_naming=number).topic_naming is TopicNaming.V2


def test_v1_has_no_domain() -> None:
    with pytest.raises(ConfigurationError, match="V1"):
        StreamingApiConfiguration(domain="Team", topic_naming=TopicNaming.V1)


@pytest.mark.parametrize(
    "given",
    [
        ["linger.ms=5", "client.id=me=you"],
        [("linger.ms", 5), ("client.id", "me=you")],
        {"linger.ms": "5", "client.id": "me=you"},
        (each for each in [" linger.ms = 5 ", ["client.id", "me=you"]]),
    ],
)
def test_additional_properties_in_every_form(given: Any) -> None:
    properties = StreamingApiConfiguration(additional_properties=given).additional_properties

    assert properties == (("client.id", "me=you"), ("linger.ms", "5"))


def test_bool_properties_become_librdkafkas_words() -> None:
    configuration = StreamingApiConfiguration(additional_properties={"check.crcs": True})

    assert configuration.additional_properties == (("check.crcs", "true"),)


@pytest.mark.parametrize("given", ["linger.ms=5", ["linger.ms"], [5], [("a",)], [("a", None)], 7, ["=5"], None])
def test_additional_properties_of_another_form_are_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="additional_properties") as caught:
        StreamingApiConfiguration(additional_properties=given)

    assert caught.value.subject == "additional_properties"


@pytest.mark.parametrize(
    "key", ["bootstrap.servers", "metadata.broker.list", "group.id", "enable.partition.eof", "auto.offset.reset"]
)
def test_properties_that_the_library_sets_itself_are_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match=key):
        StreamingApiConfiguration(additional_properties={key: "x"})


@pytest.mark.parametrize(
    "given",
    [
        ["linger.ms=5", "linger.ms=6"],
        ["queue.buffering.max.ms=5", "linger.ms=6"],
        ["acks=1", "request.required.acks=all"],
    ],
)
def test_a_property_set_twice_to_different_values_is_refused(given: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="different values") as caught:
        StreamingApiConfiguration(additional_properties=given)

    for each in given:
        assert each.split("=")[0] in str(caught.value)


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("producer", {"client.id": "x", "linger.ms": "5"}),
        ("consumer", {"client.id": "x", "fetch.message.max.bytes": "1000"}),
    ],
)
def test_each_client_gets_the_properties_it_has(client: Client, expected: dict[str, str]) -> None:
    properties = {"client.id": "x", "max.partition.fetch.bytes": 1000, "queue.buffering.max.ms": 5}
    configuration = StreamingApiConfiguration(additional_properties=properties)

    assert {name: each.value for name, each in configuration.properties_of(client).items()} == expected


def test_secrets_never_appear() -> None:
    secret = ("sasl.password", "ssl.key.pem", "sasl.oauthbearer.assertion.private.key.passphrase")
    properties = {"sasl.username": "me", **dict.fromkeys(secret, "hunter2")}
    security = KafkaSecurityConfiguration(sasl_username="me", sasl_password="hunter2", oauth_client_secret="hunter2")  # noqa: S106

    assert "hunter2" not in repr(StreamingApiConfiguration(additional_properties=properties))
    assert "hunter2" not in repr(security)
    assert "sasl_username='me'" in repr(security)
    with pytest.raises(ConfigurationError) as caught:
        StreamingApiConfiguration(additional_properties=[("sasl.password", ["hunter2"])])
    assert "hunter2" not in str(caught.value)


def test_an_empty_security_configuration_is_none_at_all() -> None:
    StreamingApiConfiguration(security=KafkaSecurityConfiguration())


def test_retry_policies() -> None:
    assert RetryPolicy(2, timedelta(milliseconds=500), RetryMode.FINITE).delay_seconds == 0.5
    assert RetryPolicy(2, 1.5, RetryMode.INFINITE).delay_seconds == 1.5
    for arguments in [(-1,), (1, -1), (1, 1, 7), (1, "x")]:
        with pytest.raises(ConfigurationError):
            RetryPolicy(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(("stream", "partition"), [("Stream1", -1), ("Stream1", 0), ("Stream1", "1"), ("", 1)])
def test_a_mapping_gives_a_named_stream_a_partition_after_the_main_streams(stream: Any, partition: Any) -> None:
    with pytest.raises(ConfigurationError, match="allowed"):
        PartitionMapping(stream, partition)


def test_partition_mappings_come_by_either_argument() -> None:
    configuration = StreamingApiConfiguration(
        "localhost:9092",
        StreamCreationStrategy.PARTITION_BASE,
        [PartitionMapping("Stream1", 1), "linger.ms=20"],
        partition_mappings=[PartitionMapping("Stream2", 2)],
    )
    assert configuration.partition_mappings == (PartitionMapping("Stream1", 1), PartitionMapping("Stream2", 2))
    assert configuration.additional_properties == (("linger.ms", "20"),)


@pytest.mark.parametrize("second", [PartitionMapping("Stream1", 2), PartitionMapping("Stream2", 1), "Stream2"])
def test_streams_and_partitions_are_mapped_one_to_one(second: Any) -> None:
    with pytest.raises(ConfigurationError, match="Stream"):
        StreamingApiConfiguration(partition_mappings=[PartitionMapping("Stream1", 1), second])


@pytest.mark.parametrize("retention", [timedelta(0), timedelta(days=-1), 7, "7 days"])
def test_topic_retention_is_a_time_or_nothing(retention: Any) -> None:
    with pytest.raises(ConfigurationError, match="topic_retention"):
        StreamingApiConfiguration(topic_retention=retention)
