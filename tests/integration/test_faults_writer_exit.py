"""A program that writes and ends, by itself, by a signal, or with no warning, loses nothing it need not lose (F10)."""

from __future__ import annotations

import dataclasses
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from ma_streaming.protos.open_data_pb2 import Packet
from ma_streaming.testing import EmbeddedBroker
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import ReaderLog, started, within
from tests.integration.numbered_stream import compare, stored_numbers
from tests.integration.writing_program import HELD_BACK, STREAM, WritingProgram
from tests.support import programs

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.integration.library import Library

PACKETS = 10_000
WRITE = f"session.write({PACKETS})\nsession.tell(acknowledged=False)"
WAIT = "threading.Event().wait()"
# Ready is said where the exception is caught already.
WAIT_FOR_CTRL_C = f"""
try:
    print("ready", flush=True)
    {WAIT}
except KeyboardInterrupt:
    print("interrupted")
"""
SIGTERM_CODES = (-signal.SIGTERM, 128 + signal.SIGTERM)
"""What a shell or a supervisor sees of a program without a handler of its own."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.fixture
def program(broker_list: str, domain: str, data_source: str) -> WritingProgram:
    """A program whose packets stay in the queue until something flushes."""
    return WritingProgram(broker_list, domain, data_source, properties=HELD_BACK)


def line_of(process: subprocess.Popen[str]) -> str:
    """Wait for the next line that a program prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()
    return line.strip()


def written(program: WritingProgram, after: str = WAIT, *, before: str = "") -> subprocess.Popen[str]:
    """Start a program and wait until it has written all its packets."""
    process = programs.start(program.source(f"{WRITE}\n{after}", before=before))
    line_of(process)
    assert line_of(process) == str(PACKETS)
    return process


def stored(program: WritingProgram) -> list[int]:
    """Give the numbers of the packets in the program's stream; the packets that frame it have none."""
    topic = ContractTopics(V2, program.domain).stream(program.data_source, STREAM)
    return [number for number in stored_numbers(program.broker, topic) if number]


def assert_all_stored(program: WritingProgram) -> None:
    """Assert that all packets are on the broker, once each and in order."""
    found = compare(PACKETS, stored(program))
    assert found.is_exact, found


def assert_clean(err: str) -> None:
    """Assert that a program has warned at most; for one, of how long the broker keeps records."""
    assert not [word for word in ("ERROR", "Error", "Traceback") if word in err], err


def assert_ended(process: subprocess.Popen[str], code: int, out: str) -> None:
    """Assert how a program ends."""
    found, printed, err = programs.finish(process)
    assert (found, printed) == (code, out), err
    assert_clean(err)


class TestEndsByItself:
    def test_f10_a_program_that_just_ends_has_delivered_what_was_accepted(self, program: WritingProgram) -> None:
        code, _, err = programs.finish(written(program, ""))
        assert code == 0, err
        assert_clean(err)
        assert_all_stored(program)

    def test_f10_a_program_that_fails_has_delivered_what_was_accepted(self, program: WritingProgram) -> None:
        code, _, err = programs.finish(written(program, "raise KeyError('mine')"))
        assert code == 1
        assert err.endswith("KeyError: 'mine'\n")
        assert_all_stored(program)


