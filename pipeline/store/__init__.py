"""The sealed record: drafts, notes, consents and the audit chain in one encrypted file."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .store import Store
else:

    def __getattr__(name: str) -> object:
        """Load SQLAlchemy and SQLCipher (0.8 s when cold) when the store is first asked for, not before."""
        if name == "Store":
            from .store import Store

            return Store
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Store"]
