"""Parameters and events of a session: what a recording defines, and what was found of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, overload

from ma_streaming import arguments
from ma_streaming.tabular import Row, counted, html_table, text_table

_HEADERS: Final = ("identifier", "unit", "rates (Hz)", "limits", "groups", "description")


@dataclass(frozen=True)
class Parameter:
    """A parameter.

    Attributes:
        identifier: `Name:Application`, by which its samples name it.
        unit: Its unit; None where no configuration says.
        name: For people; "" = what the identifier has before its last colon.
        application: Which application it is of; "" = what the identifier has behind its last colon.
        description: A text.
        limits: Lowest and highest value of the display scale. None in a recording = those of the first values written.
        warning_limits: Where warnings begin, below and above; None in a recording = `limits`.
        rates_hz: Samples per second of its periodic data. None in a recording = that of the first values written.
        groups: Identifiers of the groups that it is in.
        format: How to print a value, as in C.
        texts: What to show for values.
        has_rows: Whether it is in RowData, too.
        has_synchro: Whether it is in SynchroData, too.
        is_configured: False where no configuration of the session has it, and only a data format names it.
    """

    identifier: str
    unit: str | None = None
    name: str = ""
    application: str = ""
    description: str = ""
    limits: tuple[float, float] | None = None
    warning_limits: tuple[float, float] | None = None
    rates_hz: Sequence[float] | None = None
    groups: Sequence[str] = ()
    format: str = "%5.2f"
    texts: Mapping[float, str] = field(default_factory=dict, hash=False)
    has_rows: bool = False
    has_synchro: bool = False
    is_configured: bool = True

    def __post_init__(self) -> None:
        arguments.text("identifier", self.identifier, empty_allowed=True)
        if type(self.groups) is not tuple:
            object.__setattr__(self, "groups", tuple(arguments.texts("groups", self.groups)))
        for numbers in ("limits", "warning_limits", "rates_hz"):
            given = getattr(self, numbers)
            if given is not None:
                object.__setattr__(self, numbers, arguments.numbers(numbers, given))
        if self.name and self.application:
            return
        name, _, application = self.identifier.rpartition(":")
        object.__setattr__(self, "name", self.name or name or self.identifier)
        object.__setattr__(self, "application", self.application or (application if name else ""))


@dataclass(frozen=True)
class Event:
    """A kind of event.

    Attributes:
        identifier: `Number:Application`, the number in hexadecimal digits, as recorders want it (wire contract 10.3).
        name: For people; "" = the identifier.
        description: A text.
        priority: "critical", "high", "medium", "low" or "debug".
        units: Of its values.
        groups: Identifiers of the groups that it is in.
    """

    identifier: str
    name: str = ""
    description: str = ""
    priority: str = "medium"
    units: Sequence[str] = ()
    groups: Sequence[str] = ()

    def __post_init__(self) -> None:
        arguments.text("identifier", self.identifier, empty_allowed=True)
        for texts in ("units", "groups"):
            given = getattr(self, texts)
            if type(given) is not tuple:
                object.__setattr__(self, texts, tuple(arguments.texts(texts, given)))


class ParameterTable(Sequence[Parameter]):
    """The parameters of a session: a sequence, and by identifier.

    Attributes:
        events: The kinds of events that the configuration has.
        notes: What is missing or contradictory, in sentences; empty where the configuration is whole.
    """

    def __init__(
        self, parameters: Sequence[Parameter], events: Sequence[Event] = (), notes: Sequence[str] = ()
    ) -> None:
        self._parameters = {each.identifier: each for each in parameters}
        self._order = tuple(self._parameters.values())
        self.events = tuple(events)
        self.notes = tuple(notes)

    @overload
    def __getitem__(self, key: int | str) -> Parameter: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Parameter, ...]: ...
    def __getitem__(self, key: int | str | slice) -> Parameter | tuple[Parameter, ...]:
        """Give a parameter by its number or identifier, or several.

        Raises:
            KeyError: No parameter has that identifier; the text names near matches.
        """
        if not isinstance(key, str):
            return self._order[key]
        found = self._parameters.get(key)
        if found is None:
            near = arguments.near_matches(key, self._parameters)
            raise KeyError(f"there is no parameter {key!r} among {len(self):,}" + (f"; {near}" if near else ""))
        return found

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._order)

    def __contains__(self, key: object) -> bool:
        return key in self._parameters if isinstance(key, str) else key in self._order

    @property
    def identifiers(self) -> list[str]:
        """The identifiers of all parameters, in their order."""
        return list(self._parameters)

    def __repr__(self) -> str:
        return text_table(self._title, _HEADERS, map(_row, self._order), len(self))

    def _repr_html_(self) -> str:
        return html_table(self._title, _HEADERS, map(_row, self._order), len(self))

    @property
    def _title(self) -> str:
        events = f" and {counted(len(self.events), 'event')}" if self.events else ""
        return "; ".join([counted(len(self), "parameter") + events, *self.notes])


def _row(parameter: Parameter) -> Row:
    rates = ", ".join(f"{rate:g}" for rate in parameter.rates_hz or ()) + (" rows" if parameter.has_rows else "")
    limits = "" if parameter.limits is None else " to ".join(f"{limit:g}" for limit in parameter.limits)
    groups = ", ".join(parameter.groups)
    return (parameter.identifier, parameter.unit, rates.strip(), limits, groups, parameter.description)
