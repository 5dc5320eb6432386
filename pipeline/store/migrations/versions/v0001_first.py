"""The first form of the store."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DIGEST = sa.String(64)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table."""
    op.create_table("meta", sa.Column("key", sa.String(64), nullable=False), _text("value"), _key("meta", "key"))
    _values(
        "transcripts",
        _digest("recording"),
        _text("recording_payload"),
        _digest("sha256"),
        sa.Column("kind", sa.String(16), nullable=False),
        _text("source", nullable=True),
    )
    _values("drafts", _digest("recording"), _text("client", nullable=True), _moment("due_at"), _moment("expires_at"))
    _values("reviews", _digest("draft"), _parent("reviews", "draft", "drafts"), sa.UniqueConstraint("draft"))
    _values("notes", _digest("recording"), _text("client", nullable=True), _moment("signed_at"))
    _values("addenda", _digest("note"), _moment("signed_at"), _parent("addenda", "note", "notes"))
    _values("consents", _text("client"), _text("participant"))
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer, autoincrement=False, nullable=False),
        _text("payload"),
        _digest("digest"),
        _digest("mac"),
        _key("audit", "sequence"),
    )
    op.create_table(
        "purges",
        sa.Column("id", sa.Integer, nullable=False),
        _digest("recording"),
        _text("recording_payload", nullable=True),
        _text("source", nullable=True),
        _text("receipt", nullable=True),
        sa.Column("done", sa.Boolean, nullable=False),
        _key("purges", "id"),
    )
    for table, column in (
        ("transcripts", "recording"),
        ("transcripts", "sha256"),
        ("drafts", "recording"),
        ("drafts", "due_at"),
        ("drafts", "expires_at"),
        ("notes", "recording"),
        ("notes", "client"),
        ("notes", "signed_at"),
        ("addenda", "note"),
        ("consents", "client"),
        ("purges", "recording"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _values(table: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(table, _digest("digest"), _text("payload"), _moment("created_at"), *parts, _key(table, "digest"))


def _digest(name: str) -> sa.Column[str]:
    return sa.Column(name, DIGEST, nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=False)


def _key(table: str, column: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=f"pk_{table}")


def _parent(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.digest"], name=f"fk_{table}_{column}")
