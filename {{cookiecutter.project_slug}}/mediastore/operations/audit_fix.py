"""`media audit --fix`: closes what everyone can read, and takes private files out of the public storage.

Each finding knows how it is mended (`Finding.fix`). This module has the order, and notes the errors.
"""

from concurrent.futures import ThreadPoolExecutor

from django.core.exceptions import ImproperlyConfigured, SuspiciousFileOperation

from mediastore.operations.anonymous import THREADS
from mediastore.operations.exposed import Exposed
from mediastore.operations.findings import Advance, Audit, ignore
from mediastore.operations.mending import Mending


def run(audit: Audit, advance: Advance = ignore) -> None:
    """Mend the findings of `audit`. Each says in its `fixed` and `note` what became of it.

    Raises:
        OSError: the bucket's policy cannot be read.
    """
    mending = Mending()
    exposed = [finding for finding in audit.findings if isinstance(finding, Exposed)]
    with ThreadPoolExecutor(THREADS) as threads:
        for done, _ in enumerate(threads.map(lambda finding: finding.fix(mending), exposed), 1):
            advance("closing private files", done, len(exposed))
    others = [finding for finding in audit.findings if not isinstance(finding, Exposed)]
    for done, finding in enumerate(sorted(others, key=lambda finding: finding.order), 1):
        advance("mending public files", done, len(others))
        try:
            finding.fix(mending)
        except (OSError, SuspiciousFileOperation, ImproperlyConfigured) as error:
            finding.note = str(error)
