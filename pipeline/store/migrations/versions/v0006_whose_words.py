"""Whose a transcript is: one without a draft was found by nobody who looked for what is kept of a client."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of transcripts kept before their draft alone tells."""
    op.add_column("transcripts", sa.Column("client", sa.Text))
