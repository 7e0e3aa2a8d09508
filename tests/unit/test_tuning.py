"""The tuning files and the whitelist of the broker configuration (wire contract 9.7)."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ma_streaming import ConfigurationError, KafkaSecurityConfiguration, StreamingApiConfiguration
from ma_streaming.properties import Client

PUBLISHING = "kafka_broker_publishing_config_file_path"
CONSUMING = "kafka_broker_consuming_config_file_path"
WHITELIST = "kafka_broker_config_whitelist_file_path"
BOTH = [("producer", PUBLISHING), ("consumer", CONSUMING)]
SECRET = "hunter2"  # noqa: S105 - what must not be shown

# The whitelist inside the vendor's docker image.
STRICT = {
    "Publish": [
        {"Pattern": "compression.type", "Allow": True},
        {"Pattern": "linger.ms", "Allow": True},
        {"Pattern": "batch.size", "Allow": True},
        {"Pattern": "queue.buffering.max.messages", "Allow": True},
        {"Pattern": "queue.buffering.max.kbytes", "Allow": True},
        {"Pattern": "message.max.bytes", "Allow": True},
        {"Pattern": "message.timeout.ms", "Allow": True},
    ],
    "Consume": [{"Pattern": "session.timeout.ms", "Allow": True}],
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, content: object) -> str:
    """Write a JSON file, or text as it is, into the working directory."""
    text = content if isinstance(content, str) else json.dumps(content)
    Path(name).write_text(text, encoding="utf-8")
    return name


def values(configuration: StreamingApiConfiguration, client: Client) -> dict[str, str]:
    """Give the properties of a client."""
    return {name: each.value for name, each in configuration.properties_of(client).items()}


def tuned(client: Client, content: object, *, whitelist: object = None, **options: Any) -> StreamingApiConfiguration:
    """Make a configuration with a tuning file of one client."""
    paths = {dict(BOTH)[client]: write("tuning.json", content)}
    if whitelist is not None:
        paths[WHITELIST] = write("whitelist.json", whitelist)
    return StreamingApiConfiguration(**{**paths, **options})


def refused(argument: str, content: object) -> str:
    """Give the error for the content of a file."""
    paths: dict[str, Any] = {argument: write("wrong.json", content)}
    with pytest.raises(ConfigurationError) as caught:
        StreamingApiConfiguration(**paths)
    assert caught.value.subject == argument
    assert str(Path("wrong.json").absolute()) in str(caught.value)
    assert f"leave out {argument}" in str(caught.value)
    return str(caught.value)


def test_without_paths_no_file_is_read() -> None:
    for name in ("kafka-publisher-broker.json", "kafka-consumer-broker.json", "kafka-broker-whitelist.json"):
        write(name, "no JSON")
    configuration = StreamingApiConfiguration()

    assert values(configuration, "producer") == values(configuration, "consumer") == {}
    assert configuration.warnings == ()


@pytest.mark.parametrize("given", ["kafka-publisher-broker", "kafka-publisher-broker.json", "./kafka-publisher-broker"])
def test_a_relative_path_is_of_the_working_directory_and_json_is_appended(given: str, folder: Path) -> None:
    write("kafka-publisher-broker.json", {"linger.ms": "20"})
    configuration = StreamingApiConfiguration(kafka_broker_publishing_config_file_path=given)

    found = configuration.properties_of("producer")["linger.ms"]
    assert (found.value, found.source) == ("20", f"tuning file {folder / 'kafka-publisher-broker.json'}")


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_an_absolute_path_is_taken_as_it_is(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("consumer.json", {"session.timeout.ms": "45000"})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    configuration = StreamingApiConfiguration(
        kafka_broker_consuming_config_file_path=f"{tmp_path / 'consumer'}{suffix}"
    )

    assert values(configuration, "consumer") == {"session.timeout.ms": "45000"}


@pytest.mark.parametrize(("client", "argument"), BOTH)
def test_a_missing_file_means_the_defaults_and_is_a_warning(client: Client, argument: str, folder: Path) -> None:
    paths: dict[str, Any] = {argument: "nowhere"}
    configuration = StreamingApiConfiguration(**paths)

    assert values(configuration, client) == {}
    (warning,) = configuration.warnings
    for part in (argument, "'nowhere'", str(folder / "nowhere.json"), "defaults"):
        assert part in warning


def test_each_file_is_for_its_own_client() -> None:
    configuration = StreamingApiConfiguration(
        kafka_broker_publishing_config_file_path=write("publisher.json", {"client.id": "writer"}),
        kafka_broker_consuming_config_file_path=write("consumer.json", {"client.id": "reader"}),
    )

    assert values(configuration, "producer") == {"client.id": "writer"}
    assert values(configuration, "consumer") == {"client.id": "reader"}


def test_strings_numbers_and_bools_are_values() -> None:
    content = {"linger.ms": 20, "compression.type": "lz4", "enable.idempotence": False, "retry.backoff.ms": 1.5}

    assert values(tuned("producer", content), "producer") == {
        "linger.ms": "20",
        "compression.type": "lz4",
        "enable.idempotence": "false",
        "retry.backoff.ms": "1.5",
    }


def test_a_byte_order_mark_is_passed_over() -> None:
    Path("tuning.json").write_bytes(b'\xef\xbb\xbf{"linger.ms": "20"}')
    configuration = StreamingApiConfiguration(kafka_broker_publishing_config_file_path="tuning.json")

    assert values(configuration, "producer") == {"linger.ms": "20"}


@pytest.mark.parametrize(("value", "kind"), [({"ms": SECRET}, "an object"), ([SECRET], "an array"), (None, "null")])
@pytest.mark.parametrize("argument", [PUBLISHING, CONSUMING])
def test_a_nested_value_is_refused_by_its_key_and_not_shown(argument: str, value: object, kind: str) -> None:
    text = refused(argument, {"client.id": "x", "sasl.password": value})

    assert f"'sasl.password' is {kind}" in text
    assert SECRET not in text


@pytest.mark.parametrize("argument", [PUBLISHING, CONSUMING, WHITELIST])
@pytest.mark.parametrize(
    ("content", "part"),
    [
        ('{\n  "linger.ms": "5"\n  "acks": "1"\n}', "line 3, column 3"),
        ("", "line 1, column 1"),
        ("{} {}", "line 1, column 4"),
        ("[]", "holds an array"),
        ('"linger.ms=5"', "holds a string"),
        ("5", "holds a number"),
        ("null", "holds null"),
        ('{"linger.ms": "5", "linger.ms": "5"}', "'linger.ms' is there twice"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_json_object_is_refused(argument: str, content: str, part: str) -> None:
    assert part in refused(argument, content)


@pytest.mark.parametrize("argument", [PUBLISHING, CONSUMING, WHITELIST])
def test_a_file_that_cannot_be_read_is_refused(argument: str, folder: Path) -> None:
    (folder / "folder.json").mkdir()
    Path("latin.json").write_bytes(b'{"client.id": "\xff"}')
    for name, part in (("folder", "can't be read"), ("latin", "UTF-8"), ("nul\0", "null")):
        paths: dict[str, Any] = {argument: name}
        with pytest.raises(ConfigurationError, match=part) as caught:
            StreamingApiConfiguration(**paths)
        assert caught.value.subject == argument


@pytest.mark.parametrize("client", ["producer", "consumer"])
@pytest.mark.parametrize(
    "key",
    [
        "bootstrap.servers",
        "metadata.broker.list",
        "group.id",
        "auto.offset.reset",
        "enable.auto.commit",
        "auto.commit.enable",
        "enable.auto.offset.store",
        "enable.partition.eof",
        "log.queue",
    ],
)
def test_what_the_library_sets_itself_is_left_out_with_a_warning(client: Client, key: str, folder: Path) -> None:
    configuration = tuned(client, {key: "elsewhere", "client.id": "x"})

    assert values(configuration, client) == {"client.id": "x"}
    assert configuration.warnings == (
        f"tuning file {folder / 'tuning.json'}: left out {key}, which the library sets itself",
    )


@pytest.mark.parametrize(
    ("client", "keys"),
    [("producer", ["fetch.min.bytes", "session.timeout.ms"]), ("consumer", ["acks", "queue.buffering.max.ms"])],
)
def test_what_only_the_other_client_has_is_left_out_with_a_warning(client: Client, keys: list[str]) -> None:
    configuration = tuned(client, {**dict.fromkeys(keys, "1"), "client.id": "x"})

    assert values(configuration, client) == {"client.id": "x"}
    (warning,) = configuration.warnings
    assert f"left out {', '.join(keys)}, which a {client} does not have" in warning


VENDORS_DEFAULTS = {
    "compression.type": "zstd",
    "linger.ms": "20",
    "batch.size": "4194304",
    "queue.buffering.max.messages": "2000000",
    "queue.buffering.max.kbytes": "2097152",
    "message.max.bytes": "4194304",
    "message.timeout.ms": "600000",
    "acks": "1",
    "max.in.flight": "1000000",
    "enable.idempotence": "false",
}


def test_the_strict_whitelist_of_the_vendors_image_allows_what_it_lists_and_nothing_else() -> None:
    configuration = tuned("producer", VENDORS_DEFAULTS, whitelist=STRICT)

    assert values(configuration, "producer") == dict(list(VENDORS_DEFAULTS.items())[:7])
    (warning,) = configuration.warnings
    assert f"left out acks, max.in.flight, enable.idempotence, which {WHITELIST} denies" in warning
    consumer = tuned("consumer", {"session.timeout.ms": "45000", "check.crcs": "false"}, whitelist=STRICT)
    assert values(consumer, "consumer") == {"session.timeout.ms": "45000"}
    assert "left out check.crcs, " in consumer.warnings[0]


def test_without_a_whitelist_everything_is_allowed() -> None:
    configuration = tuned("producer", VENDORS_DEFAULTS)

    renamed = {
        "max.in.flight.requests.per.connection" if name == "max.in.flight" else name for name in VENDORS_DEFAULTS
    }
    assert set(values(configuration, "producer")) == renamed
    assert configuration.warnings == ()


@pytest.mark.parametrize("whitelist", [{}, {"Publish": []}, {"Publish": [], "Consume": STRICT["Consume"]}])
def test_an_empty_section_allows_everything(whitelist: object) -> None:
    configuration = tuned("producer", {"linger.ms": "20", "acks": "1"}, whitelist=whitelist)

    assert values(configuration, "producer") == {"linger.ms": "20", "acks": "1"}
    assert configuration.warnings == ()


def test_a_missing_whitelist_allows_everything_and_is_a_warning() -> None:
    configuration = tuned("producer", {"linger.ms": "20"}, kafka_broker_config_whitelist_file_path="nowhere")

    assert values(configuration, "producer") == {"linger.ms": "20"}
    (warning,) = configuration.warnings
    assert WHITELIST in warning
    assert "every key is allowed" in warning


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ([("linger.ms", True)], {"linger.ms"}),
        ([("linger.ms", False)], set()),
        ([("linger.ms", False), ("*", True)], {"batch.size", "acks"}),
        ([("*", True), ("linger.ms", False)], {"linger.ms", "batch.size", "acks"}),
        ([("*", False), ("linger.ms", True)], set()),
        ([("*.m?", True)], {"linger.ms"}),
        ([("*.?", True)], set()),
        ([("LINGER.MS", True)], {"linger.ms"}),
        ([("linger", True), ("ger.ms", True)], set()),
        ([("lingerXms", True), ("[al]*", True)], set()),
        ([("a??s", True), ("b*e", True)], {"acks", "batch.size"}),
    ],
)
def test_the_first_rule_that_matches_decides_and_no_match_denies(
    rules: list[tuple[str, bool]], allowed: set[str]
) -> None:
    whitelist = {"Publish": [{"Pattern": pattern, "Allow": allow} for pattern, allow in rules]}
    configuration = tuned("producer", {"linger.ms": 1, "batch.size": 2, "acks": "all"}, whitelist=whitelist)

    assert set(values(configuration, "producer")) == allowed
    assert len(configuration.warnings) == (len(allowed) < 3)


def test_the_whitelist_does_not_filter_what_the_program_says() -> None:
    configuration = tuned("producer", {}, whitelist=STRICT, additional_properties=["acks=1"])

    assert values(configuration, "producer") == {"acks": "1"}


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"Produce": []}, "'Produce' is no section; allowed are 'Publish', 'Consume'"),
        ({"publish": []}, "'publish' is no section"),
        ({"Publish": None}, "'Publish' is null"),
        ({"Publish": {"Pattern": "*", "Allow": True}}, "'Publish' is an object"),
        ({"Publish": ["*"]}, "rule 1 of 'Publish' is a string"),
        ({"Consume": [{"Pattern": "*", "Allow": True}, {"Pattern": "*"}]}, "rule 2 of 'Consume' has ['Pattern']"),
        ({"Publish": [{"Allow": True}]}, "has ['Allow']"),
        ({"Publish": [{"Pattern": "*", "Allow": True, "Deny": True}]}, "has ['Allow', 'Deny', 'Pattern']"),
        ({"Publish": [{"Pattern": "*", "Allow": "true"}]}, "Allow 'true'"),
        ({"Publish": [{"Pattern": "*", "Allow": 1}]}, "Allow 1"),
        ({"Publish": [{"Pattern": 5, "Allow": True}]}, "Pattern 5"),
        ({"Publish": [{"Pattern": "", "Allow": True}]}, "Pattern ''"),
    ],
)
def test_a_malformed_whitelist_is_refused(content: object, part: str) -> None:
    assert part in refused(WHITELIST, content)


def sources(configuration: StreamingApiConfiguration, client: Client) -> Mapping[str, tuple[str, str]]:
    return {name: (each.value, each.source) for name, each in configuration.properties_of(client).items()}


@pytest.mark.parametrize("in_file", ["linger.ms", "queue.buffering.max.ms"])
@pytest.mark.parametrize("in_program", ["linger.ms", "queue.buffering.max.ms"])
def test_what_the_program_says_counts_more_than_a_file_under_either_name(in_file: str, in_program: str) -> None:
    configuration = tuned("producer", {in_file: "20"}, additional_properties={in_program: 1})

    assert sources(configuration, "producer") == {"linger.ms": ("1", "additional_properties")}


def test_two_names_of_one_property_with_different_values_are_refused() -> None:
    text = "'queue.buffering.max.ms' and 'linger.ms'"
    with pytest.raises(ConfigurationError, match=text) as caught:
        tuned("producer", {"linger.ms": "5", "queue.buffering.max.ms": "6"})
    assert caught.value.subject == PUBLISHING


def security() -> KafkaSecurityConfiguration:
    return KafkaSecurityConfiguration("SaslSsl", "ScramSha512", "me", SECRET)


@pytest.mark.parametrize(("client", "argument"), BOTH)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("security.protocol", "plaintext"),
        ("sasl.mechanisms", "PLAIN"),
        ("sasl.mechanism", "PLAIN"),
        ("sasl.username", "someone"),
        ("sasl.password", "swordfish"),
        ("ssl.ca.location", "/tmp/other.pem"),  # noqa: S108 - not opened
        ("ssl.endpoint.identification.algorithm", "none"),
        ("enable.ssl.certificate.verification", "false"),
    ],
)
def test_a_file_that_contradicts_security_is_refused(client: Client, argument: str, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name) as caught:
        tuned(client, {name: value}, security=security())

    assert caught.value.subject == argument
    assert str(Path("tuning.json").absolute()) in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "swordfish" not in str(caught.value)


def test_a_file_may_repeat_what_security_says() -> None:
    content = {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", "sasl.password": SECRET}
    configuration = tuned("producer", content, security=security())

    assert sources(configuration, "producer")["security.protocol"] == ("sasl_ssl", "security")


def test_what_the_whitelist_denies_contradicts_nothing() -> None:
    configuration = tuned("producer", {"security.protocol": "plaintext"}, whitelist=STRICT, security=security())

    assert values(configuration, "producer")["security.protocol"] == "sasl_ssl"


def test_without_security_a_file_may_say_it() -> None:
    content = {"security.protocol": "sasl_ssl", "sasl.mechanism": "PLAIN", "sasl.password": SECRET}
    configuration = tuned("consumer", content)

    assert values(configuration, "consumer")["sasl.mechanisms"] == "PLAIN"
    assert values(configuration, "consumer")["sasl.password"] == SECRET
    assert SECRET not in repr(configuration)
    assert SECRET not in repr(configuration.properties_of("consumer"))
    assert SECRET not in repr(vars(configuration))


def test_environment_variables_are_named_as_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("StreamApiConfig__Security__SaslPassword", SECRET)
    monkeypatch.setenv("StreamApiConfig__Security__Mechanism", "Plain")
    configuration = tuned("producer", {"linger.ms": "20"}, security=security())

    found = sources(configuration, "producer")
    assert found["sasl.mechanisms"] == ("PLAIN", "environment variable StreamApiConfig__Security__Mechanism")
    assert found["sasl.password"] == (SECRET, "environment variable StreamApiConfig__Security__SaslPassword")
    assert found["sasl.username"] == ("me", "security")
    assert found["security.protocol"] == ("sasl_ssl", "security")


def test_a_copy_of_a_configuration_says_the_same_without_the_file() -> None:
    configuration = tuned("producer", {"linger.ms": "20", "group.id": "x"})
    Path("tuning.json").unlink()

    for each in (copy.deepcopy(configuration), pickle.loads(pickle.dumps(configuration))):  # noqa: S301 - our own
        assert each == configuration
        assert values(each, "producer") == {"linger.ms": "20"}
        assert each.warnings == configuration.warnings
