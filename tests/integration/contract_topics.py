"""Topic names of both generations, spelled out from the wire contract (sections 1.1 and 1.3) and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass

V1 = "V1"
V2 = "V2"
V2_ALTERNATE = "V2_ALTERNATE"


@dataclass(frozen=True)
class ContractTopics:
    """The topics of one generation and domain.

    Attributes:
        naming: `V1`, `V2` or `V2_ALTERNATE`, the names that `TopicNaming` has.
        domain: Prefix of the second generation, `""` for none; the first generation has none.
    """

    naming: str
    domain: str = ""

    @property
    def _prefix(self) -> str:
        return f"{self.domain}." if self.domain else ""

    @property
    def session(self) -> str:
        """Name the topic that holds the session records of every data source."""
        return {
            V1: "SessionInfo",
            V2: f"{self._prefix}Sys.SessionInfo",
            V2_ALTERNATE: f"{self._prefix}System.SessionInfo",
        }[self.naming]

    def main(self, data_source: str) -> str:
        """Name the main stream's topic of a data source."""
        return data_source if self.naming == V1 else f"{self._prefix}Data.{data_source}"

    def essentials(self, data_source: str) -> str:
        """Name the essentials topic of a data source."""
        return {
            V1: f"{data_source}_essential",
            V2: f"{self._prefix}Essential.{data_source}",
            V2_ALTERNATE: f"{self._prefix}Essentials.{data_source}",
        }[self.naming]

    def stream(self, data_source: str, stream: str) -> str:
        """Name the topic of a stream; `""` is the main stream."""
        return f"{self.main(data_source)}.{stream}" if stream else self.main(data_source)

    def of(self, data_source: str, *streams: str) -> list[str]:
        """List what a data source has: main, essentials and one topic for each named stream."""
        return [
            self.main(data_source),
            self.essentials(data_source),
            *(self.stream(data_source, stream) for stream in streams),
        ]
