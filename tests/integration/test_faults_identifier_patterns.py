"""Readers take the sessions whose whole identifier matches their pattern, and no other (fault V13; API 6)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from ma_streaming.testing import wait_until
from tests.integration.contract_session import ContractSession
from tests.integration.contract_topics import V2, ContractTopics
from tests.integration.library import DEADLINE_SECONDS, SESSION_COMPLETED, SESSION_STARTED, ReaderLog, started

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.contract_actor import ContractActor
    from tests.integration.library import Library

IDENTIFIERS = [
    "",
    "Quali_1",
    "Quali_",
    "quali_1",
    "QUALI_1",
    "Quali-1",
    "Pre Quali_1",
    "Quali_1\n",
    "Quali_ü",
    "Run [1]",
    "Run 1",
    "Run (1+1)",
    "a.b",
    "axb",
    r"back\slash",
    "what?",
    "whatever",
    "5*",
    "500",
    " ",
]

PATTERNS = {
    "*": IDENTIFIERS,
    "**": IDENTIFIERS,
    "Quali_*": ["Quali_1", "Quali_", "Quali_1\n", "Quali_ü"],
    "quali_*": ["quali_1"],
    "Quali_?": ["Quali_1", "Quali_ü"],
    "Quali_": ["Quali_"],
    "Quali": [],
    "*Quali_*": ["Quali_1", "Quali_", "Pre Quali_1", "Quali_1\n", "Quali_ü"],
    "*_1": ["Quali_1", "quali_1", "QUALI_1", "Pre Quali_1"],
    "Q*l*_*1": ["Quali_1"],
    "Run [1]": ["Run [1]"],
    "Run (1+1)": ["Run (1+1)"],
    "Run [*": ["Run [1]"],
    "a.b": ["a.b"],
    "a?b": ["a.b", "axb"],
    r"back\slash": [r"back\slash"],
    r"back\*": [r"back\slash"],
    "what?": ["what?"],
    "5*": ["5*", "500"],
    "^.*$": [],
    "?": [" "],
    "Quali_1*": ["Quali_1", "Quali_1\n"],
}


@pytest.fixture
def topics(domain: str) -> ContractTopics:
    """Identifiers are no part of topic names: one generation is enough here."""
    return ContractTopics(V2, domain)


def wait_for_all(log: ReaderLog) -> None:
    """Wait until a reader has delivered everything."""
    wait_until(lambda: log.reader.is_completed, timeout_seconds=DEADLINE_SECONDS, message=lambda: str(log.entries))


def test_v13_historic_readers_take_what_matches_and_nothing_else(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    sessions = [ContractSession(actor, data_source, identifier=each).complete(identifiers=()) for each in IDENTIFIERS]
    names = {session.key: session.identifier for session in sessions}
    library = connect(topics)
    taken: dict[str, list[str]] = {}
    with contextlib.ExitStack() as stack:
        logs = {
            pattern: ReaderLog(stack.enter_context(library.historic(data_source, session_identifier_pattern=pattern)))
            for pattern in PATTERNS
        }
        for pattern, log in logs.items():
            wait_for_all(log)
            taken[pattern] = [names[info.session_key] for info in log.of(SESSION_COMPLETED)]
            assert {names[item.session_key] for item in log.of("packet")} == set(taken[pattern])
    assert {pattern: sorted(found) for pattern, found in taken.items()} == {
        pattern: sorted(wanted) for pattern, wanted in PATTERNS.items()
    }


def test_v13_live_readers_start_for_what_matches_and_end_by_themselves(
    actor: ContractActor, library: Library, data_source: str
) -> None:
    with contextlib.ExitStack() as stack:
        logs = {
            pattern: ReaderLog(stack.enter_context(library.live(data_source, session_identifier_pattern=pattern)))
            for pattern in ("*", "Quali_*", "quali_*", "Run [1]", "what?", "Quali")
        }
        sessions = [
            ContractSession(actor, data_source, identifier=each).complete(identifiers=()) for each in IDENTIFIERS
        ]
        names = {session.key: session.identifier for session in sessions}
        logs["*"].wait_for(SESSION_COMPLETED, len(sessions))
        for pattern, log in logs.items():
            log.wait_for(SESSION_COMPLETED, len(PATTERNS[pattern]))
            assert sorted(names[info.session_key] for info in log.of(SESSION_STARTED)) == sorted(PATTERNS[pattern])
            assert {info.reason for info in log.of(SESSION_COMPLETED)} <= {"ended"}


def test_v13_a_question_mark_is_one_character_whatever_its_length_in_utf_16(
    actor: ContractActor, connect: Callable[..., Library], topics: ContractTopics, data_source: str
) -> None:
    session = ContractSession(actor, data_source, identifier="Run 🏁").complete(identifiers=())
    library = connect(topics)
    found = {}
    for pattern in ("Run ?", "Run ??", "Run 🏁"):
        reader = started(library.historic(data_source, session_identifier_pattern=pattern))
        found[pattern] = [item.session_key for item in reader]
        reader.stop()
    keys = [session.key] * len(session.expected[""])
    assert found == {"Run ?": keys, "Run ??": [], "Run 🏁": keys}


def test_v13_a_session_renamed_away_from_the_pattern_is_read_to_its_end(
    actor: ContractActor, library: Library, data_source: str
) -> None:
    log = ReaderLog(library.live(data_source, session_identifier_pattern="Quali_*"))
    with started(log.reader):
        session = ContractSession(actor, data_source, identifier="Quali_1").announce()
        session.open_streams()
        log.wait_for(SESSION_STARTED)
        session.update(session.info(identifier="Race"))
        session.write_periodic("", 5)
        session.end_streams()
        session.end()
        assert log.wait_for_completion(session.key) == "ended"
    assert log.received(session.key) == session.expected
    assert log.of(SESSION_COMPLETED)[0].identifier == "Race"


@pytest.mark.parametrize("pattern", ["*a*a*a*a*a*a*a*a*b", "?*" * 40 + "b"])
def test_v13_a_pattern_of_many_wildcards_is_matched_at_once(
    actor: ContractActor, library: Library, data_source: str, pattern: str
) -> None:
    log = ReaderLog(library.live(data_source, session_identifier_pattern=pattern))
    with started(log.reader):
        long = ContractSession(actor, data_source, identifier="a" * 20_000).complete(identifiers=())
        match = ContractSession(actor, data_source, identifier="a" * 20_000 + "b").complete(identifiers=())
        assert log.wait_for_completion(match.key) == "ended"
    assert long.key not in {info.session_key for info in log.of(SESSION_STARTED)}
