"""Pages of a list: a constant number of queries however long the list is."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PER_PAGE = 50


class Uncounted:
    """A page of a list too long to count: it knows only whether there is a next one (one query)."""

    def __init__(self, items: "QuerySet[Any] | Sequence[Any]", number: int, per_page: int) -> None:
        start = (number - 1) * per_page
        found = list(items[start : start + per_page + 1])
        self.object_list, self.number, self._more = found[:per_page], number, len(found) > per_page
        self.start_index = start + 1 if found else 0
        self.end_index = start + len(self.object_list)

    def __iter__(self) -> Any:
        return iter(self.object_list)

    def __len__(self) -> int:
        return len(self.object_list)

    def has_next(self) -> bool:
        """Whether more rows follow."""
        return self._more

    def has_previous(self) -> bool:
        """Whether rows come before."""
        return self.number > 1

    def has_other_pages(self) -> bool:
        """Whether there is anything to turn to."""
        return self.has_next() or self.has_previous()

    def next_page_number(self) -> int:
        """The page after this one."""
        return self.number + 1

    def previous_page_number(self) -> int:
        """The page before this one."""
        return self.number - 1


def paginate(
    request: HttpRequest, items: "QuerySet[Any] | Sequence[Any]", *, per_page: int = PER_PAGE, counted: bool = True
) -> Page[Any] | Uncounted:
    """The page that `?page=` names; anything that is not a page number means the nearest page there is.

    With `counted=False` the list is not counted, which suits tables of millions of rows.
    """
    number = request.GET.get("page", "1")
    if counted:
        page = Paginator(items, per_page).get_page(number)
        page.shown_numbers = list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))  # type: ignore[attr-defined]
        return page
    return Uncounted(items, min(max(int(number), 1), 10_000) if number.isdecimal() else 1, per_page)
