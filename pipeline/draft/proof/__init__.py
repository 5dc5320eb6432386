"""Proof that a statement says what its evidence says, and nothing that it does not."""

from .checks import Violation, violations
from .prove import Rewrite, demand_proven, plain, prove

__all__ = ["Rewrite", "Violation", "demand_proven", "plain", "prove", "violations"]
