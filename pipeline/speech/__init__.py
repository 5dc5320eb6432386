"""Speech to words: engines behind one seam, their weights, their doubts, transcript files."""
