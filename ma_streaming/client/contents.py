"""What a recording has: the parameters and events that it may write, and the configuration that defines them."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ma_streaming import arguments
from ma_streaming.client.definitions import configuration_of
from ma_streaming.client.parameters import Event, Parameter
from ma_streaming.client.samples import SampleGroup, range_of, valid_values
from ma_streaming.client.timeline import Pace, pace_of
from ma_streaming.errors import InvalidArgumentError

if TYPE_CHECKING:
    from ma_streaming.logger import GuardedLogger
    from ma_streaming.protos.open_data_pb2 import ConfigurationPacket

T = TypeVar("T")

_MOST_NAMED: Final = 5
_RATE_TOLERANCE: Final = 1e-6


class RecordingContents:
    """The parameters and events of a recording.

    Args:
        data_source: Whose session it is.
        parameters: Those that may be written, or identifiers alone; None = those of the first samples.
        events: The events that may be written.
        logger: Where it is said what the configuration had to leave open.

    Attributes:
        is_configured: Whether the configuration was written.

    Raises:
        InvalidArgumentError: ATLAS could not use them.
    """

    def __init__(
        self,
        data_source: str,
        parameters: Iterable[Parameter | str] | None,
        events: Iterable[Event],
        logger: GuardedLogger,
    ) -> None:
        self._data_source = data_source
        self._parameters = None if parameters is None else _by_identifier(parameters)
        self._events = {
            arguments.instance("events", each, Event).identifier: each
            for each in _several("events", events, "a list of Event")
        }
        self._log = logger
        self._open: set[str] = set()
        self._told: dict[str, Parameter] = {}
        self._compared: dict[tuple[str, ...], tuple[Pace | None]] = {}
        # One for all, so that a configuration which could be written in part alone is made whole by the next attempt.
        self._config_id = str(uuid.uuid4())
        self.is_configured = False
        self._configuration(map(_encoded, (self._parameters or {}).values()))

    def require(self, groups: Iterable[SampleGroup]) -> None:
        """Check that the parameters of samples may be written.

        Raises:
            InvalidArgumentError: One may not; the text has near matches.
        """
        names = [name for group in groups for name in group.names]
        if self._parameters is None:
            parameters = _by_identifier(names)
            self._configuration(map(_encoded, parameters.values()))
            self._parameters = parameters
        for name in names:
            if name not in self._parameters:
                raise _not_among("parameter", name, self._parameters)

    def require_event(self, identifier: str) -> None:
        """Check that an event may be written.

        Raises:
            InvalidArgumentError: It may not.
        """
        if arguments.text("identifier", identifier) not in self._events:
            raise _not_among("event", identifier, self._events)

    def configure(self, groups: Iterable[SampleGroup] = (), pace: Pace | None = None) -> ConfigurationPacket:
        """Make the configuration, with what is known of rates and limits from the first samples.

        Args:
            groups: The first samples.
            pace: How far apart they are; None for rows.
        """
        known = dict(self._parameters or {})
        self._open = {name for name, each in known.items() if each.rates_hz is None or each.limits is None}
        for group in groups:
            self._open.difference_update(group.names)
            for at, name in enumerate(group.names):
                known[name] = _completed(known[name], valid_values(group, at), pace)
        encoded = {name: _encoded(each) for name, each in known.items()}
        self._told = {name: encoded[name] for name, each in known.items() if each.rates_hz is not None}
        return self._configuration(encoded.values())

    def warn_of_others(self, groups: Iterable[SampleGroup], pace: Pace | None) -> None:
        """Say once of each parameter that its samples are not as the configuration has told recorders.

        Args:
            groups: Samples that are written.
            pace: How far apart they are; None for rows.
        """
        others: list[str] = []
        for group in groups:
            if self._compared.get(group.names) != (pace,):
                self._compared[group.names] = (pace,)
                others += [name for name in group.names if name in self._told and not _agrees(self._told[name], pace)]
        for name in others:
            del self._told[name]
        if others:
            what = "rows" if pace is None or pace.is_slow else f"samples at {pace.samples_per_second:g} Hz"
            more = f" and {len(others) - _MOST_NAMED:,} more" if len(others) > _MOST_NAMED else ""
            self._log.warning(
                f"there are {what} of {', '.join(others[:_MOST_NAMED])}{more}, which is not what the configuration "
                "tells recorders: give all rates_hz of a Parameter, and has_rows"
            )

    def warn_of_late(self, groups: Iterable[SampleGroup]) -> None:
        """Say once of each parameter that its first samples came when the configuration had been written already."""
        late = sorted(self._open.intersection(name for group in groups for name in group.names))
        if late:
            self._open.difference_update(late)
            self._log.warning(
                f"the configuration was written before the first samples of {', '.join(late)}, without the rates or "
                "limits that it takes from them: give rates_hz and limits in record(parameters=...), or write them "
                "with the first samples"
            )

    def _configuration(self, parameters: Iterable[Parameter]) -> ConfigurationPacket:
        return configuration_of(self._config_id, self._data_source, parameters, self._events.values())


def _several(name: str, given: Iterable[T], allowed: str) -> Iterable[T]:
    """Refuse one where several are asked for; a string would be taken for its letters."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise arguments.refuse(name, given, allowed)
    return given


def _by_identifier(given: Iterable[Parameter | str]) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for each in _several("parameters", given, "a list of Parameter or of identifiers"):
        parameter = Parameter(arguments.text("parameters", each)) if isinstance(each, str) else each
        name = arguments.instance("parameters", parameter, Parameter).identifier
        if name in found:
            raise InvalidArgumentError(f"parameter {name!r} is given twice", subject="parameters")
        found[name] = parameter
    return found


def _completed(parameter: Parameter, values: Any, pace: Pace | None) -> Parameter:  # noqa: ANN401 - an array
    """Fill in what the recording was not told."""
    rates = () if pace is None else (pace.samples_per_second,)
    return replace(
        parameter,
        limits=range_of(values) if parameter.limits is None else parameter.limits,
        rates_hz=rates if parameter.rates_hz is None else parameter.rates_hz,
        has_rows=parameter.has_rows or pace is None,
    )


def _agrees(parameter: Parameter, pace: Pace | None) -> bool:
    """Tell whether samples are as the configuration says."""
    if pace is None or pace.is_slow:
        return parameter.has_rows
    return any(
        math.isclose(rate, pace.samples_per_second, rel_tol=_RATE_TOLERANCE) for rate in parameter.rates_hz or ()
    )


def _encoded(parameter: Parameter) -> Parameter:
    """Say of rates that are too slow for periodic packets that there are rows."""
    rates = parameter.rates_hz or ()
    periodic = [rate for rate in rates if not pace_of(rate, None).is_slow]
    return replace(parameter, rates_hz=periodic, has_rows=parameter.has_rows or len(periodic) < len(rates))


def _not_among(what: str, name: str, known: Iterable[str]) -> InvalidArgumentError:
    names = list(known)
    near = arguments.near_matches(name, names)
    text = f"{what} {name!r} is not among the {len(names):,} that this recording has"
    return InvalidArgumentError(f"{text}; {near}" if near else text, subject=f"{what}s")
