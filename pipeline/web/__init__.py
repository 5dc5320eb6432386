"""The review page: a local web page where the clinician reads, checks, mends and signs."""
