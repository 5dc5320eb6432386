"""Sound: decoded in memory, captured, spooled under seal, purged with a receipt."""
