"""For tests of what does not depend on the names of topics."""

from __future__ import annotations

import pytest

from tests.integration.contract_topics import V2, ContractTopics


class OneGeneration:
    """A base of test classes that run in the second generation only, in a domain of their own."""

    @pytest.fixture
    def topics(self, domain: str) -> ContractTopics:
        """The topics of the test's domain."""
        return ContractTopics(V2, domain)
