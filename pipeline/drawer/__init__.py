"""The drawer: process (psychotherapy) notes, apart from the record in a file, a key and an audit chain of its own.

It lies above the stages and beside the workflow, so none of them can import it: commands and pages of its own alone do.
"""

from .drawer import Drawer

__all__ = ["Drawer"]
