"""The keys of recordings that lie sealed on the disk."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "spools",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("payload", sa.Text),
        sa.Column("key", sa.String(64)),
        sa.Column("recording", sa.String(64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_spools"),
    )
