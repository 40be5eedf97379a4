"""The tests that the documentation shows, as tests of this site: pytest finds them here."""

import re
from pathlib import Path

from django.core.files.base import ContentFile  # noqa: F401  (the page imports it further up)
from django.core.files.storage import storages  # noqa: F401

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "index.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Testing\n")[2].partition("\n## ")[0]
(EXAMPLE,) = re.findall(r"^```python\n(.*?)^```", SECTION, re.M | re.S)
exec(compile(EXAMPLE, "docs/index.md", "exec"))
