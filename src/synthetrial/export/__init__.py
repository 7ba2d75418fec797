"""Exports of accepted records: one file per format."""

from synthetrial.called import called

called(__name__)
