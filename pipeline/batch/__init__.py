"""Many recordings at once: on this computer's cores, or on a clinic's computers.

intake, sealed recordings ─▶ items.py ─▶ desk.py (has the record) ─▶ sealed recording, key ─▶ work.py (a worker)
                                         transcript, draft kept  ◀─ sealed transcript, findings ◀┘
workers: processes.py (this computer) or clinic.py (Dask, TLS)
"""

from .desk import Crew, Event, run
from .foretell import foretell
from .items import Item, incoming, ordered, waiting

__all__ = ["Crew", "Event", "Item", "foretell", "incoming", "ordered", "run", "waiting"]
