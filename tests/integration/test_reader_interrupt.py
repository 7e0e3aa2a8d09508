"""Ctrl-C ends every wait of a program that reads or writes, cleanly and in under a second."""

from __future__ import annotations

import contextlib
import math
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V2, ContractTopics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.contract_actor import ContractActor

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT can't be sent to one process there")

REPOSITORY = Path(__file__).parents[2]

PROLOGUE = """
import signal, sys
from ma_streaming import *
signal.signal(signal.SIGINT, signal.default_int_handler)
broker, domain, data_source, session_key = sys.argv[1:]
configuration = StreamingApiConfiguration(broker, topic_naming=TopicNaming.V2, domain=domain, timeout_seconds=60)
api = SupportLibraryBootstrapper.bootstrap(configuration, Logger()).create()
def ready():
    print("ready", flush=True)
"""

CONNECTED = """
api.initialise()
api.start()
reading = PacketReadingConfiguration(data_source=data_source, session_key=session_key)
reader = api.get_reading_packet_api().create_service_with_config(reading).unwrap()
reader.initialise()
reader.start()
"""

EPILOGUE = """
except KeyboardInterrupt:
    pass
finally:
    api.stop()
print("stopped", flush=True)
"""

BODIES = {
    "iteration": CONNECTED
    + """
for item in reader:
    ready()
""",
    "handler": CONNECTED
    + """
import threading
class Handler:
    def handle(self, item):
        ready()
reader.set_handler(Handler())
threading.Event().wait()
""",
    "read_batch": CONNECTED
    + """
while True:
    if reader.read_batch(10, 60):
        ready()
""",
    "initialise": """
ready()
api.initialise()
""",
    "flush": CONNECTED
    + """
writer = api.get_writing_packet_api().create_service().unwrap()
writer.initialise()
writer.start()
ready()
while True:
    writer.flush(60)
""",
}


@pytest.fixture
def topics() -> ContractTopics:
    """One generation is enough here."""
    return ContractTopics(V2, "TestInterrupt")


def program(body: str) -> str:
    """Wrap a body so that it ends as a careful program does."""
    return PROLOGUE + "try:\n" + textwrap.indent(body, "    ") + EPILOGUE


@contextlib.contextmanager
def running(body: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program; it is killed where the test leaves it running."""
    command = [sys.executable, "-W", "error", "-c", program(body), *arguments]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def seconds_to_end(body: str, *arguments: str) -> float:
    """Run a program until it is `ready`, send SIGINT, and give the seconds that it then took to end in good order.

    The best of up to three runs counts: on a machine that has other things to do, one alone says little.
    """
    best = math.inf
    for _ in range(3):
        with running(body, *arguments) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert first == "ready\n", process.communicate()
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=30)
            best = min(best, time.monotonic() - begun)
        assert process.returncode == 0, errors
        assert output.splitlines()[-1:] == ["stopped"]
        assert "Traceback" not in errors
        if best < 1:
            break
    return best


@pytest.mark.parametrize("way", ["iteration", "handler", "read_batch", "flush"])
def test_interrupt_ends_a_connected_program_in_under_a_second(
    actor: ContractActor, broker_list: str, topics: ContractTopics, data_source: str, way: str
) -> None:
    session = ContractSession(actor, data_source).announce()
    session.open_streams()
    assert seconds_to_end(BODIES[way], broker_list, topics.domain, data_source, session.key) < 1


def test_interrupt_ends_a_program_that_looks_for_its_broker(topics: ContractTopics, data_source: str) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        assert seconds_to_end(BODIES["initialise"], address, topics.domain, data_source, "") < 1
