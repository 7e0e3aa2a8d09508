"""The command line: help, usage, exit codes, and errors without tracebacks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import click
import pytest

from ma_streaming._version import __version__
from ma_streaming.cli import main as main_module
from ma_streaming.cli.main import COMMANDS, cli, main
from ma_streaming.errors import BrokerUnavailableError, StreamingTimeoutError


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Give the command line a command `fail` that raises what the test says."""

    def install(error: BaseException) -> None:
        @click.command()
        def fail() -> None:
            raise error

        monkeypatch.setattr(main_module, "failing_command", fail, raising=False)
        monkeypatch.setitem(COMMANDS, "fail", "ma_streaming.cli.main:failing_command")

    return install


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["broker", "--help"], ["broker", "start", "-h"]])
def test_help_is_shown(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("Usage: ma-streaming")
    assert shown.err == ""


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in COMMANDS)


def test_every_command_of_the_table_exists() -> None:
    context = click.Context(cli)
    assert all(cli.get_command(context, name) is not None for name in COMMANDS)


def test_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ma-streaming, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "Usage: ma-streaming"),
        (["nonsense"], "No such command 'nonsense'"),
        (["broker", "nonsense"], "No such command 'nonsense'"),
        (["broker", "start", "--nonsense"], "No such option"),
        (["broker", "start", "--port", "70000"], "70000 is not in the range"),
        (["broker", "start", "--embedded", "--port", "9092"], "--port is for Apache Kafka"),
        (["broker", "start", "--embedded", "--fresh"], "--fresh is for Apache Kafka"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert problem in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (BrokerUnavailableError("no broker at x:1"), 1, "Error: no broker at x:1\n"),
        (StreamingTimeoutError("too late"), 1, "Error: too late\n"),
        (PermissionError(13, "Permission denied", "/cache"), 1, "Error: [Errno 13] Permission denied: '/cache'\n"),
        (click.ClickException("chosen words"), 1, "Error: chosen words\n"),
        (KeyboardInterrupt(), 130, "\nInterrupted.\n"),
    ],
)
def test_failure_is_one_line_and_its_exit_code(
    error: BaseException,
    code: int,
    line: str,
    fails: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    fails(error)
    assert main(["fail"]) == code
    assert capsys.readouterr() == ("", line)


def test_fault_of_the_program_keeps_its_traceback(fails: Callable[[BaseException], None]) -> None:
    fails(ZeroDivisionError("a fault"))
    with pytest.raises(ZeroDivisionError):
        main(["fail"])


def test_command_runs_as_a_module_and_loads_neither_kafka_nor_dotnet() -> None:
    program = (
        "import sys; from ma_streaming.cli.main import main; code = main(['broker', '--help']); "
        "heavy = {'clr', 'confluent_kafka', 'numpy', 'google.protobuf', 'rich'} & set(sys.modules); "
        "sys.exit(f'{code} {heavy}' if code or heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", program], timeout=60, check=True, stdout=subprocess.DEVNULL)
    ended = subprocess.run(
        [sys.executable, "-m", "ma_streaming.cli", "nonsense"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert "No such command" in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="closes a POSIX pipe")
def test_reader_that_went_away_is_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "ma_streaming.cli", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""
        child.wait(30)
