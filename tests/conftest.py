"""The environment that a framework's worker gets, set before a test imports the framework."""

import os

from hypothesis import HealthCheck, settings

from comparisons.frameworks.installed import ENVIRONMENT

os.environ.update(ENVIRONMENT)

# The same examples at every run: a failure is everybody's, and no tolerance is met by luck. No clock: the first example
# of a framework pays for its import, and how fast a busy machine draws or writes a file says nothing of us.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")
