"""Synthetrial: labelled synthetic clinical trial records, made from real registry trials, checked and measured."""

__version__ = "0.1.0"
