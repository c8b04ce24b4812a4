"""To-dos of this floor."""

from evaltool.base import todos
from quality.bank import gold_used_up
from quality.gold import SCORE, score_gold


def register() -> None:
    """Say who scores gold, and who hears of a bank used up."""
    todos.register(SCORE, score_gold)
    todos.register("gold_used_up", gold_used_up)
