"""Filters and tags of the shell."""
