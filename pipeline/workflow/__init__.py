"""The one stage that composes the others: source to transcript to findings to draft, review to note, audio gone."""

from .capturing import Captured, capture
from .consenting import left_of, purge_left
from .drafting import (
    check_manner,
    draft_found,
    draft_source,
    draft_spooled,
    drafted_before,
    find,
    keep_heard,
    redraft,
    respeak,
    settle_spooled,
    swapped,
)
from .hearing import is_text, read_source, refuse_signed, transcribe
from .history import brief_of, change_plan, earlier_notes, trends_of
from .leaving import delete_client, export_audit, export_client, export_note, finish_purges, purge_drafted
from .order import TEXT, Order, formats, models, now, permit_for, wished
from .parcels import Heard, hear_packed, pack
from .signing import (
    CO_SIGNED,
    addend,
    cosign,
    forget_style,
    likenesses,
    may_keep_quotes,
    questions,
    sign,
    start_review,
    switch_rule,
)
from .standing import demand_standing

__all__ = [
    "CO_SIGNED",
    "Captured",
    "Heard",
    "Order",
    "TEXT",
    "addend",
    "brief_of",
    "capture",
    "change_plan",
    "check_manner",
    "cosign",
    "delete_client",
    "demand_standing",
    "draft_found",
    "draft_source",
    "draft_spooled",
    "drafted_before",
    "earlier_notes",
    "export_audit",
    "export_client",
    "export_note",
    "find",
    "finish_purges",
    "forget_style",
    "formats",
    "hear_packed",
    "is_text",
    "keep_heard",
    "left_of",
    "likenesses",
    "may_keep_quotes",
    "models",
    "now",
    "pack",
    "permit_for",
    "purge_drafted",
    "purge_left",
    "questions",
    "read_source",
    "redraft",
    "refuse_signed",
    "respeak",
    "settle_spooled",
    "sign",
    "start_review",
    "swapped",
    "switch_rule",
    "transcribe",
    "trends_of",
    "wished",
]
