"""Read telemetry sessions from Kafka: live ones as they are written, or ended ones.

    python main.py                                                        # asks what to read
    python main.py --mode L --parameter Sin:MyApp                         # until Enter is pressed
    python main.py --broker kafka:9092 --mode H --session "Run 1" --parameter Sin:MyApp
    python main.py --mode H --session "Run 1" --parameter Sin:MyApp --group mine   # goes on where "mine" was before

`python main.py --help` lists the options.
"""

import argparse
import logging
import os
import signal
import sys
import time

from received_packet_dto_handler import ReceivedPacketDtoHandler
from session_notifier import SessionNotifier

from ma_streaming import (
    Logger,
    PacketReadingConfiguration,
    PacketReadingType,
    SessionInfo,
    SessionManagementService,
    StreamCreationStrategy,
    StreamingApiConfiguration,
    StreamingError,
    SupportLibraryApi,
    SupportLibraryBootstrapper,
    TopicNaming,
)

LIVE, HISTORIC = "L", "H"
FOREVER = float("inf")

log = logging.getLogger("sample_reader")


class OutputHandler(logging.StreamHandler):  # type: ignore[type-arg] # it takes none before Python 3.11
    """Log to standard output. Where nobody reads that any more, as after `| head`, the program ends as with Ctrl-C."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Take note that a line could not be written."""
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            # Python flushes once more at its end: that goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            signal.raise_signal(signal.SIGINT)
        else:
            super().handleError(record)


