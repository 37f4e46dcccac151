"""Pages of lists whose length is known already."""

from django.core.paginator import Paginator
from django.db.models import QuerySet


class CountedPaginator(Paginator):
    """A paginator that is told how many there are."""

    def __init__(self, object_list: QuerySet, count: int, per_page: int) -> None:
        super().__init__(object_list, per_page)
        self.count = count
