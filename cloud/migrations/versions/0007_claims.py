"""an agent is claimed by a code of limited life; its credential has a number

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_claims",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("asked_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credential_number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_agent_claims_agent_id", "agent_claims", ["agent_id"])
    with op.batch_alter_table("agents") as batch_op:
        batch_op.add_column(sa.Column("credential_number", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.execute("UPDATE agents SET revoked_at = created_at WHERE broker_entry = '' AND revoked_at IS NULL")
    with op.batch_alter_table("agents") as batch_op:
        batch_op.drop_column("credential_number")
    op.drop_index("ix_agent_claims_agent_id", "agent_claims")
    op.drop_table("agent_claims")
