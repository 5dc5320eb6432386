"""Which words to doubt, and what they may have been."""
