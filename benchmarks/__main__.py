"""Run the benchmarks: `python -m benchmarks`."""

from __future__ import annotations

import contextlib
import json
import sys
import uuid
from collections.abc import Iterator

from rich.console import Console

from benchmarks import report, runs
from benchmarks.options import Options, parse
from benchmarks.page import PageError, write_page
from benchmarks.processes import WorkerError
from ma_streaming.testing import BrokerStartError, KafkaBroker, MissingToolError


def main() -> int:
    """Run what was asked for, and print it.

    Returns:
        0 when everything was measured, whatever came out; 1 otherwise.
    """
    options = parse()
    console = Console(soft_wrap=not sys.stdout.isatty())
    progress = Console(stderr=True, highlight=False)
    try:
        if options.results_file is not None and options.page_file is not None:
            write_page(options.page_file, json.loads(options.results_file.read_text("utf-8")))
            return 0
        with _broker(options, progress) as servers:
            found = runs.run_all(options, servers, f"Bench{uuid.uuid4().hex[:8]}", progress.print)
        report.show(found, console)
        if options.json_file is not None:
            options.json_file.write_text(json.dumps(found.as_json(), indent=1) + "\n", encoding="utf-8")
        if options.page_file is not None:
            write_page(options.page_file, found.as_json())
    except (MissingToolError, BrokerStartError, WorkerError, PageError) as error:
        progress.print(f"{error}", style="red")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


@contextlib.contextmanager
def _broker(options: Options, progress: Console) -> Iterator[str]:
    if options.broker:
        yield options.broker
        return
    progress.print("Starting Apache Kafka ...")
    with KafkaBroker() as broker:
        yield broker.bootstrap_servers


if __name__ == "__main__":
    sys.exit(main())
