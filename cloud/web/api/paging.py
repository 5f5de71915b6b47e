"""Long lists in pages: newest first, with an opaque place to go on from."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from fastapi import Depends, Query, Request, Response
from sqlmodel import Session
from sqlmodel.sql.expression import SelectOfScalar

from cloud.web.api.problems import ProblemError

MOST = 200

Row = TypeVar("Row")


@dataclass(frozen=True)
class Place:
    """The last line that was shown."""

    at: datetime
    id: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.at.isoformat()}|{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str) -> "Place":
        """Raises ProblemError when we have not written it."""
        try:
            at, _, row_id = (
                base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode().partition("|")
            )
            moment = datetime.fromisoformat(at)
            if moment.tzinfo is not UTC:
                raise ProblemError(400, "unknown-cursor")  # ours are in UTC; another could lie beyond the last year
            return cls(moment, row_id)
        except (binascii.Error, ValueError) as error:
            raise ProblemError(400, "unknown-cursor") from error


@dataclass(frozen=True)
class Paging:
    """What the caller asked for, and where the next page's address goes."""

    request: Request
    response: Response
    limit: int
    after: Place | None

    def page(self, session: Session, rows: SelectOfScalar[Row], at: Any, row_id: Any) -> list[Row]:
        """One page, by the columns `at` (newest first) and `row_id`; a Link header when there is more."""
        if self.after is not None:
            same = sa.and_(at == self.after.at, row_id > self.after.id)
            rows = rows.where(sa.or_(at < self.after.at, same))
        found = list(session.exec(rows.order_by(at.desc(), row_id).limit(self.limit + 1)))
        if len(found) > self.limit:
            last = found[self.limit - 1]
            self._link(Place(getattr(last, at.key), getattr(last, row_id.key)))
        return found[: self.limit]

    def _link(self, place: Place) -> None:
        url = self.request.url.include_query_params(cursor=str(place))
        self.response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'


def _paging(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    cursor: Annotated[str, Query(max_length=200, description="From the Link header of the page before.")] = "",
) -> Paging:
    return Paging(request, response, limit, Place.read(cursor) if cursor else None)


PagingDep = Annotated[Paging, Depends(_paging)]
