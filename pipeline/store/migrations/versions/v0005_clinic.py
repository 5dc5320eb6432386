"""What is being typed has its own table, a recording its computer; on PostgreSQL the practice and its members."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TYPING = "typing of the "  # what was being typed stood in `meta` under this and the role


def upgrade() -> None:
    """Make the tables and move what was being typed."""
    op.create_table(
        "typings",
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("role", name="pk_typings"),
    )
    op.execute(
        "INSERT INTO typings (role, payload) "
        f"SELECT substr(key, {len(TYPING) + 1}), value FROM meta WHERE key LIKE '{TYPING}%'"
    )
    op.execute(f"DELETE FROM meta WHERE key LIKE '{TYPING}%'")
    op.add_column("spools", sa.Column("place", sa.String(32)))
    if op.get_bind().dialect.name == "postgresql":
        _clinic()


def _clinic() -> None:
    """Make what only a practice's server has: no earlier form was ever on one, so that every table is empty."""
    op.execute("ALTER TABLE likenesses ALTER COLUMN band TYPE bytea USING ''")
    op.execute("ALTER TABLE spools ALTER COLUMN key TYPE text")
    op.create_table(
        "practice",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("content_check", sa.String(64), nullable=False),
        sa.Column("recovery", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_practice"),
    )
    op.create_table(
        "members",
        sa.Column("login", sa.String(63), nullable=False),
        sa.Column("practice", sa.String(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("supervises", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("sidecar", sa.Text, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("login", name="pk_members"),
        sa.ForeignKeyConstraint(["practice"], ["practice.id"], name="fk_members_practice"),
        sa.CheckConstraint("role IN ('clinician', 'supervisor', 'administrator')", name="ck_members_role"),
    )
