"""Where log lines go."""

from __future__ import annotations

import logging

import pytest

from ma_streaming import ConfigurationError, ILogger, Logger
from ma_streaming._native.logs import level_of
from ma_streaming.logger import guarded
from tests.support.fakes import RecordingLogger


@pytest.fixture
def unconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the handlers that pytest installs."""
    monkeypatch.setattr(logging.Logger, "hasHandlers", lambda _logger: False)


def test_the_default_logger_forwards_to_the_standard_one(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "ma_streaming"):
        logger = Logger()
        logger.debug("d")
        logger.info("i 100%")
        logger.warning("w")
        logger.error("e")

    levels = [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR]
    assert caplog.record_tuples == list(zip(["ma_streaming"] * 4, levels, ["d", "i 100%", "w", "e"], strict=True))


@pytest.mark.usefixtures("unconfigured")
def test_without_configuration_it_prints_readable_lines(capsys: pytest.CaptureFixture[str]) -> None:
    logger = Logger()
    logger.debug("hidden")
    logger.info("shown")
    logger.error("broken")

    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert [line.split(maxsplit=1)[1] for line in lines] == ["INFO    shown", "ERROR   broken"]


def test_a_logger_that_raises_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(RecordingLogger):
        def error(self, message: str) -> None:
            super().error(message)
            raise OSError("disk full")

    guarded(Broken()).error("important")

    assert "important" in caplog.text
    assert "disk full" in caplog.text


def test_any_object_with_the_four_methods_will_do() -> None:
    guarded(logging.getLogger("mine")).warning("fine")  # type: ignore[arg-type]


def test_an_object_without_the_methods_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="warning") as caught:
        guarded(object())  # type: ignore[arg-type]

    assert caught.value.subject == "logger"


def test_ilogger_can_be_implemented() -> None:
    assert isinstance(RecordingLogger(), ILogger)


@pytest.mark.parametrize(
    ("syslog", "level"),
    [
        *((number, logging.ERROR) for number in range(4)),
        (4, logging.WARNING),
        (5, logging.INFO),
        (6, logging.INFO),
        (7, logging.DEBUG),
    ],
)
def test_native_levels_become_levels_of_logging(syslog: int, level: int) -> None:
    assert level_of(syslog) == level
