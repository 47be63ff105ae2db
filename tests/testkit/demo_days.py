"""The days on which tests look at the demo."""

from datetime import UTC, date, datetime

from notifications.secrets import Vault

KEY = "only for these tests"
VAULT = Vault(KEY)
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
"""A Friday."""
TODAY = NOW.date()
LATER = date(2026, 12, 23)
"""A Wednesday, seven days before the maps go."""
