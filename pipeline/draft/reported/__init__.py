"""The words of a session as statements: reported speech where the rules are sure, else quotations, letter by letter."""

from .exchange import exchange, narrowed
from .telling import Telling
from .vocabulary import Vocabulary, load_vocabulary

__all__ = ["Telling", "Vocabulary", "exchange", "load_vocabulary", "narrowed"]
