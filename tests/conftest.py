"""The environment that a framework's worker gets, set before a test imports the framework."""

import os

from hypothesis import settings

from comparisons.frameworks import ENVIRONMENT

os.environ.update(ENVIRONMENT)

# The same examples at every run: a failure is everybody's, and no tolerance is met by luck. No deadline: the first
# example of a framework pays for its import.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
