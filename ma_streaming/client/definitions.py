"""Parameters and events as the definitions of a configuration have them, and back (wire contract 7.2, 10.2)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from ma_streaming import arguments
from ma_streaming.client.parameters import Event, Parameter
from ma_streaming.errors import InvalidArgumentError
from ma_streaming.packet_writing import content_rules
from ma_streaming.packet_writing.content_rules import Severity
from ma_streaming.protos import open_data_pb2 as open_data

_PRIORITY: Final = "EVENT_PRIORITY_"
_PRIORITIES: Final = [name.removeprefix(_PRIORITY).lower() for name in open_data.EventPriority.keys()]  # noqa: SIM118
_NO_LIMITS: Final = (0.0, 0.0)
_NO_TEXTS: Final[Mapping[float, str]] = MappingProxyType({})
_HEXADECIMAL: Final = 16
_PAIR: Final = 2
_LARGEST_EVENT: Final = 2**32 - 1


def parameter_of(definition: open_data.ParameterDefinition) -> Parameter:
    """Give the parameter that a definition is of. Limits that are both 0 were not set."""
    limits = (definition.min_value, definition.max_value)
    warnings = (definition.warning_min_value, definition.warning_max_value)
    return Parameter(
        definition.identifier,
        unit=definition.units,
        name=definition.name,
        application=definition.application_name,
        description=definition.description,
        limits=None if limits == _NO_LIMITS else limits,
        warning_limits=None if warnings == _NO_LIMITS else warnings,
        rates_hz=tuple(definition.frequencies),
        groups=tuple(definition.groups),
        format=definition.format_string,
        texts=_texts_of(definition.conversion) if definition.HasField("conversion") else _NO_TEXTS,
        has_rows=definition.includes_row_data,
        has_synchro=definition.includes_synchro_data,
    )


def _texts_of(conversion: open_data.TextConversionDefinition) -> dict[float, str]:
    return dict(zip(conversion.input_values, conversion.string_values, strict=False))


def event_of(definition: open_data.EventDefinition) -> Event:
    """Give the event that a definition is of."""
    known = definition.priority < len(_PRIORITIES)
    return Event(
        definition.identifier,
        name=definition.name,
        description=definition.description,
        priority=_PRIORITIES[definition.priority] if known else str(definition.priority),
        units=tuple(definition.units),
        groups=tuple(definition.groups),
    )


def configuration_of(
    config_id: str, group: str, parameters: Iterable[Parameter], events: Iterable[Event]
) -> open_data.ConfigurationPacket:
    """Make the configuration of a recording, with its one top-level group.

    Args:
        config_id: Unique in the world.
        group: The top-level group, where parameters and events are of several applications.
        parameters: What is to be defined.
        events: And which events.

    Raises:
        InvalidArgumentError: ATLAS could not use it; the text is what the rule says.
    """
    configuration = open_data.ConfigurationPacket(
        config_id=config_id,
        parameter_definitions=map(_parameter_definition, parameters),
        event_definitions=map(_event_definition, events),
    )
    configuration.group_definitions.append(_group(group, configuration))
    for problem in content_rules.configuration(configuration):
        if problem.severity is Severity.ERROR:
            raise InvalidArgumentError(problem.text, subject="parameters")
    return configuration


def _parameter_definition(parameter: Parameter) -> open_data.ParameterDefinition:
    _require_texts(parameter, "name", "application", "description", "format")
    if parameter.unit is not None:
        _require_texts(parameter, "unit")
    lowest, highest = _limits("limits", parameter, parameter.limits or _NO_LIMITS)
    warning_lowest, warning_highest = _limits(
        "warning_limits", parameter, parameter.warning_limits or (lowest, highest)
    )
    definition = open_data.ParameterDefinition(
        identifier=parameter.identifier,
        name=parameter.name,
        application_name=parameter.application,
        description=parameter.description,
        groups=parameter.groups,
        units=parameter.unit or "",
        data_type=open_data.DATA_TYPE_FLOAT64,
        format_string=parameter.format,
        min_value=lowest,
        max_value=highest,
        warning_min_value=warning_lowest,
        warning_max_value=warning_highest,
        frequencies=parameter.rates_hz or (),
        includes_row_data=parameter.has_rows,
        includes_synchro_data=parameter.has_synchro,
    )
    texts = parameter.texts
    if not isinstance(texts, Mapping):
        raise arguments.refuse(f"texts of {parameter.identifier!r}", texts, "a mapping of values to texts")
    if texts:
        # A conversion counts where it has an identifier (10.2).
        definition.conversion.conversion_identifier = f"{parameter.identifier} texts"
        definition.conversion.input_values.extend(arguments.numbers("the keys of texts", texts))
        definition.conversion.string_values.extend(arguments.texts("the values of texts", texts.values()))
    return definition


def _require_texts(holder: Parameter | Event, *names: str) -> None:
    for name in names:
        arguments.text(f"{name} of {holder.identifier!r}", getattr(holder, name), empty_allowed=True)


def _limits(name: str, parameter: Parameter, given: Sequence[float]) -> tuple[float, float]:
    if len(given) != _PAIR or not all(map(math.isfinite, given)):
        raise arguments.refuse(f"{name} of {parameter.identifier!r}", given, "a pair of finite numbers")
    return given[0], given[1]


def _event_definition(event: Event) -> open_data.EventDefinition:
    _require_texts(event, "name", "description")
    number, _, application = event.identifier.rpartition(":")
    try:
        definition_id = int(number, _HEXADECIMAL)
    except ValueError:
        definition_id = -1
    if not application or not 0 <= definition_id <= _LARGEST_EVENT:
        allowed = "'Number:Application' with up to 8 hexadecimal digits, such as '1A:Chassis'"
        raise arguments.refuse("identifier", event.identifier, allowed)
    if event.priority not in _PRIORITIES:
        raise arguments.refuse("priority", event.priority, "one of " + ", ".join(_PRIORITIES[1:]))
    return open_data.EventDefinition(
        identifier=event.identifier,
        name=event.name or event.identifier,
        definition_id=definition_id,
        application_name=application,
        description=event.description,
        priority=_PRIORITY + event.priority.upper(),
        groups=event.groups,
        units=event.units,
    )


def _group(name: str, configuration: open_data.ConfigurationPacket) -> open_data.GroupDefinition:
    """Make the top-level group, and in it the groups that parameters and events are in."""
    definitions: list[open_data.ParameterDefinition | open_data.EventDefinition]
    definitions = [*configuration.parameter_definitions, *configuration.event_definitions]
    applications = {each.application_name for each in definitions}
    top = applications.pop() if len(applications) == 1 else name
    inner = {group: each.application_name for each in definitions for group in each.groups}
    return open_data.GroupDefinition(
        identifier=top, name=top, application_name=top, groups=list(_groups(inner.items()))
    )


def _groups(applications: Iterable[tuple[str, str]]) -> Iterator[open_data.GroupDefinition]:
    for group, application in applications:
        yield open_data.GroupDefinition(identifier=group, name=group, application_name=application)
