"""One Alembic history over both packages tables."""
