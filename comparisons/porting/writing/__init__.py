"""Calls, rules and schedules as code to paste."""
