"""Readers that are killed at random moments and started again: what they have handled, and what they must have."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ma_streaming.protos.open_data_pb2 import MarkerPacket, Packet
from ma_streaming.testing import KafkaBroker, wait_until
from tests.integration.contract_actor import ContractActor
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V2, ContractTopics
from tests.soak.restarted_reader import LONG_EVERY, LONG_SECONDS, MAIN, SAVED, SHORT_SECONDS, RestartedReader
from tests.support import programs
from tests.support.brokers import or_missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STREAMS = ("Stream1", "Stream2", "Stream3")
PACKETS_A_SECOND = 1 / (SHORT_SECONDS + LONG_SECONDS / LONG_EVERY)
"""That a slow reader handles."""

COMMIT_SECONDS = 3.0
"""Offsets are committed every second; the rest is for a machine that has other things to do."""

_START_UP_SECONDS = 1.5
_SHARE_KILLED_AT_START_UP = 0.2
_FIRST_PACKET_SECONDS = 60.0
_END_SECONDS = 120.0
_FLUSHED_AT_ONCE = 10_000


@dataclass(frozen=True)
class Note:
    """A packet that was handled; `is_saved` says whether the position behind it was saved, too."""

    stream: str
    packet_id: int
    at_ns: int
    is_saved: bool = False


@dataclass(frozen=True)
class Life:
    """From the start of a process to its end.

    Attributes:
        notes: What it handled, in order.
        ended_ns: When it was killed, or ended by itself, by the clock of the notes.
    """

    notes: Sequence[Note]
    ended_ns: int


@contextlib.contextmanager
def forgetful_broker() -> Iterator[str]:
    """Start a broker whose groups may forget a member that was killed within a second; gives its address."""
    broker = KafkaBroker(properties={"group.min.session.timeout.ms": 1000})
    or_missing(broker.start)
    try:
        yield broker.bootstrap_servers
    finally:
        broker.stop()


class ReaderRestarts:
    """One session whose reader is killed and restarted.

    Args:
        broker: Address of the broker; see `forgetful_broker`.
        folder: Where lives leave their notes.
        kills: How many times it is killed.
        longest_life_seconds: When it is killed at the latest, counted from its first packet on.
        seed: Decides the moments.
    """

    def __init__(self, broker: str, folder: Path, *, kills: int, longest_life_seconds: float, seed: int) -> None:
        self._folder = folder
        self._kills = kills
        self._longest_life_seconds = longest_life_seconds
        self._seed = seed
        name = f"Restarts{uuid.uuid4().hex[:8]}"
        with ContractActor(broker, ContractTopics(V2, name)) as actor:
            # More than it can handle before it was killed so often.
            session = write_session(actor, name, round(2 * kills * longest_life_seconds * PACKETS_A_SECOND))
        self._expected = expected_ids(session)
        self._reader = RestartedReader(broker, name, session.data_source, session.key, notes_file="")

    def with_group(self) -> str:
        """Let a group remember how far the reader has come; gives what happened."""
        lives = self._lives(dataclasses.replace(self._reader, group_id=self._reader.data_source))
        assert_nothing_was_skipped(lives, self._expected)
        return self._describe(assert_only_uncommitted_packets_came_again(lives))

    def with_position(self) -> str:
        """Let the reader itself remember how far it has come; gives what happened."""
        lives = self._lives(dataclasses.replace(self._reader, position_file=str(self._folder / "position.json")))
        assert_nothing_was_skipped(lives, self._expected)
        again = assert_only_the_last_packet_came_again(lives)
        assert again <= self._kills
        return self._describe(again)

    def _lives(self, reader: RestartedReader) -> list[Life]:
        """Let a reader live again and again, until it was killed often enough and then came to the session's end."""
        moments = random.Random(self._seed)
        lives = []
        for number in range(self._kills):
            notes_file = str(self._folder / f"life {number}")
            slow = dataclasses.replace(reader, notes_file=notes_file, is_slow=True)
            lives.append(_killed(slow, moments, self._longest_life_seconds))
        lives.append(_to_the_end(dataclasses.replace(reader, notes_file=str(self._folder / "last life"))))
        return lives

    def _describe(self, again: int) -> str:
        packets = sum(map(len, self._expected.values()))
        return f"{packets} packets, {self._kills} kills, seed {self._seed}: all handled, {again} of them again"