class TestIsTerminated:
    def test_f10_a_program_that_is_terminated_has_delivered_what_was_accepted(self, program: WritingProgram) -> None:
        process = written(program)
        assert stored(program) == [], "packets are sent without a flush, so this test can't fail"
        process.send_signal(signal.SIGTERM)
        code, _, err = programs.finish(process)
        assert code in SIGTERM_CODES, err
        assert_clean(err)
        assert_all_stored(program)

    def test_f10_a_program_that_is_terminated_while_it_writes_has_delivered_what_was_accepted(
        self, program: WritingProgram
    ) -> None:
        process = programs.start(program.source("session.write_for_ever(1000, acknowledged=False)"))
        line_of(process)
        for _ in range(5):
            line_of(process)
        process.send_signal(signal.SIGTERM)
        code, out, err = programs.finish(process)
        assert code in SIGTERM_CODES, err
        assert_clean(err)
        told = int(out.split()[-1]) if out.split() else 5000
        numbers = stored(program)
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= told

    def test_f10_a_handler_of_the_programs_own_runs_in_place_of_ours(self, program: WritingProgram) -> None:
        before = """
def handle(number, frame):
    print("mine", flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, handle)
"""
        process = written(program, before=before)
        process.send_signal(signal.SIGTERM)
        assert_ended(process, 7, "mine\n")
        assert_all_stored(program)

    def test_f10_a_handler_that_returns_lets_the_program_go_on(self, program: WritingProgram) -> None:
        before = """
told = threading.Event()
signal.signal(signal.SIGTERM, lambda number, frame: told.set())
"""
        process = written(program, "told.wait()\nprint('going on')", before=before)
        process.send_signal(signal.SIGTERM)
        assert_ended(process, 0, "going on\n")
        assert_all_stored(program)

    def test_f10_a_program_that_ignores_the_signal_goes_on(self, program: WritingProgram) -> None:
        process = written(program, WAIT_FOR_CTRL_C, before="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
        assert line_of(process) == "ready"
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert_ended(process, 0, "interrupted\n")
        assert_all_stored(program)


class TestBrokerIsGone:
    @pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
    def test_f10_the_end_is_bounded_and_names_what_was_not_delivered(
        self, data_source: str, signal_number: int
    ) -> None:
        """The program ends by itself after SIGINT, which it catches. The end waits for the configured time."""
        options = {"termination_timeout_seconds": 2.0}
        with EmbeddedBroker() as broker:
            program = WritingProgram(broker.bootstrap_servers, "Exit", data_source, "", 1, HELD_BACK, options)
            process = written(program, WAIT_FOR_CTRL_C)
            assert line_of(process) == "ready"
        process.send_signal(signal_number)
        with within(20):
            code, _, err = programs.finish(process)
        assert code in ((0,) if signal_number == signal.SIGINT else SIGTERM_CODES), f"exit code {code}: {err}"
        assert re.search(f"({PACKETS}|{PACKETS:,}) records", err), err
        assert "Traceback" not in err


class TestIsKilled:
    @pytest.fixture
    def program(self, broker_list: str, domain: str, data_source: str) -> WritingProgram:
        """A program that sends at once."""
        return WritingProgram(broker_list, domain, data_source)

    def killed(self, program: WritingProgram) -> tuple[str, int]:
        """Kill a program while it writes; gives the session key, and the number of the last packet acknowledged."""
        process = programs.start(program.source("session.write_for_ever(1000, acknowledged=True)"))
        key = line_of(process)
        for _ in range(5):
            line_of(process)
        process.kill()
        out, _ = process.communicate()
        return key, int(["5000", *out.split("\n")[:-1]][-1])

    def test_f10_a_session_whose_writer_was_killed_can_be_ended_by_another_process(
        self, connect: Callable[..., Library], program: WritingProgram
    ) -> None:
        key, acknowledged = self.killed(program)
        library = connect(ContractTopics(V2, program.domain))
        library.wait_for_session(program.data_source, key)
        ended = library.sessions.end_session(program.data_source, key, force=True).unwrap()
        assert ended.historical
        numbers, kinds = self.read(library, program, key)
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= acknowledged
        assert kinds[-1] == "EndOfSession"

    def test_f10_a_writer_that_was_killed_and_started_again_goes_on_with_its_session(
        self, connect: Callable[..., Library], program: WritingProgram
    ) -> None:
        key, acknowledged = self.killed(program)
        again = dataclasses.replace(program, session_key=key, first=1_000_001)
        code, out, err = programs.run(again.source(f"{WRITE}\nsession.end()"))
        assert (code, out) == (0, f"{key}\n{1_000_000 + PACKETS}\n"), err
        library = connect(ContractTopics(V2, program.domain))
        library.wait_for_session(program.data_source, key, historical=True)
        assert library.session_keys(program.data_source) == [key]
        numbers, kinds = self.read(library, program, key)
        before = len(numbers) - PACKETS
        assert numbers == [*range(1, before + 1), *range(1_000_001, 1_000_001 + PACKETS)]
        assert before >= acknowledged
        assert (kinds[0], kinds[-1], kinds.count("EndOfSession")) == ("NewSession", "EndOfSession", 1)

    def read(self, library: Library, program: WritingProgram, key: str) -> tuple[list[int], list[str]]:
        """Read the session, which must complete; gives numbers and types of the stream's packets."""
        log = ReaderLog(started(library.historic(program.data_source, key)))
        assert log.wait_for_completion(key) == "ended"
        log.reader.stop()
        packets = [Packet.FromString(value) for value in log.received(key)[STREAM]]
        return [packet.id for packet in packets if packet.id], [packet.type for packet in packets]
