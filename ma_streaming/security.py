"""How clients prove who they are to the broker, and it to them: one configuration for every client of the library.

Nothing is guessed: an unknown value, a missing file, and a combination that lacks something or contradicts itself are
errors that name the field. Certificates and host names are verified.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from ma_streaming import validation
from ma_streaming.errors import ConfigurationError
from ma_streaming.oauth import CALLBACK_FIELD, TokenCallback
from ma_streaming.properties import HIDDEN, Properties

ENVIRONMENT_PREFIX: Final = "StreamApiConfig__Security__"
"""Then the field's name as the vendor's JSON has it, such as `SaslUsername` (wire contract 9.8)."""

_SECRET: Final = {"secret": True}
_PLAINTEXT, _SSL, _SASL_PLAINTEXT, _SASL_SSL = "plaintext", "ssl", "sasl_plaintext", "sasl_ssl"
_PROTOCOLS: Final = {
    "Plaintext": _PLAINTEXT,
    "Ssl": _SSL,
    "SaslPlaintext": _SASL_PLAINTEXT,
    "SaslSsl": _SASL_SSL,
}
_OAUTH: Final = "OAUTHBEARER"
_MECHANISMS: Final = {
    "Plain": "PLAIN",
    "ScramSha256": "SCRAM-SHA-256",
    "ScramSha512": "SCRAM-SHA-512",
    "OAuthBearer": _OAUTH,
}
_SSL_PROPERTIES: Final = {
    "ssl_ca_location": "ssl.ca.location",
    "ssl_certificate_location": "ssl.certificate.location",
    "ssl_key_location": "ssl.key.location",
    "ssl_key_password": "ssl.key.password",
}
_USER_PROPERTIES: Final = {"sasl_username": "sasl.username", "sasl_password": "sasl.password"}
_OAUTH_PROPERTIES: Final = {
    "oauth_token_endpoint_url": "sasl.oauthbearer.token.endpoint.url",
    "oauth_client_id": "sasl.oauthbearer.client.id",
    "oauth_client_secret": "sasl.oauthbearer.client.secret",
    "oauth_scope": "sasl.oauthbearer.scope",
}
_FILES: Final = ("ssl_ca_location", "ssl_certificate_location", "ssl_key_location")


@dataclass(frozen=True, repr=False)
class KafkaSecurityConfiguration:
    """Credentials and certificates for the broker. Secrets never appear in its `repr`.

    Environment variables (`StreamApiConfig__Security__SaslPassword` and so on, wire contract 9.8) take the place of
    fields when it is given to a `StreamingApiConfiguration`, which also checks it.

    Attributes:
        protocol: Plaintext, Ssl, SaslPlaintext or SaslSsl; librdkafka's spellings are taken too, in any case. Needed as
            soon as another field is set.
        mechanism: Plain, ScramSha256, ScramSha512 or OAuthBearer, for the two protocols with Sasl.
        sasl_username: For Plain and Scram.
        sasl_password: For Plain and Scram.
        ssl_ca_location: File or folder of the authorities to trust; "" = those of the system.
        ssl_certificate_location: File of this client's own certificate, with its key.
        ssl_key_location: File of its private key.
        ssl_key_password: Of that file.
        oauth_token_callback: Makes the tokens for OAuthBearer, in the place of the four fields after it. It is given
            `oauth_scope`, and gives an `OAuthToken` or a tuple of its fields. It is called on a thread of its own,
            first by `initialise()` and then when 80 % of the last token's life are over, never twice at a time. What it
            raises is logged with its text, ends an `initialise()` that waits for it with an `AuthenticationError`, and
            lets it be called again after 10 s.
        oauth_token_endpoint_url: Where OAuthBearer gets its tokens (OIDC, client credentials).
        oauth_client_id: For OAuthBearer.
        oauth_client_secret: For OAuthBearer.
        oauth_scope: For OAuthBearer, where the endpoint wants one; or for the callback, whatever it makes of it.
    """

    protocol: str = ""
    mechanism: str = ""
    sasl_username: str = ""
    sasl_password: str = field(default="", metadata=_SECRET)
    ssl_ca_location: str = ""
    ssl_certificate_location: str = ""
    ssl_key_location: str = ""
    ssl_key_password: str = field(default="", metadata=_SECRET)
    oauth_token_callback: TokenCallback | None = field(default=None, kw_only=True)
    oauth_token_endpoint_url: str = field(default="", kw_only=True)
    oauth_client_id: str = field(default="", kw_only=True)
    oauth_client_secret: str = field(default="", kw_only=True, metadata=_SECRET)
    oauth_scope: str = field(default="", kw_only=True)

    @property
    def is_active(self) -> bool:
        """True when at least one field is set."""
        return any(getattr(self, each.name) for each in fields(self))

    def __repr__(self) -> str:
        shown = {each.name: HIDDEN if "secret" in each.metadata else getattr(self, each.name) for each in fields(self)}
        used = ", ".join(f"{name}={shown[name]!r}" for name in shown if getattr(self, name))
        return f"KafkaSecurityConfiguration({used})"


def effective_security(
    given: KafkaSecurityConfiguration | None, environment: Mapping[str, str] | None = None
) -> KafkaSecurityConfiguration | None:
    """Put the environment's values in place of those given, and check the result.

    Args:
        given: What the program says.
        environment: Environment variables; None = those of the process.

    Returns:
        The configuration; None where nothing is set.

    Raises:
        ConfigurationError: It is not allowed; the text names the field and the way out, and no secret.
    """
    if given is not None:
        validation.instance("security", given, KafkaSecurityConfiguration)
    overriding: dict[str, Any] = dict(_from_environment(os.environ if environment is None else environment))
    security = replace(given or KafkaSecurityConfiguration(), **overriding)
    if not security.is_active:
        return None
    security_properties(security)
    return security


def security_properties(security: KafkaSecurityConfiguration | None) -> Properties:
    """Give the librdkafka properties that say the same.

    Raises:
        ConfigurationError: As `effective_security`.
    """
    if security is None:
        return ()
    _check_texts(security)
    protocol = _choice(security, "protocol", _PROTOCOLS)
    sasl, ssl = protocol in (_SASL_PLAINTEXT, _SASL_SSL), protocol in (_SSL, _SASL_SSL)
    properties = {"security.protocol": protocol}
    if sasl:
        properties |= _sasl(security)
    else:
        _refuse(security, ("mechanism", *_USER_PROPERTIES, CALLBACK_FIELD, *_OAUTH_PROPERTIES), "protocol")
    if ssl:
        properties |= _ssl(security)
    else:
        _refuse(security, _SSL_PROPERTIES, "protocol")
    return tuple(sorted(properties.items()))


def security_sources(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Tell which librdkafka properties come from environment variables, and which one each does.

    Args:
        environment: Environment variables; None = those of the process.
    """
    chosen = {"protocol": "security.protocol", "mechanism": "sasl.mechanisms"}
    properties = chosen | _USER_PROPERTIES | _SSL_PROPERTIES | _OAUTH_PROPERTIES
    return {
        properties[name]: f"environment variable {_variable(name)}"
        for name, _ in _from_environment(os.environ if environment is None else environment)
        if name in properties
    }