def write_session(actor: ContractActor, data_source: str, packets: int) -> ContractSession:
    """Write and end a session with `packets` numbered packets, spread over its streams at random."""
    session = ContractSession(actor, data_source, *STREAMS).announce()
    session.open_streams()
    spread = random.Random(packets)
    content = MarkerPacket(label="Lap", type="Lap Trigger")
    for number in range(packets):
        session.write(spread.choice(STREAMS), "Marker", content)
        if number % _FLUSHED_AT_ONCE == 0:
            actor.flush()
    session.end_streams()
    session.end()
    return session


def expected_ids(session: ContractSession) -> dict[str, list[int]]:
    """Give the ids of the packets in each stream, in order."""
    return {
        stream or MAIN: [Packet.FromString(value).id for value in values] for stream, values in session.expected.items()
    }


def assert_nothing_was_skipped(lives: Sequence[Life], expected: Mapping[str, Sequence[int]]) -> None:
    """Assert that each life went on, in order, no further than where the lives before it had come to."""
    index = {(stream, id): place for stream, ids in expected.items() for place, id in enumerate(ids)}
    reached = dict.fromkeys(expected, 0)
    for number, life in enumerate(lives):
        next_place: dict[str, int] = {}
        for note in life.notes:
            place = index[note.stream, note.packet_id]
            if note.stream in next_place:
                assert place == next_place[note.stream], f"life {number} is out of order at {note}"
            assert place <= reached[note.stream], f"life {number} has skipped packets before {note}"
            next_place[note.stream] = place + 1
            reached[note.stream] = max(reached[note.stream], place + 1)
    assert reached == {stream: len(ids) for stream, ids in expected.items()}


def repeated(lives: Sequence[Life]) -> Iterator[tuple[Life, Note]]:
    """Give each packet that is handled once more in a later life: that of the time before, and what it noted."""
    latest: dict[tuple[str, int], tuple[Life, Note]] = {}
    for life in lives:
        for note in life.notes:
            if (note.stream, note.packet_id) in latest:
                yield latest[note.stream, note.packet_id]
        latest.update({(note.stream, note.packet_id): (life, note) for note in life.notes})


def assert_only_uncommitted_packets_came_again(lives: Sequence[Life]) -> int:
    """Assert that packets came again only where they had been handled just before a kill; gives how many did."""
    again = list(repeated(lives))
    for life, note in again:
        before_seconds = (life.ended_ns - note.at_ns) / 1e9
        assert before_seconds < COMMIT_SECONDS, f"{note} came again, handled {before_seconds:.1f} s before the kill"
    return len(again)


def assert_only_the_last_packet_came_again(lives: Sequence[Life]) -> int:
    """Assert that nothing came again but the last packet before a kill that came before its position was saved."""
    allowed: set[tuple[str, int]] = set()
    seen: set[tuple[str, int]] = set()
    again = 0
    for number, life in enumerate(lives):
        notes = [(note.stream, note.packet_id) for note in life.notes]
        came_again = seen.intersection(notes)
        assert came_again <= allowed, f"life {number} was given packets again: {sorted(came_again - allowed)[:5]}"
        again += len(came_again)
        seen.update(notes)
        if notes:
            allowed = set() if life.notes[-1].is_saved else {notes[-1]}
    return again


def _killed(reader: RestartedReader, moments: random.Random, longest_life_seconds: float) -> Life:
    notes = Path(reader.notes_file)
    with programs.start(reader.command()) as process:
        if moments.random() < _SHARE_KILLED_AT_START_UP:
            seconds = moments.uniform(0, _START_UP_SECONDS)
        else:
            wait_until(
                lambda: process.poll() is not None or (notes.exists() and notes.stat().st_size),
                timeout_seconds=_FIRST_PACKET_SECONDS,
                message="a first packet",
            )
            seconds = moments.uniform(0, longest_life_seconds)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            ended_ns = time.monotonic_ns()
            process.kill()
            process.communicate()
        else:
            raise AssertionError(f"the reader ended before it was killed: {process.communicate()}")
    return Life(_notes_of(notes), ended_ns)


def _to_the_end(reader: RestartedReader) -> Life:
    code, out, err = programs.run(reader.command(), timeout_seconds=_END_SECONDS)
    assert (code, out) == (0, "ended"), f"exit code {code}, {out!r}\n{err}"
    return Life(_notes_of(Path(reader.notes_file)), time.monotonic_ns())


def _notes_of(file: Path) -> list[Note]:
    """Read what a life noted; a last line that a kill cut off does not count."""
    notes: list[Note] = []
    for line in file.read_text("ascii").split("\n")[:-1] if file.exists() else []:
        if line == SAVED:
            notes[-1] = dataclasses.replace(notes[-1], is_saved=True)
        else:
            stream, packet_id, at_ns = line.split()
            notes.append(Note(stream, int(packet_id), int(at_ns)))
    return notes
