"""what a wristband recognised in the movement around an alarm

Revision ID: 0012
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("alarm_movements") as batch_op:
        batch_op.add_column(sa.Column("marks", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("alarm_movements") as batch_op:
        batch_op.drop_column("marks")
