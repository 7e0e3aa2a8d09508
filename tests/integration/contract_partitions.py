"""A session whose streams are partitions of the main topic, as the wire contract's writers write it (1.1, 1.5, 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.contract_session import ContractSession

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.contract_actor import ContractActor


class PartitionSession(ContractSession):
    """One session being written; the main stream is partition 0."""

    def __init__(
        self, actor: ContractActor, data_source: str, mapping: Mapping[str, int], identifier: str = ""
    ) -> None:
        """Prepare a session, and make its data source's topics where they are missing.

        Args:
            actor: Who writes.
            data_source: Whose session it is.
            mapping: Partition by stream.
            identifier: Its name for people.
        """
        actor.create_topics([actor.topics.session, actor.topics.essentials(data_source)])
        actor.create_topics([actor.topics.main(data_source)], partitions=max(mapping.values()) + 1)
        super().__init__(actor, data_source, identifier=identifier)
        self._partitions = {"": 0, **mapping}
        self.expected = {stream: [] for stream in self._partitions}

    def write_raw(self, stream: str, value: bytes, *, delivered: bool = True) -> None:
        topic = self.actor.topics.main(self.data_source)
        self.actor.produce(topic, key=self.key.encode(), value=value, partition=self._partitions[stream])
        if delivered:
            self.expected[stream].append(value)

    def write_all(self, packets: int) -> None:
        """Write a session up to its end, in the contract's order (10.1)."""
        self.open_streams("Sin:MyApp")
        for stream in self.expected:
            if stream:
                self.write_periodic(stream, packets)
        self.end_streams()
        self.end()

    def _watermarks(self) -> dict[str, int]:
        counts = {f"{self.actor.topics.essentials(self.data_source)}:0": 0}
        main = self.actor.topics.main(self.data_source)
        counts.update({f"{main}:{partition}": 0 for partition in self._partitions.values()})
        for topic in self.actor.topics.of(self.data_source):
            for record in self.actor.read(topic):
                counts[f"{topic}:{record.partition}"] = record.offset + 1
        return counts
