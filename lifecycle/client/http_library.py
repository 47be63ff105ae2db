"""httpx without its own command line, whose imports take as long as all the rest of it.

httpx does without by itself where those libraries are not installed.
"""

from __future__ import annotations

import sys

__all__ = ["httpx"]

COMMAND_LINE = "httpx._main"

if "httpx" in sys.modules:
    import httpx
else:
    sys.modules[COMMAND_LINE] = None  # type: ignore[assignment]  # what makes an import fail
    try:
        import httpx
    except ImportError:
        del sys.modules[COMMAND_LINE]
        import httpx
    finally:
        sys.modules.pop(COMMAND_LINE, None)
