"""Large configurations in several packets (wire contract 10.2)."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ma_streaming import InvalidArgumentError
from ma_streaming.packet_writing import split_configuration
from ma_streaming.protos.open_data_pb2 import (
    ConfigurationPacket,
    EventDefinition,
    GroupDefinition,
    ParameterDefinition,
)


def configuration(parameters: int, events: int = 0, *, description: str = "") -> ConfigurationPacket:
    """A configuration of one group."""
    return ConfigurationPacket(
        config_id=str(uuid.UUID(int=7)),
        group_definitions=[GroupDefinition(identifier="App", name="App", application_name="App")],
        parameter_definitions=[
            ParameterDefinition(identifier=f"p{number}:App", name=f"p{number}", description=description)
            for number in range(parameters)
        ],
        event_definitions=[EventDefinition(identifier=f"{number:04X}:App") for number in range(events)],
    )


def whole(parts: list[ConfigurationPacket]) -> ConfigurationPacket:
    """Put parts together as a reader does: by their numbers."""
    assembled = ConfigurationPacket()
    for part in sorted(parts, key=lambda each: each.packet_number):
        assembled.MergeFrom(part)
    for field in ("partial_packet", "packet_number", "total_packet_number"):
        assembled.ClearField(field)
    return assembled


def test_what_fits_stays_one_packet() -> None:
    small = configuration(10)
    assert split_configuration(small) == [small]
    assert not small.partial_packet


def test_parts_are_numbered_from_1_and_all_but_the_last_say_that_more_comes() -> None:
    large = configuration(200, 50)
    parts = split_configuration(large, 1_500)
    assert len(parts) > 3
    assert [part.packet_number for part in parts] == list(range(1, len(parts) + 1))
    assert {part.total_packet_number for part in parts} == {len(parts)}
    assert [part.partial_packet for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {part.config_id for part in parts} == {large.config_id}
    assert parts[0].group_definitions == large.group_definitions
    assert large == configuration(200, 50), "it is not changed"


def test_sixty_thousand_parameters_come_back_whole() -> None:
    large = configuration(60_000, description="x" * 200)
    parts = split_configuration(large)
    assert large.ByteSize() > 10_000_000
    assert all(part.ByteSize() <= 4_000_000 for part in parts)
    assert len(parts) <= large.ByteSize() // 4_000_000 + 2
    assert whole(parts) == large


@settings(max_examples=100, deadline=None)
@given(
    parameters=st.integers(0, 300),
    events=st.integers(0, 100),
    description=st.text(max_size=200),
    limit=st.integers(1_000, 20_000),
)
def test_any_configuration_comes_back_whole_in_parts_that_fit(
    parameters: int, events: int, description: str, limit: int
) -> None:
    large = configuration(parameters, events, description=description)
    parts = split_configuration(large, limit)
    assert all(part.ByteSize() <= limit for part in parts)
    assert whole(parts) == large


def test_a_definition_that_does_not_fit_is_named() -> None:
    large = configuration(3)
    large.parameter_definitions[1].description = "x" * 2_000
    with pytest.raises(InvalidArgumentError, match="'p1:App' has 20") as caught:
        split_configuration(large, 1_000)
    assert caught.value.subject == "configuration"


def test_a_part_is_not_split_again() -> None:
    with pytest.raises(InvalidArgumentError, match="part of one already"):
        split_configuration(ConfigurationPacket(partial_packet=True))


@pytest.mark.parametrize("limit", [0, 999, True, 1e6])
def test_a_limit_that_is_not_allowed_is_named(limit: int) -> None:
    with pytest.raises(InvalidArgumentError, match="max_bytes"):
        split_configuration(configuration(1), limit)
