"""how full a customer wants a supply to be kept, when they last stopped what was ordered by itself; packs by their end;
what homes teach of a product

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("slots") as batch_op:
        batch_op.add_column(sa.Column("wish", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("vetoed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_forecast_outcomes_ended", "forecast_outcomes", ["cycle_ended_at"])
    op.create_table(
        "product_priors",
        sa.Column("product_id", sa.String(length=32), nullable=False),
        sa.Column("pack_days", sa.Float(), nullable=False),
        sa.Column("spread", sa.Float(), nullable=False),
        sa.Column("homes", sa.Integer(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"]),
        sa.PrimaryKeyConstraint("product_id"),
    )


def downgrade() -> None:
    op.drop_table("product_priors")
    op.drop_index("ix_forecast_outcomes_ended", "forecast_outcomes")
    with op.batch_alter_table("slots") as batch_op:
        batch_op.drop_column("vetoed_at")
        batch_op.drop_column("wish")
