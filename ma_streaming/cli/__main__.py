"""`python -m ma_streaming.cli` is `ma-streaming`."""

from __future__ import annotations

import sys

from ma_streaming.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
