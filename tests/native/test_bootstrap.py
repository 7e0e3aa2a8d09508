"""Loading .NET and librdkafka into the process, once, and what is said where that can't be done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ma_streaming import ConfigurationError, StreamingApiConfiguration, SupportLibraryBootstrapper
from ma_streaming._native.loader import NativeLibrary, load
from tests.support import programs

NOTHING_ON_THE_MACHINE = {"MA_STREAMING_DOTNET_ROOT": "/nowhere/at/all", "DOTNET_ROOT": None, "PATH": ""}

BOOTSTRAP = """
    import sys
    from ma_streaming import NativeLoadError, StreamingApiConfiguration, SupportLibraryBootstrapper

    def bootstrap():
        return SupportLibraryBootstrapper.bootstrap(StreamingApiConfiguration("127.0.0.1:1"))
"""


def test_bootstrap_loads_once_from_any_thread() -> None:
    loaded: list[NativeLibrary] = []
    threads = [threading.Thread(target=lambda: loaded.append(load())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(loaded) == 8
    assert all(each is loaded[0] for each in loaded)
    assert "NET" in loaded[0].runtime.RuntimeDescription()
    assert loaded[0].runtime.LibrdkafkaVersion()[0].isdigit()


def test_bootstrap_does_not_touch_the_broker() -> None:
    factory = SupportLibraryBootstrapper.bootstrap(StreamingApiConfiguration("127.0.0.1:1"))

    assert not factory.create().is_initialised


@pytest.mark.parametrize("arguments", [("x",), (StreamingApiConfiguration(), object()), (None,)])
def test_bootstrap_checks_its_arguments(arguments: Any) -> None:
    with pytest.raises(ConfigurationError):
        SupportLibraryBootstrapper.bootstrap(*arguments)


def test_a_retry_policy_is_checked_too() -> None:
    with pytest.raises(ConfigurationError, match="retry_policy"):
        SupportLibraryBootstrapper.bootstrap(StreamingApiConfiguration(), retry_policy=3)  # type: ignore[arg-type]


def test_without_any_runtime_the_error_names_every_place_and_the_command() -> None:
    program = (
        BOOTSTRAP
        + """
    sys.modules["dotnetcore2"] = None  # as if it were not installed
    try:
        bootstrap()
    except NativeLoadError as error:
        print(error)
    """
    )
    code, out, err = programs.run(program, environment=NOTHING_ON_THE_MACHINE)

    assert (code, err) == (0, "")
    for part in ("MA_STREAMING_DOTNET_ROOT=/nowhere/at/all", "DOTNET_ROOT: not set", "on PATH", "dotnetcore2"):
        assert part in out
    assert "To mend it: " in out


def test_a_named_runtime_that_cant_be_used_is_passed_over_with_a_warning() -> None:
    pytest.importorskip("dotnetcore2")
    program = (
        BOOTSTRAP
        + """
    bootstrap()
    """
    )
    code, _, err = programs.run(program, environment=NOTHING_ON_THE_MACHINE)

    assert code == 0
    assert "WARNING" in err
    assert "/nowhere/at/all is not a folder" in err


def test_without_librdkafka_the_error_says_what_to_install() -> None:
    program = (
        BOOTSTRAP
        + """
    sys.modules["confluent_kafka"] = None  # as if it were not installed
    try:
        bootstrap()
    except NativeLoadError as error:
        print(error)
    """
    )
    code, out, err = programs.run(program)

    assert (code, err) == (0, "")
    assert "pip install confluent-kafka" in out


def test_a_broken_librdkafka_is_a_load_error_too(tmp_path: Path) -> None:
    package = tmp_path / "confluent_kafka"
    libraries = tmp_path / "confluent_kafka.libs"
    package.mkdir()
    libraries.mkdir()
    (package / "__init__.py").touch()
    for name in ("librdkafka-0.so.1", "librdkafka-0.dll"):
        (libraries / name).write_bytes(b"not a library")
    program = (
        f"""
    import sys
    sys.path.insert(0, {str(tmp_path)!r})
    """
        + BOOTSTRAP
        + """
    try:
        bootstrap()
    except NativeLoadError as error:
        print(error)
    """
    )
    code, out, err = programs.run(program)

    assert (code, err) == (0, "")
    assert str(libraries) in out
    assert "To mend it: " in out


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
def test_a_handler_for_sigterm_that_was_set_before_still_works() -> None:
    program = (
        """
    import os, signal
    """
        + BOOTSTRAP
        + """
    signal.signal(signal.SIGTERM, lambda number, frame: print("handled"))
    bootstrap()
    os.kill(os.getpid(), signal.SIGTERM)
    print("still here")
    """
    )
    assert programs.run(program) == (0, "handled\nstill here\n", "")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
def test_without_a_handler_sigterm_ends_the_process() -> None:
    program = (
        """
    import time
    """
        + BOOTSTRAP
        + """
    bootstrap()
    print("ready")
    time.sleep(30)
    """
    )
    process = programs.start(program)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)

    assert programs.finish(process)[0] in (-signal.SIGTERM, 128 + signal.SIGTERM)


def test_a_null_reference_in_dotnet_does_not_kill_a_process_that_enables_faulthandler_later() -> None:
    program = (
        """
    import faulthandler
    """
        + BOOTSTRAP
        + """
    bootstrap()
    faulthandler.enable()
    import clr, System
    from System.Linq.Expressions import Expression, ParameterExpression
    text = Expression.Parameter(clr.GetClrType(System.String), "text")
    length = Expression.Lambda(Expression.Property(text, "Length"), System.Array[ParameterExpression]([text])).Compile()
    try:
        length.DynamicInvoke(System.Array[System.Object]([None]))
    except System.Exception as error:
        print(type(error.InnerException).__name__)
    """
    )
    code, out, _ = programs.run(program)

    assert (code, out) == (0, "NullReferenceException\n")


def test_a_coreclr_that_is_already_there_is_used() -> None:
    pytest.importorskip("dotnetcore2")
    program = (
        """
    import dotnetcore2, os, pythonnet, clr_loader
    from ma_streaming._native import loader
    root = os.path.join(os.path.dirname(dotnetcore2.__file__), "bin")
    pythonnet.load(clr_loader.get_coreclr(runtime_config=str(loader._RUNTIME_CONFIGURATION), dotnet_root=root))
    import clr
    """
        + BOOTSTRAP
        + """
    bootstrap()
    print(loader.load().origin)
    """
    )
    code, out, err = programs.run(program)

    assert (code, out, err) == (0, "already loaded in this process\n", "")


def test_bootstrap_in_a_thread_of_a_fresh_process_works() -> None:
    program = (
        """
    import threading
    """
        + BOOTSTRAP
        + """
    thread = threading.Thread(target=bootstrap)
    thread.start()
    thread.join()
    print(bootstrap() is not None)
    """
    )
    assert programs.run(program) == (0, "True\n", "")


def test_spawned_processes_can_bootstrap_again(tmp_path: Path) -> None:
    script = tmp_path / "spawning.py"
    script.write_text(
        "import multiprocessing\n"
        "from ma_streaming import StreamingApiConfiguration, SupportLibraryBootstrapper\n"
        "def work():\n"
        "    SupportLibraryBootstrapper.bootstrap(StreamingApiConfiguration())\n"
        "if __name__ == '__main__':\n"
        "    work()\n"
        "    process = multiprocessing.get_context('spawn').Process(target=work)\n"
        "    process.start()\n"
        "    process.join()\n"
        "    print(process.exitcode)\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(programs.ROOT)},
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")
