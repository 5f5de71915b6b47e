"""a slot's state is kept before each day, with what persons told and what was told of it, for what comes late

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slot_checkpoints",
        sa.Column("slot_id", sa.String(length=32), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after_number", sa.BigInteger(), nullable=False),
        sa.Column("json", sa.JSON(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"]),
        sa.PrimaryKeyConstraint("slot_id", "since"),
    )
    op.create_table(
        "slot_corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.String(length=32), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("packs", sa.Float(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_slot_corrections_slot", "slot_corrections", ["slot_id", "told_at"])
    op.create_table(
        "slot_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_packs", sa.Float(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_slot_events_slot", "slot_events", ["slot_id", "at"])
    with op.batch_alter_table("slot_states") as batch_op:
        batch_op.add_column(sa.Column("late_rows", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("forecast_outcomes") as batch_op:
        batch_op.add_column(sa.Column("brought_along", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("forecast_outcomes") as batch_op:
        batch_op.drop_column("brought_along")
    with op.batch_alter_table("slot_states") as batch_op:
        batch_op.drop_column("late_rows")
    op.drop_index("ix_slot_events_slot", "slot_events")
    op.drop_table("slot_events")
    op.drop_index("ix_slot_corrections_slot", "slot_corrections")
    op.drop_table("slot_corrections")
    op.drop_table("slot_checkpoints")
