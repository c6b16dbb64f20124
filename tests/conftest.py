"""The environment that a framework's worker gets, set before a test imports the framework."""

import atexit
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

from comparisons.frameworks.installed import ENVIRONMENT

os.environ.update(ENVIRONMENT)
# What is printed is as in a pipe. The processes of pytest-xdist have a width; and readline, which pytest imports, sets
# one that Python does not see, but that the processes see that tests start.
os.environ.pop("COLUMNS", None)
os.unsetenv("COLUMNS")

if "PYTEST_XDIST_WORKER" not in os.environ:  # those have it from the process that starts them
    CACHE = TemporaryDirectory(prefix="triptych-")  # nothing is known from an earlier session
    os.environ["XDG_CACHE_HOME"] = CACHE.name
    atexit.register(CACHE.cleanup)

# The same examples at every run: a failure is everybody's, and no tolerance is met by luck. No clock: the first example
# of a framework pays for its import, and how fast a busy machine draws or writes a file says nothing of us.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")


@pytest.hookimpl(tryfirst=True)  # before pytest takes away what is full
def pytest_collection_modifyitems(items):
    """Of a test that is marked `every(n)`, make each case full but the first and each n-th after it."""
    met = Counter()
    for item in items:
        mark = item.get_closest_marker("every")
        if mark is not None and item.get_closest_marker("full") is None:
            test = item.nodeid.partition("[")[0]
            if met[test] % mark.args[0]:
                item.add_marker("full")
            met[test] += 1


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a short run by NumPy alone, with all its files."""
    from synthetic import a_task

    import comparisons  # after the environment is set

    folder = tmp_path_factory.mktemp("run")
    with ThreadPoolExecutor(1) as threads:
        comparisons.run(a_task("bowl"), frameworks=["numpy"], executor=threads, out=folder)
    return folder
