"""Read one telemetry session from Kafka as arrays, print what is in it, and write its samples to a file if asked to.

    python main.py --session "Run 1"                                  # an ended session, or a live one until it ends
    python main.py --session latest --parameter "vCar:*"              # the newest one, and some of its parameters
    python main.py --session "Run 1" --output run1.parquet            # or .csv; needs pyarrow

`python main.py --help` lists the options. Ctrl-C ends it, with the summary of what was read until then.
"""

import argparse
import logging
import os
import sys
import time
from collections import deque
from contextlib import closing
from fnmatch import fnmatchcase

from samples_file import SamplesFile
from session_summary import SessionSummary

from ma_streaming import (
    Logger,
    PacketReaderService,
    PacketReadingConfiguration,
    PacketReadingType,
    SessionInfo,
    SessionManagementService,
    StreamingApiConfiguration,
    StreamingError,
    SupportLibraryBootstrapper,
    TopicNaming,
)
from ma_streaming.columns import ColumnStatistics

FOREVER = float("inf")
TABLES = ("events", "markers", "errors", "can")


def main() -> int:
    """Run the sample.

    Returns:
        The exit code: 0 done, 1 failed, 130 interrupted.
    """
    arguments = parse_arguments()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        code = read_session(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read this output is gone, as `head` is. Python flushes once more at its end: that goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (StreamingError, LookupError, ImportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def read_session(arguments: argparse.Namespace) -> int:
    """Start the library, read the session, and stop the library again."""
    configuration = StreamingApiConfiguration(
        arguments.broker, domain=arguments.domain, topic_naming=TopicNaming[arguments.topic_naming]
    )
    with SupportLibraryBootstrapper.bootstrap(configuration, Logger()).create() as library:
        # `unwrap()` returns the `data` of a result, or raises the error that the result tells about.
        with library.get_session_manager_api().create_service().unwrap() as sessions:
            session = find_session(sessions, arguments.data_source, arguments.session)
        print(f"Session '{session.identifier}' of '{session.data_source}', {session.session_key}", flush=True)
        reading = PacketReadingConfiguration(
            session.session_key, data_source=session.data_source, reading_type=PacketReadingType.BOTH
        )
        with (
            library.get_reading_packet_api().create_service_with_config(reading).unwrap() as reader,
            closing(SamplesFile(arguments.output)) as file,
        ):
            return read_columns(reader, file, arguments)


def find_session(sessions: SessionManagementService, data_source: str, wanted: str) -> SessionInfo:
    """Return the newest session with this key or identifier; "latest" is the newest of all.

    Raises:
        LookupError: There is no such session.
    """
    of_source = [each for each in sessions.get_all_sessions().unwrap() if each.data_source == data_source]
    for session in reversed(of_source):
        if wanted in {"latest", session.session_key, session.identifier}:
            return session
    known = ", ".join(f"'{each.identifier}'" for each in of_source[-5:]) or "none at all"
    raise LookupError(f"'{data_source}' has no session '{wanted}' (choose one with --session); it has {known}")


def read_columns(reader: PacketReaderService, file: SamplesFile, arguments: argparse.Namespace) -> int:
    """Read batch by batch, and print what came.

    Returns:
        The exit code.
    """
    summary = SessionSummary()
    deadline = time.monotonic() + arguments.duration
    batches = reader.columns(arguments.parameter or None, tables=TABLES)
    code = 0
    started: deque[str] = deque()  # events come on a thread of the library; it is this one that prints
    reader.stream_reading_started.subscribe(lambda _sender, stream: started.append(stream.stream or "the main stream"))
    try:
        while time.monotonic() < deadline:
            while started:
                print(f"Reading {started.popleft()}", flush=True)
            # A batch has arrays for each parameter. `read` comes back in time although a live session may be quiet.
            batch = batches.read(0.25)
            if batch is not None:
                summary.add(batch)
                file.write(batch)
            elif reader.is_completed:
                break
    except KeyboardInterrupt:
        code = 130
    print(summary)
    print_left_out(reader.statistics().unwrap().columns)
    unmatched = [pattern for pattern in arguments.parameter or () if not is_matched(pattern, summary)]
    if unmatched:
        print(f"error: no samples of a parameter {' or '.join(map(repr, unmatched))} came", file=sys.stderr)
    return code or int(bool(unmatched))


def is_matched(pattern: str, summary: SessionSummary) -> bool:
    """Tell whether there are samples of a parameter that fits a pattern with * and ?."""
    return any(fnmatchcase(name, pattern.replace("[", "[[]")) for name in summary.parameters)


def print_left_out(counted: ColumnStatistics | None) -> None:
    """Print which packets could not be made columns, and why."""
    if counted is None:
        return
    for reason, packets in counted.rejected.items():
        print(f"Left out: {packets:,} packets ({reason}); the first one: {counted.first_rejections[reason]}")
    for data_format, packets in counted.unresolved.items():
        print(f"Left out: {packets:,} packets with data format {data_format}, which nobody has defined")


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Read one telemetry session from Kafka as arrays.")
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
    parser.add_argument(
        "--session", default="latest", help="identifier or key of the session, or 'latest' (default: %(default)s)"
    )
    parser.add_argument(
        "--parameter",
        action="append",
        metavar="PATTERN",
        help="identifier of a parameter, * and ? allowed; may be given several times (default: all)",
    )
    parser.add_argument("--output", default="", metavar="FILE", help="write the samples to this file, .parquet or .csv")
    parser.add_argument(
        "--duration", default=FOREVER, type=float, metavar="SECONDS", help="stop after this time (default: when done)"
    )
    arguments = parser.parse_args()
    if arguments.output and not arguments.output.endswith((".parquet", ".csv")):
        parser.error(f"argument --output: {arguments.output!r} ends neither with .parquet nor with .csv")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
