"""Scoring: rates with their intervals, and nothing claimed without one."""
