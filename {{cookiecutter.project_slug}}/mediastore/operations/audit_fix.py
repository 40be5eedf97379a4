"""`media audit --fix`: closes what everyone can read, and takes out of the public storage what is private.

Each finding knows how it is mended. Here is the order, and what becomes of errors.
"""

from concurrent.futures import ThreadPoolExecutor

from django.core.exceptions import SuspiciousFileOperation

from mediastore.operations.anonymous import THREADS
from mediastore.operations.exposed import Exposed
from mediastore.operations.findings import Advance, Audit, ignore
from mediastore.operations.mending import Mending


def run(audit: Audit, advance: Advance = ignore) -> None:
    """Mend the findings of `audit`; each says in its `fixed` and `note` what became of it.

    Raises:
        OSError: the bucket's policy cannot be read.
    """
    mending = Mending()
    exposed = [finding for finding in audit.findings if isinstance(finding, Exposed)]
    with ThreadPoolExecutor(THREADS) as threads:
        for done, _ in enumerate(threads.map(lambda finding: finding.fix(mending), exposed), 1):
            advance("closing private files", done, len(exposed))
    others = sorted(
        (finding for finding in audit.findings if not isinstance(finding, Exposed)), key=lambda finding: finding.order
    )
    for done, finding in enumerate(others, 1):
        advance("mending public files", done, len(others))
        try:
            finding.fix(mending)
        except (OSError, SuspiciousFileOperation) as error:
            finding.note = str(error)
