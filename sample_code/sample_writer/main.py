"""Write a telemetry session with a sine wave to Kafka, in real time.

    python main.py
    python main.py --broker kafka:9092 --duration 20 --session "Run 1" --parameter Sin:MyApp --frequency 100

The sample reader, or ATLAS, reads the session while it is being written. `python main.py --help` lists the options.
"""

import argparse
import logging
import os
import signal
import sys
from datetime import datetime, timezone

from mock_data_writer import MockDataWriter, WriterOptions

from ma_streaming import (
    Logger,
    StreamCreationStrategy,
    StreamingApiConfiguration,
    StreamingError,
    SupportLibraryBootstrapper,
    TopicNaming,
)

SLOWEST_HZ = 0.25  # the interval of periodic data is a number of nanoseconds below 2^32


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
        The exit code: 0 written, 1 failed, 130 interrupted.
    """
    arguments = parse_arguments()
    logging.basicConfig(
        level=logging.INFO, handlers=[OutputHandler(sys.stdout)], format="%(asctime)s %(levelname)-7s %(message)s"
    )
    try:
        write_session(arguments)
    except StreamingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def write_session(arguments: argparse.Namespace) -> None:
    """Start the library and its services, write a session, and stop them again."""
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

        data_format_service = support_library.get_data_format_manager_api().create_service().unwrap()
        data_format_service.initialise()
        data_format_service.start()

        writer_service = support_library.get_writing_packet_api().create_service().unwrap()
        writer_service.initialise()
        writer_service.start()

        MockDataWriter(session_service, data_format_service, writer_service, writer_options(arguments)).write_session()
    finally:
        support_library.stop()  # stops the services too


def writer_options(arguments: argparse.Namespace) -> WriterOptions:
    """Return what to write, from the command line."""
    return WriterOptions(
        data_source=arguments.data_source,
        stream=arguments.stream,
        session_identifier=arguments.session or f"Sample {datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S}",
        parameter=arguments.parameter,
        frequency_hz=arguments.frequency,
        packet_seconds=min(arguments.packet_seconds, arguments.duration),
        duration_seconds=arguments.duration,
    )


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Write a telemetry session with a sine wave to Kafka, in real time.")
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
    parser.add_argument("--data-source", default="Default", help="data source of the session (default: %(default)s)")
    parser.add_argument("--stream", default="Stream1", help="name of the data stream (default: %(default)s)")
    parser.add_argument("--session", default="", help="identifier of the session (default: 'Sample' and the time)")
    parser.add_argument(
        "--parameter", default="Sin:MyApp", type=parameter_identifier, help="Name:Application (default: %(default)s)"
    )
    parser.add_argument(
        "--frequency", default=10.0, type=frequency_hz, metavar="HZ", help="samples a second (default: %(default)s)"
    )
    parser.add_argument(
        "--packet-seconds",
        default=1.0,
        type=positive_seconds,
        metavar="SECONDS",
        help="time that one packet of samples covers (default: %(default)s)",
    )
    parser.add_argument(
        "--duration",
        default=60.0,
        type=positive_seconds,
        metavar="SECONDS",
        help="how long to write (default: %(default)s; Ctrl-C ends the session earlier)",
    )
    return parser.parse_args()


def parameter_identifier(text: str) -> str:
    """Check an identifier of the form Name:Application."""
    name, colon, application = text.partition(":")
    if not (name and colon and application):
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form Name:Application, as in Sin:MyApp")
    return text


def frequency_hz(text: str) -> float:
    """Check a sample rate: periodic data can't be slower than one sample in 4.29 seconds."""
    hertz = float(text)
    if not SLOWEST_HZ <= hertz <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} Hz is not between {SLOWEST_HZ} Hz and 1 MHz")
    return hertz


def positive_seconds(text: str) -> float:
    """Check a time."""
    seconds = float(text)
    if not 0.0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a time above 0 seconds")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
