"""What homes have taught: of how many products, by how many homes, and when."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from cloud.consumption.tables import ProductPrior
from cloud.learning.rules import FEWEST_HOMES


@dataclass(frozen=True)
class Card:
    """`homes`: of the product that most have taught. `fitted_at` None: nothing has been taught."""

    products: int
    homes: int
    fitted_at: datetime | None
    fewest: int = FEWEST_HOMES


def card(session: Session) -> Card:
    products, homes, fitted_at = session.exec(
        select(sa.func.count(), sa.func.max(col(ProductPrior.homes)), sa.func.max(col(ProductPrior.fitted_at)))
    ).one()
    return Card(products, homes or 0, fitted_at)
