"""Refuses answers that no project can be made of, in one line each. Cookiecutter then removes the folder."""

import json
import re
import sys
import unicodedata

# tojson escapes apostrophes and leaves quotes, so this literal holds any answer.
ANSWERS = json.loads(r'{{ cookiecutter|tojson }}')  # fmt: skip
SLUG = re.compile(r"[a-z]([a-z0-9_-]{0,48}[a-z0-9])?")


def faults(answers):
    slug = answers["__answered_slug"]
    shown = repr(slug) if len(slug) <= 80 else f"{slug[:20]!r}… ({len(slug)} characters)"
    if slug.lower().partition(".")[0] in answers["_reserved"]:
        yield f"project_slug {shown} is a name that Windows reserves; take another, such as my-site."
    elif not SLUG.fullmatch(slug):
        yield (
            f"project_slug {shown} is no folder name for a project: at most 50 small letters, digits, '-' and '_', "
            "first a letter, last no dash, such as my-site."
        )
    for name in ("project_name", "description"):
        if not answers[name].strip():
            yield f"{name} is empty; it may be any text in one line."
        elif any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in answers[name]):
            yield f"{name} {answers[name]!r} has a line break, a tab or a control character; write it in one line."


for fault in faults(ANSWERS):
    print(f"ERROR: {fault}", file=sys.stderr)
    sys.exit(1)
