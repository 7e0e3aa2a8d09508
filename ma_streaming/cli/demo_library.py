"""The library as the demo's processes use it."""

from __future__ import annotations

from typing import Final

from ma_streaming import Logger, StreamingApiConfiguration, SupportLibraryApi, SupportLibraryBootstrapper
from ma_streaming.cli.demo_plan import DemoPlan

# The embedded broker answers a request for data that are not there yet when the request's time is over, and not, as a
# real one does, when they come.
_EMBEDDED_PROPERTIES: Final = {"fetch.wait.max.ms": "10"}


def support_library(plan: DemoPlan) -> SupportLibraryApi:
    """Return the library for the plan's broker, not yet started.

    Raises:
        NativeLoadError: No .NET runtime was found.
    """
    configuration = StreamingApiConfiguration(
        plan.broker, additional_properties=_EMBEDDED_PROPERTIES if plan.embedded else {}, domain=plan.domain
    )
    return SupportLibraryBootstrapper.bootstrap(configuration, Logger()).create()
