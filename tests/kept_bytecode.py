"""Compiled code that stays for the next run where Python may leave none beside its source.

To compile all modules and to rewrite their assertions takes half of the time that tests need to
begin, in each of their processes. Environments that forbid bytecode in the tree, as containers do,
find it in pytest's own folder instead. Workers, and whatever tests start, inherit the place.
"""

import os
import sys
from pathlib import Path

KEPT = Path(__file__).parents[1] / ".pytest_cache" / "bytecode"

if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = str(KEPT)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # not there with `python -B`
