"""Tuning files: librdkafka properties of the producer and of consumers in JSON files, and the whitelist of keys (9.7).

They are the vendor's files, so that an installation keeps one set for all its programs. What a file may not say is
never passed over in silence: it is a warning, or an error where guessing would be unsafe.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from ma_streaming.errors import ConfigurationError
from ma_streaming.properties import (
    SET_BY_THE_LIBRARY,
    Client,
    has_property,
    only_name,
    require_one_value,
    text_of,
)

PUBLISHING: Final = "kafka_broker_publishing_config_file_path"
CONSUMING: Final = "kafka_broker_consuming_config_file_path"
WHITELIST: Final = "kafka_broker_config_whitelist_file_path"

_SUFFIX: Final = ".json"
_SECTIONS: Final[dict[str, Client]] = {"Publish": "producer", "Consume": "consumer"}
_SECURITY: Final = ("security.", "sasl.", "ssl.", "enable.ssl.", "enable.sasl.")
_ANY_CASE: Final = ("security.protocol", "sasl.mechanisms")


@dataclass(frozen=True)
class TuningFile:
    """What one file says and may say, by the only name of each property, with secrets as they are.

    Attributes:
        path: The file, absolute; "" for none.
        properties: What is left of it.
    """

    path: str
    properties: Mapping[str, str]

    def __repr__(self) -> str:
        return f"TuningFile({self.path!r}, {sorted(self.properties)})"


@dataclass(frozen=True)
class Tuning:
    """The tuning files of both clients.

    Attributes:
        files: The file of each client.
        warnings: What was not there or passed over.
    """

    files: Mapping[Client, TuningFile]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Rule:
    pattern: re.Pattern[str]
    allow: bool


def read_tuning(paths: Mapping[str, str], security: Mapping[str, str]) -> Tuning:
    """Read the files of the wire contract's section 9.7.

    Args:
        paths: The value of each of the three arguments, by its name; "" for no file.
        security: The properties that the security configuration stands for. A file may repeat them, not change them.

    Raises:
        ConfigurationError: A file can't be read, is not what it should be, or contradicts `security`.
    """
    warnings: list[str] = []
    whitelist = _read_whitelist(paths[WHITELIST], warnings)
    arguments: dict[Client, str] = {"producer": PUBLISHING, "consumer": CONSUMING}
    files = {
        client: _read_tuning_file(client, argument, paths[argument], whitelist[client], warnings)
        for client, argument in arguments.items()
    }
    for client, file in files.items():
        _require_same_security(file, arguments[client], security)
    return Tuning(files, tuple(warnings))


def _read_tuning_file(
    client: Client, argument: str, given: str, whitelist: list[_Rule], warnings: list[str]
) -> TuningFile:
    found = _load(argument, given, "the built-in defaults are used", warnings)
    if found is None:
        return TuningFile("", {})
    path, content = found
    named: dict[str, str] = {}
    for key, value in content.items():
        text = text_of(value)
        if text is None:
            _refuse(argument, path, f"{key!r} is {_kind(value)}; allowed is a string, number or bool")
        named[key] = text
    ignored = [key for key in named if only_name(key) in SET_BY_THE_LIBRARY]
    _leave_out(named, ignored, path, "which the library sets itself", warnings)
    foreign = [key for key in named if not has_property(client, key)]
    _leave_out(named, foreign, path, f"which a {client} does not have", warnings)
    denied = [key for key in named if not _is_allowed(whitelist, key)]
    _leave_out(named, denied, path, f"which {WHITELIST} denies", warnings)
    require_one_value(f"tuning file {path}", named, subject=argument)
    return TuningFile(path, {only_name(key): value for key, value in named.items()})


def _leave_out(named: dict[str, str], keys: list[str], path: str, why: str, warnings: list[str]) -> None:
    if keys:
        warnings.append(f"tuning file {path}: left out {', '.join(keys)}, {why}")
    for key in keys:
        del named[key]


def _require_same_security(file: TuningFile, argument: str, security: Mapping[str, str]) -> None:
    """Refuse a file that changes how clients prove who they are, where the program or the environment says that."""
    for name, value in file.properties.items():
        said = security.get(name)
        same = value == said or (name in _ANY_CASE and said is not None and value.lower() == said.lower())
        if security and name.startswith(_SECURITY) and not same:
            _refuse(argument, file.path, f"{name!r} is not what security says")


def _read_whitelist(given: str, warnings: list[str]) -> dict[Client, list[_Rule]]:
    """Give the rules of each client; none = everything is allowed."""
    rules: dict[Client, list[_Rule]] = {"producer": [], "consumer": []}
    found = _load(WHITELIST, given, "every key is allowed", warnings)
    if found is None:
        return rules
    path, content = found
    for section, entries in content.items():
        if section not in _SECTIONS:
            _refuse(WHITELIST, path, f"{section!r} is no section; allowed are {', '.join(map(repr, _SECTIONS))}")
        if not isinstance(entries, list):
            _refuse(WHITELIST, path, f"{section!r} is {_kind(entries)}; allowed is a list of rules")
        rules[_SECTIONS[section]] = [
            _rule(path, f"rule {number} of {section!r}", entry) for number, entry in enumerate(entries, 1)
        ]
    return rules


def _rule(path: str, where: str, entry: object) -> _Rule:
    allowed = 'allowed is {"Pattern": "linger.*", "Allow": true}'
    if not isinstance(entry, dict) or set(entry) != {"Pattern", "Allow"}:
        shown = f"has {sorted(entry)}" if isinstance(entry, dict) else f"is {_kind(entry)}"
        _refuse(WHITELIST, path, f"{where} {shown}; {allowed}")
    pattern, allow = entry["Pattern"], entry["Allow"]
    if not isinstance(pattern, str) or not pattern or not isinstance(allow, bool):
        _refuse(WHITELIST, path, f"{where} has Pattern {pattern!r} and Allow {allow!r}; {allowed}")
    wildcards = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return _Rule(re.compile(wildcards, re.IGNORECASE | re.DOTALL), allow)


def _is_allowed(rules: list[_Rule], key: str) -> bool:
    """Ask the first rule that matches; where there are rules and none does, the key is denied."""
    return next((rule.allow for rule in rules if rule.pattern.fullmatch(key)), not rules)


def _load(argument: str, given: str, without_it: str, warnings: list[str]) -> tuple[str, dict[str, object]] | None:
    """Read a JSON object; None where no file was asked for, and, with a warning, where it is not there."""
    if not given:
        return None
    path = str(Path(given if given.lower().endswith(_SUFFIX) else given + _SUFFIX).absolute())
    try:
        content = json.loads(Path(path).read_bytes().decode("utf-8-sig"), object_pairs_hook=_without_repetition)
    except FileNotFoundError:
        warnings.append(f"{argument} is {given!r}, and there is no file {path}: {without_it}")
        return None
    except json.JSONDecodeError as error:
        _refuse(argument, path, f"line {error.lineno}, column {error.colno} is no JSON ({error.msg})")
    except OSError as error:
        _refuse(argument, path, f"it can't be read ({error.strerror})")
    except (ValueError, RecursionError) as error:
        _refuse(argument, path, f"it is no JSON in UTF-8 with each key once ({error})")
    if not isinstance(content, dict):
        _refuse(argument, path, f"it holds {_kind(content)}; allowed is an object")
    return path, content


def _without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is there twice")
    return made


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "an array", type(None): "null", str: "a string", bool: "a bool"}
    return kinds.get(type(value), "a number")


def _refuse(argument: str, path: str, what: str) -> NoReturn:
    text = f"file {path}: {what}. Mend it, or leave out {argument}"
    raise ConfigurationError(text, subject=argument) from None
