"""What builds and scores the rough speech model: for people who work on it."""
