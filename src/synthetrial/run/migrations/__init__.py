"""Numbered SQL scripts; script N takes a run store from schema version N - 1 to N. They only add."""
