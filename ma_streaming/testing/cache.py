"""The folder where this package keeps what it downloads and what it notes about running brokers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CACHE_VARIABLE = "MA_STREAMING_CACHE"
_FOLDER_NAME = "ma-streaming"


def cache_folder() -> Path:
    """Return the user's cache folder for this package; it need not exist yet.

    ``MA_STREAMING_CACHE`` names the folder itself. Otherwise it is ``ma-streaming`` in ``XDG_CACHE_HOME``, or, where
    that is unset or not absolute, in the platform's own place for caches.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    return _user_caches() / _FOLDER_NAME


def _user_caches() -> Path:
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    if xdg and Path(xdg).is_absolute():
        return Path(xdg)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path.home() / ".cache"
