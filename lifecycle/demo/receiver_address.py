"""Where the demo's receiver listens, and its secret: public, for a demo and nothing else."""

from __future__ import annotations

from typing import Final

HOST: Final = "127.0.0.1"
PORT: Final = 8001
SECRET: Final = "whsec_bm90IGEgc2VjcmV0OiBhIGRlbW8ncyBvbmx5"  # noqa: S105 -- says itself that it is none
