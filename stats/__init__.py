"""Statistics behind every figure the product shows: pure functions on numbers, no database.

Each function states its meaning, formula, symbols, range, undefined case and source.
Bad input raises ValueError naming the value; an undefined result is None, never 0 or NaN.
The prose companion, with defaults and pitfalls, is ``docs/measures.md``.
"""