def _variable(name: str) -> str:
    return ENVIRONMENT_PREFIX + "".join(part.capitalize() for part in name.split("_"))


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for each in fields(KafkaSecurityConfiguration):
        if environment.get(_variable(each.name)):
            yield each.name, environment[_variable(each.name)]


def _check_texts(security: KafkaSecurityConfiguration) -> None:
    for each in fields(security):
        value = getattr(security, each.name)
        if each.name != CALLBACK_FIELD and not isinstance(value, str):
            shown = HIDDEN if "secret" in each.metadata else repr(value)
            raise ConfigurationError(f"{each.name} is {shown}; allowed is a string", subject=each.name)


def _choice(security: KafkaSecurityConfiguration, name: str, choices: Mapping[str, str]) -> str:
    """Find the value among the choices, however it is written."""
    given = str(getattr(security, name))
    for chosen, value in choices.items():
        if _folded(given) == _folded(chosen):
            return value
    others = [each.name for each in fields(security) if each.name != name and getattr(security, each.name)]
    because = f" with {', '.join(others)}" if others and not given else ""
    raise ConfigurationError(f"{name} is {given!r}{because}; allowed is one of {', '.join(choices)}", subject=name)


def _folded(text: str) -> str:
    return text.strip().replace("_", "").replace("-", "").lower()


def _sasl(security: KafkaSecurityConfiguration) -> dict[str, str]:
    mechanism = _choice(security, "mechanism", _MECHANISMS)
    properties = {"sasl.mechanisms": mechanism}
    if mechanism != _OAUTH:
        _refuse(security, (CALLBACK_FIELD, *_OAUTH_PROPERTIES), "mechanism")
        _require(security, _USER_PROPERTIES, "mechanism")
        return properties | _set(security, _USER_PROPERTIES)
    _refuse(security, _USER_PROPERTIES, "mechanism")
    if security.oauth_token_callback is not None:
        if not callable(security.oauth_token_callback):
            raise validation.refuse(CALLBACK_FIELD, security.oauth_token_callback, "something that can be called")
        _refuse(security, ("oauth_token_endpoint_url", "oauth_client_id", "oauth_client_secret"), CALLBACK_FIELD)
        return properties
    _require(security, ("oauth_token_endpoint_url", "oauth_client_id", "oauth_client_secret"), "mechanism")
    return properties | {"sasl.oauthbearer.method": "oidc"} | _set(security, _OAUTH_PROPERTIES)


def _ssl(security: KafkaSecurityConfiguration) -> dict[str, str]:
    if security.ssl_certificate_location:
        _require(security, ("ssl_key_location",), "ssl_certificate_location")
    elif security.ssl_key_location:
        _require(security, ("ssl_certificate_location",), "ssl_key_location")
    elif security.ssl_key_password:
        _require(security, ("ssl_key_location",), "ssl_key_password")
    for name in _FILES:
        path = getattr(security, name)
        if path and not os.access(path, os.R_OK):
            why = "can't be read" if Path(path).exists() else "does not exist"
            raise ConfigurationError(f"{name} is {path!r}, which {why}", subject=name)
    return {"ssl.endpoint.identification.algorithm": "https", **_set(security, _SSL_PROPERTIES)}


def _set(security: KafkaSecurityConfiguration, properties: Mapping[str, str]) -> dict[str, str]:
    return {key: getattr(security, name) for name, key in properties.items() if getattr(security, name)}


def _require(security: KafkaSecurityConfiguration, names: Mapping[str, str] | tuple[str, ...], because: str) -> None:
    for name in names:
        if not getattr(security, name):
            raise ConfigurationError(f"{name} is ''; {_what(security, because)} needs it", subject=name)


def _refuse(security: KafkaSecurityConfiguration, names: Mapping[str, str] | tuple[str, ...], because: str) -> None:
    for name in names:
        if getattr(security, name):
            text = f"{name} is set, but {_what(security, because)} has no use for it: leave out one of them"
            raise ConfigurationError(text, subject=name)


def _what(security: KafkaSecurityConfiguration, name: str) -> str:
    secret = any(each.name == name and "secret" in each.metadata for each in fields(security))
    return name if secret else f"{name} {getattr(security, name)!r}"
