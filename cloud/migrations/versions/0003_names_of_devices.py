"""what an agent means by a device's name, and how many of its messages were refused

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NAMES_IN_USE = """
INSERT INTO device_names (agent_id, local_name, device_id)
SELECT agent_id, local_name, id FROM (
    SELECT agent_id, local_name, id, row_number() OVER (
        PARTITION BY agent_id, local_name
        ORDER BY CASE WHEN substr(identity, 1, 6) = 'local:' THEN 1 ELSE 0 END,
            coalesce(last_heard_at, created_at) DESC, id DESC
    ) AS place FROM devices
) AS named WHERE place = 1
"""


def upgrade() -> None:
    with op.batch_alter_table("agents") as batch_op:
        batch_op.add_column(sa.Column("refused", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "device_names",
        sa.Column("agent_id", sa.String(length=63), nullable=False),
        sa.Column("local_name", sa.String(length=63), nullable=False),
        sa.Column("device_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"]),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"]),
        sa.PrimaryKeyConstraint("agent_id", "local_name"),
    )
    with op.batch_alter_table("device_names") as batch_op:
        batch_op.create_index("ix_device_names_device_id", ["device_id"], unique=False)
    op.execute(_NAMES_IN_USE)


def downgrade() -> None:
    op.drop_table("device_names")
    with op.batch_alter_table("agents") as batch_op:
        batch_op.drop_column("refused")
