"""Security settings: what they become, and which are refused (contract 9.8, API 3; FAULTS V10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ma_streaming import (
    ConfigurationError,
    KafkaSecurityConfiguration,
    OAuthToken,
    StreamingApiConfiguration,
)
from ma_streaming.security import effective_security, security_properties

SECRET = "hunter2"  # noqa: S105 - what must not be shown
OAUTH = {"protocol": "SaslSsl", "mechanism": "OAuthBearer"}
USER = {"sasl_username": "me", "sasl_password": SECRET}


@pytest.fixture
def pem(tmp_path: Path) -> str:
    """Give the path of a file that is there."""
    file = tmp_path / "some.pem"
    file.write_text("pem", encoding="ascii")
    return str(file)


def properties(**options: Any) -> dict[str, str]:
    """Give the properties that a configuration becomes."""
    return dict(security_properties(KafkaSecurityConfiguration(**options)))


def no_token(_: str) -> OAuthToken:
    """Stand in for a token callback."""
    raise AssertionError("nobody asks for a token")


def refused(**options: Any) -> ConfigurationError:
    """Give the error for what is not allowed, at the construction of the API's configuration."""
    with pytest.raises(ConfigurationError) as caught:
        StreamingApiConfiguration(security=KafkaSecurityConfiguration(**options))
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("protocol", ["Ssl", "ssl", "SSL"])
def test_v10_a_protocol_alone_is_honoured_with_the_authorities_of_the_system(protocol: str) -> None:
    assert properties(protocol=protocol) == {
        "security.protocol": "ssl",
        "ssl.endpoint.identification.algorithm": "https",
    }


@pytest.mark.parametrize(
    ("mechanism", "expected"),
    [
        ("Plain", "PLAIN"),
        ("ScramSha256", "SCRAM-SHA-256"),
        ("SCRAM-SHA-256", "SCRAM-SHA-256"),
        ("scramsha512", "SCRAM-SHA-512"),
    ],
)
def test_a_name_and_a_password_go_by_any_mechanism_that_has_them(mechanism: str, expected: str) -> None:
    assert properties(protocol="SASL_PLAINTEXT", mechanism=mechanism, **USER) == {
        "security.protocol": "sasl_plaintext",
        "sasl.mechanisms": expected,
        "sasl.username": "me",
        "sasl.password": SECRET,
    }


def test_certificates_go_with_ssl(pem: str) -> None:
    locations = {"ssl_ca_location": pem, "ssl_certificate_location": pem, "ssl_key_location": pem}
    assert properties(protocol="SaslSsl", mechanism="Plain", **USER, **locations, ssl_key_password=SECRET) == {
        "security.protocol": "sasl_ssl",
        "sasl.mechanisms": "PLAIN",
        "sasl.username": "me",
        "sasl.password": SECRET,
        "ssl.ca.location": pem,
        "ssl.certificate.location": pem,
        "ssl.key.location": pem,
        "ssl.key.password": SECRET,
        "ssl.endpoint.identification.algorithm": "https",
    }


def test_tokens_come_from_an_endpoint() -> None:
    options = {
        "oauth_token_endpoint_url": "https://id.example/token",
        "oauth_client_id": "car",
        "oauth_client_secret": SECRET,
        "oauth_scope": "kafka",
    }
    assert properties(protocol="SaslPlaintext", mechanism="OAuthBearer", **options) == {
        "security.protocol": "sasl_plaintext",
        "sasl.mechanisms": "OAUTHBEARER",
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.token.endpoint.url": "https://id.example/token",
        "sasl.oauthbearer.client.id": "car",
        "sasl.oauthbearer.client.secret": SECRET,
        "sasl.oauthbearer.scope": "kafka",
    }