def main() -> int:
    """Run the sample.

    Returns:
        The exit code: 0 done, 1 failed, 130 interrupted.
    """
    arguments = parse_arguments()
    logging.basicConfig(
        level=logging.INFO, handlers=[OutputHandler(sys.stdout)], format="%(asctime)s %(levelname)-7s %(message)s"
    )
    try:
        read_sessions(arguments)
    except (StreamingError, LookupError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def read_sessions(arguments: argparse.Namespace) -> None:
    """Start the library, read what is asked for, and stop the library again."""
    configuration = StreamingApiConfiguration(
        arguments.broker,
        StreamCreationStrategy.TOPIC_BASE,
        domain=arguments.domain,
        topic_naming=TopicNaming[arguments.topic_naming],
    )
    factory = SupportLibraryBootstrapper.bootstrap(configuration, Logger())
    support_library = factory.create()
    try:
        support_library.initialise()
        support_library.start()

        # `unwrap()` returns the `data` of a result, or raises the error that the result tells about.
        session_service = support_library.get_session_manager_api().create_service().unwrap()
        session_service.initialise()
        session_service.start()

        mode = arguments.mode or ask_mode()
        if mode == HISTORIC:
            session = choose_session(session_service, arguments.data_source, arguments.session)
            reading = historic_reading(session, arguments.group)
        else:
            reading = live_reading(session_service, arguments)
        read_packets(support_library, session_service, reading, arguments)
    finally:
        support_library.stop()  # stops the services too


def ask_mode() -> str:
    """Ask what to read."""
    try:
        while True:
            mode = input("Read live (L) or historic (H) sessions? ").strip().upper()
            if mode in {LIVE, HISTORIC}:
                return mode
    except EOFError:
        raise LookupError("nobody answers; say what to read with --mode L or --mode H") from None


def choose_session(session_service: SessionManagementService, data_source: str, wanted: str) -> SessionInfo:
    """Return the completed session with this key or identifier ("latest" = the newest), or let the user choose.

    Raises:
        LookupError: There is no such session.
    """
    sessions = [s for s in session_service.get_all_sessions().unwrap() if s.historical and s.data_source == data_source]
    sessions.reverse()  # newest first
    if not sessions:
        raise LookupError(f"data source '{data_source}' has no completed session (choose another with --data-source)")
    for number, session in enumerate(sessions, start=1):
        log.info("%3d  %s  '%s'  %s", number, session.session_key, session.identifier, time_span(session))
    if wanted == "latest":
        return sessions[0]
    if wanted:
        for session in sessions:
            if wanted in {session.session_key, session.identifier}:
                return session
        raise LookupError(f"no completed session of '{data_source}' has the key or the identifier '{wanted}'")
    return sessions[ask_number(len(sessions)) - 1]


def ask_number(highest: int) -> int:
    """Ask which session to read."""
    try:
        while True:
            answer = input(f"Number of the session to read (1 to {highest}, Enter = 1): ").strip() or "1"
            if answer.isdecimal() and 1 <= int(answer) <= highest:
                return int(answer)
    except EOFError:
        raise LookupError("nobody answers; choose a session with --session") from None


def time_span(session: SessionInfo) -> str:
    """Return when a session began and ended, as far as that is known."""
    times = (session.creation_time, session.termination_time)
    return " to ".join(f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "?" for moment in times)


def historic_reading(session: SessionInfo, group: str) -> PacketReadingConfiguration:
    """Return the configuration that reads one completed session, from its beginning or from where the group is."""
    return PacketReadingConfiguration(
        data_source=session.data_source,
        session_key=session.session_key,
        reading_type=PacketReadingType.HISTORIC,
        group_id=group,
    )


def live_reading(
    session_service: SessionManagementService, arguments: argparse.Namespace
) -> PacketReadingConfiguration:
    """Return the configuration that reads live sessions, those there are and those that begin later."""
    data_source, wanted = arguments.data_source, arguments.session
    live = [s for s in session_service.get_all_sessions().unwrap() if not s.historical and s.data_source == data_source]
    if not live:
        log.info("Waiting for a live session of data source '%s': start the sample writer, for example", data_source)
    is_key = any(wanted == session.session_key for session in live)
    return PacketReadingConfiguration(
        data_source=data_source,
        session_key=wanted if is_key else "",
        session_identifier_pattern="*" if is_key or not wanted else wanted,
        reading_type=PacketReadingType.LIVE,
        group_id=arguments.group,
    )


def read_packets(
    support_library: SupportLibraryApi,
    session_service: SessionManagementService,
    reading: PacketReadingConfiguration,
    arguments: argparse.Namespace,
) -> None:
    """Read packets until all are read, the time is over, or the user presses Enter."""
    data_format_service = support_library.get_data_format_manager_api().create_service().unwrap()
    data_format_service.initialise()
    data_format_service.start()

    reader_service = support_library.get_reading_packet_api().create_service_with_config(reading).unwrap()
    reader_service.initialise()
    reader_service.start()

    handler = ReceivedPacketDtoHandler(data_format_service, arguments.parameter, every=arguments.every)
    reader_service.set_handler(handler)
    handler.start()
    notifier = SessionNotifier(session_service, reader_service, handler)
    notifier.subscribe()
    try:
        if reading.reading_type == PacketReadingType.HISTORIC:
            wait(notifier, 1, arguments.duration)
        elif arguments.sessions or arguments.duration < FOREVER:
            wait(notifier, arguments.sessions or FOREVER, arguments.duration)
        else:
            wait_for_enter(notifier)
    finally:
        notifier.unsubscribe()
        reader_service.stop()
        reader_service.remove_handler(handler)
        handler.stop()


def wait(notifier: SessionNotifier, sessions: float, duration_seconds: float) -> None:
    """Wait until so many sessions have been read, at most this long; in short steps, because of Ctrl-C on Windows."""
    deadline = time.monotonic() + duration_seconds
    while time.monotonic() < deadline and not notifier.wait_for_completed_sessions(sessions, 0.25):
        pass


def wait_for_enter(notifier: SessionNotifier) -> None:
    """Wait until the user presses Enter."""
    try:
        input("Reading live sessions: press Enter to stop.\n")
    except EOFError:  # there is no keyboard: Ctrl-C or a signal ends the program
        wait(notifier, FOREVER, FOREVER)
    notifier.wait_for_completed_sessions(0, 0.0)  # raises the error if reading failed


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Read telemetry sessions from Kafka and log one parameter's samples.")
    parser.add_argument(
        "--broker",
        default=os.environ.get("MA_STREAMING_BROKER", "localhost:9092"),
        help="Kafka broker, host:port (default: environment MA_STREAMING_BROKER, or localhost:9092)",
    )
    parser.add_argument("--domain", default="", help="prefix of the topic names (default: none)")
    parser.add_argument(
        "--topic-naming",
        choices=[naming.name for naming in TopicNaming],
        default=TopicNaming.AUTO.name,
        type=str.upper,
        help="generation of topic names (default: %(default)s)",
    )
    parser.add_argument("--data-source", default="Default", help="data source of the sessions (default: %(default)s)")
    parser.add_argument("--mode", choices=[LIVE, HISTORIC], type=str.upper, help="L live, H historic (default: ask)")
    parser.add_argument(
        "--session",
        default="",
        help="live: pattern of the identifier, or a key (default: all); "
        "historic: identifier, key, or 'latest' (default: ask)",
    )
    parser.add_argument(
        "--group",
        default="",
        help="share the reading with the readers of this group, and go on where the group is (default: read all)",
    )
    parser.add_argument("--parameter", default="vCar:Chassis", help="parameter to log (default: %(default)s)")
    parser.add_argument(
        "--every", default=1, type=positive_count, metavar="N", help="log every n-th sample (default: all)"
    )
    parser.add_argument(
        "--duration", default=FOREVER, type=float, metavar="SECONDS", help="stop after this time (default: when done)"
    )
    parser.add_argument(
        "--sessions", type=positive_count, metavar="N", help="live: stop when this many sessions have been read"
    )
    return parser.parse_args()


def positive_count(text: str) -> int:
    """Check a number that must be at least 1."""
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return count


if __name__ == "__main__":
    sys.exit(main())
