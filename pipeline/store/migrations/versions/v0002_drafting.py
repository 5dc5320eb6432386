"""What drafts are rebuilt from, treatment plans, the clinician's style, and hashes by which like notes are found."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DIGEST = sa.String(64)


def upgrade() -> None:
    """Make the tables."""
    _values("findings", sa.Column("recording", DIGEST, nullable=False), sa.Column("transcript", DIGEST, nullable=False))
    _values("plans", sa.Column("client", sa.Text, nullable=False))
    _values("styles", sa.Column("clinician", sa.Text, nullable=False))
    op.create_table(
        "likenesses",
        sa.Column("band", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("note", DIGEST, nullable=False),
        sa.Column("statement", sa.Integer, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["note"], ["notes.digest"], name="fk_likenesses_note"),
        sa.PrimaryKeyConstraint("band", "note", "statement", name="pk_likenesses"),
        sqlite_with_rowid=False,
    )
    for table, column in (
        ("findings", "recording"),
        ("findings", "transcript"),
        ("plans", "client"),
        ("styles", "clinician"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _values(table: str, *columns: sa.Column[str]) -> None:
    op.create_table(
        table,
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("digest", name=f"pk_{table}"),
    )
