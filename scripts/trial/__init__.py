"""What `scripts/trials` tries, a module a trial: how a trial is registered stands in table.py."""
