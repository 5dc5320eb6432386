"""Training of the findings tagger: readable data, its reader, noise, the training itself."""
