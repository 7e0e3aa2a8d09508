"""Looking at other processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def is_alive(process_id: int) -> bool:
    """Say whether a process runs; one that has ended and isn't collected yet does not."""
    if sys.platform == "win32":
        listing = subprocess.run(
            ["tasklist", "/fi", f"PID eq {process_id}"], capture_output=True, text=True, timeout=30, check=True
        )
        return str(process_id) in listing.stdout
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process_id}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
