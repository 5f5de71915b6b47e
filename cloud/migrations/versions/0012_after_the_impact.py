"""what a wristband recognised around an alarm, how readily it takes something for a fall, and what it says of itself

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("alarm_movements") as batch_op:
        batch_op.add_column(sa.Column("marks", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("bands") as batch_op:
        batch_op.add_column(sa.Column("is_battery_low", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("point", sa.String(length=40), nullable=True))
    with op.batch_alter_table("wearers") as batch_op:
        batch_op.add_column(sa.Column("inactivity_h", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("point", sa.String(length=16), nullable=False, server_default="balanced"))
        batch_op.add_column(sa.Column("chosen_point", sa.String(length=16), nullable=False, server_default="balanced"))
        batch_op.add_column(sa.Column("point_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("wearers") as batch_op:
        batch_op.drop_column("point_since")
        batch_op.drop_column("chosen_point")
        batch_op.drop_column("point")
        batch_op.drop_column("inactivity_h")
    with op.batch_alter_table("bands") as batch_op:
        batch_op.drop_column("point")
        batch_op.drop_column("is_battery_low")
    with op.batch_alter_table("alarm_movements") as batch_op:
        batch_op.drop_column("marks")
