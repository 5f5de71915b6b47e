"""when a supplier works, who carries, and what its deliveries teach of the time that they take

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_times",
        sa.Column("supplier_id", sa.String(length=32), nullable=False),
        sa.Column("delivered", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["supplier_id"], ["suppliers.id"]),
        sa.PrimaryKeyConstraint("supplier_id"),
    )
    with op.batch_alter_table("orders") as batch_op:
        batch_op.add_column(sa.Column("carrier", sa.String(length=40), nullable=True))
    with op.batch_alter_table("suppliers") as batch_op:
        batch_op.add_column(sa.Column("country", sa.String(length=2), nullable=True))
        batch_op.add_column(sa.Column("subdivision", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("delivers_on_saturday", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("closed", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("suppliers") as batch_op:
        batch_op.drop_column("closed")
        batch_op.drop_column("delivers_on_saturday")
        batch_op.drop_column("subdivision")
        batch_op.drop_column("country")
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_column("carrier")
    op.drop_table("lead_times")
