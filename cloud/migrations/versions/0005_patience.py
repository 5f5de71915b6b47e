"""how long a wearer can cancel, and how long a wristband may be silent

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agents") as batch_op:
        batch_op.add_column(sa.Column("prealarm_s", sa.Integer(), nullable=False, server_default="30"))
    with op.batch_alter_table("wearers") as batch_op:
        batch_op.add_column(sa.Column("silent_after_s", sa.Integer(), nullable=False, server_default="2700"))


def downgrade() -> None:
    with op.batch_alter_table("wearers") as batch_op:
        batch_op.drop_column("silent_after_s")
    with op.batch_alter_table("agents") as batch_op:
        batch_op.drop_column("prealarm_s")
