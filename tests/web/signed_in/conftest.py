from testkit.publishing_vendors import *  # noqa: F403 -- what it lists
