"""A real Apache Kafka on this machine: one KRaft node, started and ended by Python."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import final

from ma_streaming.errors import LifecycleError
from ma_streaming.testing.child_process import ChildProcess
from ma_streaming.testing.errors import BrokerStartError
from ma_streaming.testing.java_tools import find_java
from ma_streaming.testing.kafka_admin import create_topics, is_ready
from ma_streaming.testing.kafka_jars import find_kafka_jars
from ma_streaming.testing.kafka_properties import PropertyValue, render_properties, server_properties
from ma_streaming.testing.ports import LOOPBACK, choose_free_port, is_port_free
from ma_streaming.testing.waiting import wait_until

_FORMAT_TIMEOUT_SECONDS = 60.0
_LOG_TAIL_LINES = 25
_JVM_OPTIONS = [
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
]
_QUICK_JVM_OPTIONS = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]


@final
class KafkaBroker:
    """A real Apache Kafka 4 on the loopback interface, for tests and for trying things out.

    Needs Java 17 and, the first time, Maven (see `find_kafka_jars`). As a context manager it is started and stopped::

        with KafkaBroker() as broker:
            broker.create_topic("SessionInfo")
            print(broker.bootstrap_servers)

    It survives neither `stop` nor the end of this Python process, however that ends. What it stores survives `kill`
    and `restart`, and `stop` too if a data folder was given. For one thread at a time.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        data_folder: Path | None = None,
        auto_create_topics: bool = True,
        heap_megabytes: int = 1024,
        properties: Mapping[str, PropertyValue] | None = None,
    ) -> None:
        """Describe the broker; nothing is started yet.

        Args:
            port: The port to listen on; 0 chooses a free one, which then stays the same.
            data_folder: Where topics, `server.properties` and `broker.log` are kept; by default a temporary folder
                that `stop` removes.
            auto_create_topics: Whether a client that names an unknown topic makes it.
            heap_megabytes: The largest heap of the Java process.
            properties: Further broker properties, by their Kafka names; they replace ours.
        """
        self._chosen_port = port
        self._chosen_folder = data_folder
        self._auto_create_topics = auto_create_topics
        self._heap_megabytes = heap_megabytes
        self._properties = dict(properties or {})
        self._port = 0
        self._controller_port = 0
        self._folder: Path | None = None
        self._process: ChildProcess | None = None

    @property
    def bootstrap_servers(self) -> str:
        """The address for clients, ``127.0.0.1:port``; known after the first `start`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def port(self) -> int:
        """The port for clients; known after the first `start`.

        Raises:
            LifecycleError: The broker hasn't been started yet.
        """
        if not self._port:
            raise LifecycleError("the broker has no address yet: call start() first")
        return self._port

    @property
    def data_folder(self) -> Path:
        """The folder of the broker's data, properties and log.

        Raises:
            LifecycleError: The broker hasn't been started, or has been stopped and had a temporary folder.
        """
        if self._folder is None:
            raise LifecycleError("the broker has no data folder now: call start() first")
        return self._folder

    @property
    def log_path(self) -> Path:
        """The broker's log, which holds its warnings and errors."""
        return self.data_folder / "broker.log"

    @property
    def is_running(self) -> bool:
        """Whether the Java process lives, paused or not."""
        return self._process is not None and self._process.is_running

    @property
    def process_id(self) -> int | None:
        """The Java process, None when it doesn't run."""
        return self._process.pid if self._process is not None and self._process.is_running else None

    def start(self, *, timeout_seconds: float = 60.0) -> None:
        """Start the broker and wait until it serves clients; nothing happens if it runs already.

        After `kill` it goes on with the same data on the same port.

        Raises:
            MissingToolError: Java 17 or Maven isn't there; the message says what to install.
            BrokerStartError: The port is taken, or the broker ended or wasn't ready in time; with the end of its log.
        """
        if self.is_running:
            return
        java, jars = find_java(), find_kafka_jars()
        self._choose_ports()
        try:
            self._write_folder()
            self._format(java, jars)
            self._launch(java, jars)
            self._await_readiness(timeout_seconds)
        except BaseException:
            self.kill()
            self._discard_temporary_data()
            raise

    def stop(self, *, timeout_seconds: float = 10.0) -> None:
        """Shut the broker down, in an orderly way within the time or else by force. Idempotent.

        A temporary data folder is removed.
        """
        self._shut_down(timeout_seconds)
        if self._folder is not None and self._chosen_folder is None:
            shutil.rmtree(self._folder)
            self._folder = None

    def kill(self) -> None:
        """End the broker with no warning (SIGKILL) and wait until it is gone; its data stay for the next `start`."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def restart(self, *, timeout_seconds: float = 60.0) -> None:
        """Shut the broker down in an orderly way and start it on the same data and port."""
        self._shut_down(timeout_seconds)
        self.start(timeout_seconds=timeout_seconds)

    def pause(self) -> None:
        """Halt the broker where it is (SIGSTOP): it keeps its connections and answers nothing. Not on Windows."""
        self._running_process().suspend()

    def resume(self) -> None:
        """Let a paused broker go on (SIGCONT). Not on Windows."""
        self._running_process().resume()

    def create_topic(self, name: str, partitions: int = 1, *, configuration: Mapping[str, str] | None = None) -> None:
        """Create a topic and wait until clients see it; one that is there already is left as it is."""
        create_topics(self.bootstrap_servers, {name: partitions}, configuration=configuration)

    def log_tail(self) -> str:
        """Return the last lines of the broker's log."""
        if self._folder is None or not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])

    def __enter__(self) -> KafkaBroker:
        """Start the broker."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the broker."""
        self.stop()

    def _running_process(self) -> ChildProcess:
        if self._process is None:
            raise LifecycleError("the broker isn't running: call start() first")
        return self._process

    def _choose_ports(self) -> None:
        port = self._port or self._chosen_port
        if port and not is_port_free(port):
            raise BrokerStartError(
                f"port {port} of {LOOPBACK} is taken by another program; choose another, or 0 for any"
            )
        self._port = port or choose_free_port()
        if not self._controller_port or not is_port_free(self._controller_port):
            self._controller_port = choose_free_port()

    def _write_folder(self) -> None:
        if self._folder is None:
            self._folder = self._chosen_folder or Path(tempfile.mkdtemp(prefix="ma-streaming-kafka-"))
        self._folder = self._folder.absolute()
        self._folder.mkdir(parents=True, exist_ok=True)
        properties = server_properties(
            port=self._port,
            controller_port=self._controller_port,
            data_folder=self._folder / "topics",
            auto_create_topics=self._auto_create_topics,
            extra=self._properties,
        )
        (self._folder / "server.properties").write_text(render_properties(properties), encoding="ascii")

    def _format(self, java: Path, jars: Path) -> None:
        if (self.data_folder / "topics" / "meta.properties").exists():
            return
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        arguments = ["format", "--standalone", f"--cluster-id={cluster_id}", "--config"]
        command = [str(java), *_QUICK_JVM_OPTIONS, *_JVM_OPTIONS, "-cp", str(jars / "*"), "kafka.tools.StorageTool"]
        with self.log_path.open("ab") as log:
            try:
                code = subprocess.run(
                    [*command, *arguments, str(self.data_folder / "server.properties")],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                    timeout=_FORMAT_TIMEOUT_SECONDS, check=False,
                ).returncode  # fmt: skip
            except subprocess.TimeoutExpired as error:
                raise self._start_error("the broker's data folder was not formatted in time") from error
        if code != 0:
            raise self._start_error(f"the broker's data folder could not be formatted (exit code {code})")

    def _launch(self, java: Path, jars: Path) -> None:
        heap = [f"-Xms{min(128, self._heap_megabytes)}m", f"-Xmx{self._heap_megabytes}m"]
        command = [str(java), *heap, *_JVM_OPTIONS, "-cp", str(jars / "*"), "kafka.Kafka"]
        self._process = ChildProcess(
            [*command, str(self.data_folder / "server.properties")],
            log_path=self.log_path,
            remove_at_death=self._folder if self._chosen_folder is None else None,
        )

    def _await_readiness(self, timeout_seconds: float) -> None:
        process = self._running_process()

        def ready_or_ended() -> bool:
            if not process.is_running:
                raise self._start_error(f"the broker ended while starting (exit code {process.exit_code})")
            return is_ready(self.port)

        try:
            wait_until(ready_or_ended, timeout_seconds=timeout_seconds)
        except TimeoutError as error:
            raise self._start_error(f"the broker was not ready within {timeout_seconds:g} s") from error

    def _start_error(self, reason: str) -> BrokerStartError:
        return BrokerStartError(f"{reason}; the end of {self.log_path}:\n{self.log_tail()}")

    def _shut_down(self, timeout_seconds: float) -> None:
        if self._process is not None:
            self._process.terminate(timeout_seconds=timeout_seconds)
            self._process = None

    def _discard_temporary_data(self) -> None:
        """Keep the log of a broker that didn't start, and nothing else that was temporary."""
        if self._folder is not None and self._chosen_folder is None:
            shutil.rmtree(self._folder / "topics", ignore_errors=True)
