"""The checker of the W3C, as a Java program; one start of it checks any number of files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lifecycle-tests"
"""Where `npm install --prefix` puts the checker, outside of the repository."""
PROGRAM = CACHE / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
JAVA = shutil.which("java")
CHECKER = bool(JAVA) and PROGRAM.is_file()
NEEDED = "the W3C's checker needs java, and vnu-jar from npm (lifecycle/manual/developing.md)"
DEADLINE = 240
OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss8m")
"""A short run is compiled in vain; its grammars need a deep stack."""


def check_markup(folder):
    """Return the faults in a folder's HTML and SVG files: name, line and what is wrong."""
    checked = subprocess.run(
        [
            *(JAVA, *OPTIONS, "-jar", str(PROGRAM)),
            *("--also-check-svg", "--format", "json", "--stdout", str(folder)),
        ],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert checked.stdout, checked.stderr
    return [
        (message["url"].rpartition("/")[2], message.get("lastLine"), message["message"])
        for message in json.loads(checked.stdout)["messages"]
        if message["type"] == "error" or message.get("subType") == "warning"
    ]
