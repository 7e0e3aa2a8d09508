"""Ctrl-C ends whatever waits, at once, and the process cleanly."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.support import programs

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a whole console, the test too")

# What waits does so for a minute; on a busy machine the end of a process alone may take more than a second.
SOON_SECONDS = 5

STARTED = """
    import time
    import ma_streaming
    from ma_streaming.testing import EmbeddedBroker
    from tests.support.programs import say_when_waiting

    broker = EmbeddedBroker()
    broker.start()
    configuration = ma_streaming.StreamingApiConfiguration(
        broker.bootstrap_servers, domain="Interrupt", timeout_seconds=60,
        additional_properties={"queue.buffering.max.messages": "10"},
    )
    api = ma_streaming.SupportLibraryBootstrapper.bootstrap(configuration).create()
    api.initialise()
    api.start()

    def started(service):
        service.initialise()
        service.start()
        return service

    sessions = started(api.get_session_manager_api().create_service().unwrap())
    session = sessions.create_new_session(ma_streaming.SessionCreationInfo()).unwrap()
    reader = started(api.get_reading_packet_api().create_service("Default", session.session_key).unwrap())
    writer = started(api.get_writing_packet_api().create_service().unwrap())

    def interrupted(call):
        began = time.monotonic()
        say_when_waiting()
        try:
            call()
        except KeyboardInterrupt:
            print("interrupted")
        else:
            print(f"not interrupted after {time.monotonic() - began} s")
"""

UNREACHABLE = """
    import ma_streaming
    from tests.support.programs import say_when_waiting

    configuration = ma_streaming.StreamingApiConfiguration("127.0.0.1:1", timeout_seconds=60)

    def interrupted(call):
        say_when_waiting()
        try:
            call()
        except KeyboardInterrupt:
            print("interrupted")
"""

WAITING = {
    "iteration over a quiet session": STARTED + "    interrupted(lambda: list(reader))\n",
    "a batch of a quiet session": STARTED + "    interrupted(lambda: reader.read_batch(10, 60))\n",
    "a program that sleeps while a reader pushes": STARTED
    + """
    reader.set_handler(print)
    interrupted(lambda: time.sleep(60))
    """,
    "a flush without a broker": STARTED
    + """
    assert writer.write_data("Default", "", session.session_key, b"").success
    assert writer.flush().success
    broker.stop()
    assert writer.write_data("Default", "", session.session_key, b"").success
    interrupted(lambda: writer.flush(60))
    writer.limit_stop(0.1)
    """,
    "a write into a full queue": STARTED
    + """
    assert writer.write_data("Default", "", session.session_key, b"").success
    broker.stop()
    interrupted(lambda: writer.write_many("Default", "", session.session_key, [b""] * 100))
    writer.limit_stop(0.1)
    """,
    "initialise without a broker": UNREACHABLE
    + """
    api = ma_streaming.SupportLibraryBootstrapper.bootstrap(configuration).create()
    interrupted(api.initialise)
    """,
    "a pause between two attempts": UNREACHABLE
    + """
    configuration = ma_streaming.StreamingApiConfiguration("127.0.0.1:1", timeout_seconds=0.1)
    policy = ma_streaming.RetryPolicy(5, 60, ma_streaming.RetryMode.INFINITE)
    api = ma_streaming.SupportLibraryBootstrapper.bootstrap(configuration, retry_policy=policy).create()
    interrupted(api.initialise)
    """,
}


@pytest.mark.parametrize("program", WAITING.values(), ids=list(WAITING))
def test_ctrl_c_ends_what_waits(program: str) -> None:
    process = programs.start(program)
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n", process.communicate()
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    line = process.stdout.readline()
    took = time.monotonic() - sent
    code, _, err = programs.finish(process)

    assert (line, code) == ("interrupted\n", 0), err
    assert took < SOON_SECONDS
    assert "Traceback" not in err


def test_ctrl_c_during_live_reading_ends_the_process_at_once() -> None:
    program = (
        STARTED
        + """
    try:
        say_when_waiting()
        for dto in reader:
            pass
    except KeyboardInterrupt:
        pass
    """
    )
    process = programs.start(program)
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, _, err = programs.finish(process)

    assert (code, err) == (0, "")
    assert time.monotonic() - sent < SOON_SECONDS
