"""A process that ends with everything running ends cleanly: exit code, stderr, time."""

from __future__ import annotations

import os
import time

import pytest

from tests.support import programs

RUNS_OF_EACH = 10  # of three ways to end
AT_ONCE = 2

EVERYTHING_RUNNING = """
    import sys, threading
    import ma_streaming
    from ma_streaming.protos.open_data_pb2 import Packet
    from ma_streaming.testing import EmbeddedBroker

    broker = EmbeddedBroker()
    broker.start()
    configuration = ma_streaming.StreamingApiConfiguration(broker.bootstrap_servers, domain="Exit")
    api = ma_streaming.SupportLibraryBootstrapper.bootstrap(configuration).create()
    api.initialise()
    api.start()

    def started(service):
        service.initialise()
        service.start()
        return service

    sessions = started(api.get_session_manager_api().create_service().unwrap())
    formats = started(api.get_data_format_manager_api().create_service().unwrap())
    writer = started(api.get_writing_packet_api().create_service().unwrap())
    session = sessions.create_new_session(ma_streaming.SessionCreationInfo()).unwrap()
    packet = Packet(type="Marker", session_key=session.session_key, content=b"x" * 100).SerializeToString()
    pushed, pulled = threading.Event(), threading.Event()

    class Handler:
        def handle(self, dto):
            dto.packet.type
            pushed.set()

    pushing = started(api.get_reading_packet_api().create_service("Default", session.session_key).unwrap())
    pushing.set_handler(Handler())
    iterating = started(api.get_reading_packet_api().create_service("Default", session.session_key).unwrap())

    def pull():
        for dto in iterating:
            pulled.set()

    def write():
        while writer.write_many("Default", "", session.session_key, [packet] * 20).success:
            threading.Event().wait(0.005)

    sessions.live_session_started.subscribe(lambda sender, info: None)
    formats.data_format_info_updated.subscribe(lambda sender, info: None)
    for work in (pull, write):
        threading.Thread(target=work, daemon=True).start()
    assert pushed.wait(20) and pulled.wait(20)
    print("running")
"""

ENDINGS = {
    "at the end of the program": (EVERYTHING_RUNNING, 0),
    "by sys.exit": (EVERYTHING_RUNNING + "    sys.exit(0)\n", 0),
    "with busy Python threads": (
        EVERYTHING_RUNNING + "    threading.Thread(target=lambda: [i for i in iter(int, 1)], daemon=True).start()\n",
        0,
    ),
}


@pytest.mark.parametrize(("program", "code"), ENDINGS.values(), ids=list(ENDINGS))
def test_exit_with_everything_running_is_clean_every_time(program: str, code: int) -> None:
    outcomes = []
    for _ in range(RUNS_OF_EACH // AT_ONCE):
        running = [programs.start(program) for _ in range(AT_ONCE)]
        outcomes += [programs.finish(process, 90) for process in running]

    assert outcomes == [(code, "running\n", "")] * RUNS_OF_EACH


def test_exit_by_an_error_shows_that_error_only() -> None:
    code, _, err = programs.run(EVERYTHING_RUNNING + "    raise KeyError('mine')\n")

    assert code == 1
    assert err.startswith("Traceback")
    assert err.endswith("KeyError: 'mine'\n")
    assert err.count("Traceback") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs SIGTERM")
def test_a_handler_that_hangs_does_not_keep_the_process() -> None:
    program = (
        EVERYTHING_RUNNING
        + """
    hangs = started(api.get_reading_packet_api().create_service("Default", session.session_key).unwrap())
    hanging = threading.Event()

    def hang(dto):
        hanging.set()
        threading.Event().wait()

    hangs.set_handler(hang)
    assert hanging.wait(20)
    print("hanging")
    """
    )
    process = programs.start(program)
    assert process.stdout is not None
    while process.stdout.readline() != "hanging\n":
        assert process.poll() is None
    began = time.monotonic()
    code, _, err = programs.finish(process, 60)

    assert code == 0
    assert time.monotonic() - began < 20
    assert "Still running at exit" in err
    assert "Traceback" not in err