@pytest.mark.parametrize(
    ("options", "subject"),
    [
        ({"protocol": "Tls"}, "protocol"),
        ({**USER}, "protocol"),
        ({"mechanism": "Plain"}, "protocol"),
        ({"protocol": "SaslSsl", **USER}, "mechanism"),
        ({"protocol": "SaslSsl", "mechanism": "Gssapi", **USER}, "mechanism"),
        ({"protocol": "SaslSsl", "mechanism": "Plain", "sasl_username": "me"}, "sasl_password"),
        ({"protocol": "SaslSsl", "mechanism": "Plain", "sasl_password": SECRET}, "sasl_username"),
        ({"protocol": "Ssl", **USER}, "sasl_username"),
        ({"protocol": "Plaintext", "sasl_password": SECRET}, "sasl_password"),
        ({"protocol": "Ssl", "mechanism": "Plain"}, "mechanism"),
        ({"protocol": "Ssl", "ssl_key_password": SECRET}, "ssl_key_location"),
        ({"protocol": "Plaintext", "ssl_key_password": SECRET}, "ssl_key_password"),
        ({**OAUTH}, "oauth_token_endpoint_url"),
        ({**OAUTH, **USER}, "sasl_username"),
        ({"protocol": "SaslSsl", "mechanism": "Plain", **USER, "oauth_client_secret": SECRET}, "oauth_client_secret"),
        ({**OAUTH, "oauth_token_callback": "x"}, "oauth_token_callback"),
        (
            {"protocol": "SaslSsl", "mechanism": "Plain", **USER, "oauth_token_callback": no_token},
            "oauth_token_callback",
        ),
        ({"protocol": "Ssl", "oauth_token_callback": no_token}, "oauth_token_callback"),
        (
            {**OAUTH, "oauth_token_callback": no_token, "oauth_client_secret": SECRET},
            "oauth_client_secret",
        ),
        (
            {**OAUTH, "oauth_token_callback": no_token, "oauth_token_endpoint_url": "https://id"},
            "oauth_token_endpoint_url",
        ),
        ({"protocol": 1}, "protocol"),
        ({"protocol": "Ssl", "sasl_password": 1}, "sasl_password"),
    ],
)
def test_v10_what_is_unknown_incomplete_or_contradictory_names_the_field(options: Any, subject: str) -> None:
    error = refused(**options)
    assert error.subject == subject
    assert subject in str(error)


@pytest.mark.parametrize("name", ["ssl_ca_location", "ssl_certificate_location", "ssl_key_location"])
def test_v10_a_missing_file_is_named(name: str, pem: str, tmp_path: Path) -> None:
    there = {"ssl_certificate_location": pem, "ssl_key_location": pem}
    error = refused(protocol="Ssl", **{**there, name: str(tmp_path / "nowhere.pem")})
    assert error.subject == name
    assert "nowhere.pem" in str(error)


@pytest.mark.parametrize(
    ("given", "missing"),
    [("ssl_certificate_location", "ssl_key_location"), ("ssl_key_location", "ssl_certificate_location")],
)
def test_a_certificate_and_its_key_belong_together(given: str, missing: str, pem: str) -> None:
    assert refused(protocol="Ssl", **{given: pem}).subject == missing


def test_tokens_come_from_the_program() -> None:
    found = properties(protocol="SaslSsl", mechanism="OAuthBearer", oauth_token_callback=no_token, oauth_scope="kafka")
    assert found == {
        "security.protocol": "sasl_ssl",
        "sasl.mechanisms": "OAUTHBEARER",
        "ssl.endpoint.identification.algorithm": "https",
    }


def test_the_environment_takes_the_place_of_fields() -> None:
    given = KafkaSecurityConfiguration("SaslSsl", "Plain", "me", "old")
    environment = {"StreamApiConfig__Security__SaslPassword": SECRET, "StreamApiConfig__Security__SslCaLocation": ""}
    assert effective_security(given, environment) == KafkaSecurityConfiguration("SaslSsl", "Plain", "me", SECRET)


def test_the_environment_may_be_all_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"Protocol": "SaslPlaintext", "Mechanism": "ScramSha512", "SaslUsername": "me"}.items():
        monkeypatch.setenv(f"StreamApiConfig__Security__{name}", value)
    monkeypatch.setenv("StreamApiConfig__Security__SaslPassword", SECRET)
    configuration = StreamingApiConfiguration()
    assert configuration.security == KafkaSecurityConfiguration("SaslPlaintext", "ScramSha512", "me", SECRET)
    assert SECRET not in repr(configuration)
    assert configuration.properties_of("producer")["sasl.password"].value == SECRET


@pytest.mark.parametrize(("name", "value"), [("security.protocol", "plaintext"), ("sasl.mechanism", "SCRAM-SHA-256")])
def test_properties_that_say_something_else_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name) as caught:
        StreamingApiConfiguration(
            additional_properties={name: value}, security=KafkaSecurityConfiguration("SaslSsl", "Plain", "me", SECRET)
        )
    assert caught.value.subject == "additional_properties"


def test_properties_that_say_the_same_are_allowed() -> None:
    same = StreamingApiConfiguration(
        additional_properties=["security.protocol=ssl"], security=KafkaSecurityConfiguration("Ssl")
    )
    assert same.properties_of("consumer")["security.protocol"].value == "ssl"
