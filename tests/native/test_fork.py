"""The child of a fork is told clearly that it can't go on, ends by itself, and does the parent no harm."""

from __future__ import annotations

import os

import pytest

from tests.support import programs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")

PROGRAM = """
    import os, sys, warnings
    import ma_streaming
    from ma_streaming.testing import EmbeddedBroker

    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 on: fork in a process with threads
    broker = EmbeddedBroker()
    broker.start()
    configuration = ma_streaming.StreamingApiConfiguration(broker.bootstrap_servers, domain="Fork")
    api = ma_streaming.SupportLibraryBootstrapper.bootstrap(configuration).create()
    api.initialise()
    api.start()
    sessions = api.get_session_manager_api().create_service().unwrap()
    writer = api.get_writing_packet_api().create_service().unwrap()
    reader = api.get_reading_packet_api().create_service("Default", "key").unwrap()
    for service in (sessions, writer, reader):
        service.initialise()
        service.start()
    key = sessions.create_new_session(ma_streaming.SessionCreationInfo()).unwrap().session_key
    empty = ma_streaming.PacketBytes(b"")
    assert writer.write_data("Default", "", key, empty).success

    child = os.fork()
    if child == 0:
        for result in (
            sessions.get_all_sessions(),
            writer.write_data("Default", "", key, empty),
            writer.write_many("Default", "", key, [empty]),
            reader.statistics(),
            api.get_session_manager_api().create_service(),
        ):
            assert not result.success and "fork" in result.message, result
        for call in (
            lambda: next(iter(reader)),
            lambda: ma_streaming.SupportLibraryBootstrapper.bootstrap(configuration),
            lambda: EmbeddedBroker().start(),
        ):
            try:
                call()
            except ma_streaming.LifecycleError as error:
                assert "spawn" in str(error), error
            else:
                raise AssertionError(call)
        for service in (reader, writer, sessions, api):
            service.stop()
        broker.stop()
        # As children of a fork should: at sys.exit() CoreCLR may wait for a lock that a thread of the parent held.
        os._exit(7)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    assert writer.write_data("Default", "", key, empty).success
    assert sessions.end_session("Default", key).success
    api.stop()
    broker.stop()
"""


def test_a_forked_child_gets_clear_errors_and_ends() -> None:
    assert programs.run(PROGRAM) == (0, "7\n", "")


def test_multiprocessing_by_fork_ends_too() -> None:
    program = (
        PROGRAM.split("    child = os.fork()", maxsplit=1)[0]
        + """
    import multiprocessing

    def work():
        print(writer.write_data("Default", "", key, empty).success, flush=True)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(30)
    print(process.exitcode)
    """
    )
    assert programs.run(program) == (0, "False\n0\n", "")


def test_a_fork_before_bootstrap_is_fine() -> None:
    program = """
    import os, sys
    import ma_streaming

    child = os.fork()
    ma_streaming.SupportLibraryBootstrapper.bootstrap(ma_streaming.StreamingApiConfiguration())
    if child:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert programs.run(program) == (0, "0\n", "")
