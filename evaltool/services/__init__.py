"""Our own small supervisor: PostgreSQL, Redis and the processes of the platform on one machine.

Started as ``python -m evaltool.services <verb>``. Nothing in here imports Django: it must work
before the project does, and stay light enough that a start is not felt.
"""
