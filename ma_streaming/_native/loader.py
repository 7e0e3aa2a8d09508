"""Load .NET, the native library and librdkafka into this process: once, on demand, under a lock."""

from __future__ import annotations

import dataclasses
import importlib
import platform
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ma_streaming._native import exit_handling, runtimes
from ma_streaming._native.errors import call, require_not_forked, translated
from ma_streaming._native.librdkafka import find_librdkafka
from ma_streaming._native.python_functions import use_python
from ma_streaming._native.signals import kept_while_dotnet_loads, stop_at_termination
from ma_streaming.errors import NativeLoadError, StreamingError

ASSEMBLY: Final = Path(__file__).parent / "lib" / "MaStreaming.dll"
_RUNTIME_CONFIGURATION: Final = Path(__file__).parent / "MaStreaming.runtimeconfig.json"


@dataclass(frozen=True)
class NativeLibrary:
    """What was loaded.

    Attributes:
        interop: The .NET namespace MaStreaming.Interop.
        origin: Where the .NET runtime came from, for people.
        librdkafka: The file of librdkafka.
        passed_over: Places the user had named that could not be used.
    """

    interop: Any = field(repr=False)
    origin: str
    librdkafka: Path
    passed_over: tuple[str, ...]

    @property
    def runtime(self) -> Any:
        """The static class with what concerns the whole process."""
        return self.interop.StreamingRuntime


_lock = threading.RLock()
_loaded: NativeLibrary | None = None


def load() -> NativeLibrary:
    """Load everything; afterwards give what was loaded.

    Raises:
        LifecycleError: This process is the child of a fork.
        NativeLoadError: No runtime, no librdkafka or no native library; the text names every place that was tried and
            the command that mends it.
    """
    require_not_forked()
    global _loaded  # noqa: PLW0603 - there is one runtime in a process
    with _lock:
        if _loaded is None:
            librdkafka = find_librdkafka()
            if not ASSEMBLY.is_file():
                raise NativeLoadError(
                    f"The native library {ASSEMBLY} is missing from this installation.\n"
                    "To mend it: pip install --force-reinstall ma-streaming (in a clone: make native)",
                    subject=str(ASSEMBLY),
                )
            with kept_while_dotnet_loads():
                origin, passed_over = _load_clr()
                interop = _load_assembly()
                _load_librdkafka(interop, librdkafka)
                use_python(interop.StreamingRuntime)
            stop_at_termination(
                exit_handling.stop_everything, exit_handling.exit_timeout_seconds, exit_handling.is_exiting
            )
            _loaded = NativeLibrary(interop, origin, librdkafka, passed_over)
        return _loaded


def loaded() -> NativeLibrary | None:
    """Give what was loaded, or None before the first `load`."""
    return _loaded


def _load_clr() -> tuple[str, tuple[str, ...]]:
    """Load a CoreCLR or use the one that is there, and arrange for the exit. Gives origin, and what was passed over."""
    pythonnet = importlib.import_module("pythonnet")
    present = pythonnet.get_runtime_info()
    if present is not None:
        if present.kind != "CoreCLR":
            raise NativeLoadError(
                f"This process already uses the .NET runtime {present.kind}; .NET Core 3.1 or newer is needed.\n"
                "To mend it: call SupportLibraryBootstrapper.bootstrap() before the first 'import clr'",
                subject=present.kind,
            )
        pythonnet.load()
        exit_handling.install(None)
        return "already loaded in this process", ()
    tried: list[runtimes.Place] = []
    for place in runtimes.places():
        if place.root is not None:
            try:
                _start_runtime(pythonnet, place.root)
            except Exception as error:  # noqa: BLE001 - clr_loader raises whatever; the reason goes into our error
                finding = f"{place.finding} can't be loaded: {error}"
                tried.append(dataclasses.replace(place, root=None, finding=finding))
            else:
                exit_handling.leave_loaded()
                exit_handling.install(pythonnet.unload)
                passed_over = tuple(str(each) for each in tried if each.named_by_user)
                return str(place), passed_over
        else:
            tried.append(place)
    listing = "\n".join(f"  - {place}" for place in tried)
    raise NativeLoadError(f"No .NET runtime could be loaded. Tried:\n{listing}\n{_remedy()}", subject=".NET runtime")


def _start_runtime(pythonnet: Any, root: Path) -> None:
    clr_loader = importlib.import_module("clr_loader")
    runtime = clr_loader.get_coreclr(runtime_config=str(_RUNTIME_CONFIGURATION), dotnet_root=str(root))
    pythonnet.set_runtime(runtime)
    pythonnet.load()
    exit_handling.keep_for_ever(runtime)


def _load_librdkafka(interop: Any, file: Path) -> None:
    try:
        call(interop.StreamingRuntime.Load, str(file))
    except StreamingError as error:
        raise NativeLoadError(
            f"librdkafka {file} can't be loaded: {error}\n"
            "To mend it: pip install --force-reinstall --only-binary :all: confluent-kafka",
            subject="librdkafka",
        ) from None


def _remedy() -> str:
    if platform.machine().lower() in ("x86_64", "amd64"):
        return 'To mend it: pip install "ma-streaming[dotnet]"'
    return "To mend it: install .NET 8 or newer (https://dot.net) and set DOTNET_ROOT to its folder"


def _load_assembly() -> Any:
    clr = importlib.import_module("clr")
    system = importlib.import_module("System")
    version = system.Environment.Version
    if (int(version.Major), int(version.Minor)) < runtimes.OLDEST_VERSION:
        raise NativeLoadError(
            f"This process already uses .NET {version}; .NET Core 3.1 or newer is needed", subject=str(version)
        )
    try:
        clr.AddReference(str(ASSEMBLY))
        return importlib.import_module("MaStreaming.Interop")
    except Exception as error:  # noqa: BLE001 - .NET's exceptions become ours
        cause = translated(error)
    raise NativeLoadError(f"The native library {ASSEMBLY} can't be loaded: {cause}", subject=str(ASSEMBLY)) from None
