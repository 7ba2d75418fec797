"""Exports of accepted records: one file per format."""
