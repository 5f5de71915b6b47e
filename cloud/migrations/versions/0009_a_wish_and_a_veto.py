"""how full a customer wants a supply to be kept, and when they last stopped what was ordered by itself

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


def downgrade() -> None:
    with op.batch_alter_table("slots") as batch_op:
        batch_op.drop_column("vetoed_at")
        batch_op.drop_column("wish")
