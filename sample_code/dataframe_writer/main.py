"""Record a pandas DataFrame as a session that ATLAS can read, and read it back.

    python main.py
    python main.py --broker kafka:9092 --session "Run 1" --csv laps.csv

Without a CSV file it makes a minute of a car's speed, gear and brake. `python main.py --help` lists the options.
"""

import argparse
import logging
import os
import sys
from datetime import datetime, timezone

import numpy as np
import pandas as pd

import ma_streaming
from ma_streaming import Parameter, StreamingError, TopicNaming

APPLICATION = "Chassis"

# What the DataFrame does not say of its columns.
KNOWN_PARAMETERS = {
    "vCar:Chassis": Parameter("vCar:Chassis", unit="km/h", description="Speed of the car", limits=(0, 350)),
    "nGear:Chassis": Parameter("nGear:Chassis", description="Gear", limits=(0, 8), texts={0: "neutral"}),
    "bBrake:Chassis": Parameter("bBrake:Chassis", description="Brake pressed"),
}


def main() -> int:
    """Run the sample.

    Returns:
        The exit code: 0 the samples came back as they were written, 1 failed, 130 interrupted.
    """
    arguments = parse_arguments()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)-7s %(message)s")
    try:
        frame = read_csv(arguments.csv) if arguments.csv else drive()
        code = record_and_read(frame, arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read this output is gone, as `head` is. Python flushes once more at its end: that goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (StreamingError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def record_and_read(frame: pd.DataFrame, arguments: argparse.Namespace) -> int:
    """Record the DataFrame as one session, read that, and compare."""
    with ma_streaming.connect(
        arguments.broker, domain=arguments.domain, topic_naming=TopicNaming[arguments.topic_naming]
    ) as client:
        parameters = [KNOWN_PARAMETERS.get(name, Parameter(name)) for name in frame.columns]
        recording = client.record(
            arguments.data_source,
            identifier=arguments.session or f"DataFrame {datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S}",
            parameters=parameters,
            details={"Program": "dataframe_writer"},
        )
        with recording:
            recording.marker("Out Lap", "Lap Trigger")
            recording.write(frame)
        if recording.report is not None:
            print(f"Session {recording.session_key}: {recording.report.delivered} packets delivered")

        print(client.parameters(recording.session_key))
        table = client.read(recording.session_key)
        print(table)
        print(table.to_pandas(wide=True).describe())
        return 0 if is_same(frame, table.to_pandas(wide=True)) else 1


def is_same(written: pd.DataFrame, read: pd.DataFrame) -> bool:
    """Tell whether the values came back as they were written."""
    try:
        pd.testing.assert_frame_equal(written, read, check_freq=False, check_names=False, check_dtype=False)
    except AssertionError as difference:
        print(f"error: what was read is not what was written: {difference}", file=sys.stderr)
        return False
    print(f"All {len(read):,} rows were read as they were written.")
    return True


def drive() -> pd.DataFrame:
    """Make a minute at 100 Hz."""
    seconds = np.arange(6_000) / 100
    speed = 180 + 120 * np.sin(seconds / 6)
    index = pd.date_range(pd.Timestamp.now("UTC").floor("s"), periods=len(seconds), freq="10ms", unit="ns")
    return pd.DataFrame(
        {
            f"vCar:{APPLICATION}": speed,
            f"nGear:{APPLICATION}": (speed // 40).astype(np.int32),
            f"bBrake:{APPLICATION}": np.gradient(speed) < -0.1,
        },
        index=index,
    )


def read_csv(path: str) -> pd.DataFrame:
    """Read a file whose first column has times, and each other one a parameter; its rows may be in any order.

    Raises:
        ValueError: It is no CSV, there are no rows or no parameters, or a time can't be read.
    """
    try:
        frame = pd.read_csv(path, index_col=0)
    except ValueError as error:
        raise ValueError(f"{path} can't be read as CSV: {error}") from error
    if frame.empty:
        raise ValueError(f"{path}: there is nothing to record; it needs rows, and columns beside that of the times")
    times = pd.to_datetime(frame.index.astype(str), utc=True, format="ISO8601", errors="coerce")
    if times.hasnans:
        row = int(times.isna().argmax())
        raise ValueError(
            f"{path}: '{frame.index[row]}' in row {row + 1} is not a time in ISO 8601, such as 2025-06-15T12:00:00.250Z"
        )
    frame.index = times.as_unit("ns")
    frame = frame.sort_index(kind="stable")
    return frame.rename(columns=lambda name: name if ":" in name else f"{name}:{APPLICATION}")


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Record a DataFrame as a session that ATLAS can read.")
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
    parser.add_argument("--session", default="", help="identifier of the session (default: 'DataFrame' and the time)")
    parser.add_argument(
        "--csv",
        default="",
        metavar="FILE",
        help="record this file: times in its first column (ISO 8601, UTC unless they say otherwise), a parameter in "
        "each other one",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
