"""`manage.py media VERB`: what an operator does with media. Each verb is a module of `mediastore.operations`."""

import json
import logging
import sys
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mediastore.operations import audit, audit_fix, repair, setup


class Command(BaseCommand):
    """The verbs and their options; the work is done elsewhere."""

    help = (
        "Sets media storage up, and proves that private files are private. Exit status 1 where something is left to do."
    )

    def add_arguments(self, parser):
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        verb = verbs.add_parser("setup", help="make buckets, allow anonymous reading of public files, set CORS")
        verb.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        verb.add_argument(
            "--force", action="store_true", help="open or close a bucket also where it has files that no row names"
        )
        verb.add_argument(
            "--origin",
            action="append",
            metavar="URL",
            help="an origin for CORS; by default those of the site's domains",
        )
        verb = verbs.add_parser("audit", help="prove by unsigned requests that nobody can read private files")
        verb.add_argument("--fix", action="store_true", help="close what is open, move what lies in the public storage")
        verb.add_argument("--json", action="store_true", help="the result as JSON")
        verb = verbs.add_parser("repair", help="finish what an interrupted process has left undone")
        verb.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args, verb, **options):
        getattr(self, verb)(options)

    def setup(self, options):
        origins = options["origin"] or settings.CSRF_TRUSTED_ORIGINS
        unusable = False
        for step in setup.run(origins, dry_run=options["dry_run"], force=options["force"]):
            self._say(step)
            unusable = unusable or (step.outcome == "cannot" and not step.what.startswith("CORS"))
        if unusable:
            raise SystemExit(1)

    def repair(self, options):
        from botocore.exceptions import BotoCoreError

        outcomes = []
        try:
            for step in repair.run(options["dry_run"]):
                self._say(step)
                outcomes.append(step.outcome)
        except (OSError, BotoCoreError, DatabaseError) as error:
            raise CommandError(f"The repair could not be finished, and nothing was lost: {error}") from error
        if not outcomes:
            self.stdout.write("Nothing is left to do.")
        if set(outcomes) - {"done"}:
            raise SystemExit(1)

    def _say(self, step):
        style = self.style.SUCCESS if step.outcome in ("ok", "done") else self.style.WARNING
        self.stdout.write(f"{style(step.outcome):>6}  {step.what}{': ' + step.note if step.note else ''}")

    def audit(self, options):
        from botocore.exceptions import BotoCoreError

        logging.getLogger("urllib3").setLevel(logging.ERROR)  # it tells of each attempt
        try:
            with progress() as advance:
                found = audit.run(advance)
                if options["fix"]:
                    audit_fix.run(found, advance)
        except (OSError, BotoCoreError, DatabaseError) as error:
            raise CommandError(f"The audit could not be finished: {error}") from error
        if options["json"]:
            result = {name: getattr(found, name) for name in ("clean", "requests", "private", "public", "warnings")}
            result["findings"] = [finding.as_dict() for finding in found.findings]
            self.stdout.write(json.dumps(result, indent=2))
        else:
            self._tell(found)
        if not found.clean:
            raise SystemExit(1)

    def _tell(self, found):
        for warning in found.warnings:
            self.stdout.write(self.style.WARNING(warning))
        for finding in found.findings:
            style = self.style.SUCCESS if finding.fixed else self.style.ERROR
            what = f"{finding.where}/{finding.key}"
            note = f" [{finding.note}]" if finding.note else ""
            self.stdout.write(f"{style('fixed' if finding.fixed else finding.kind)}  {what}: {finding.why}{note}")
        left = sum(not finding.fixed for finding in found.findings)
        self.stdout.write(
            f"{found.private} private files, {found.requests} requests without a signature, {found.public} public files: "
            f"{left} findings left, {len(found.findings) - left} fixed."
        )
        if left and not any(finding.note for finding in found.findings):
            self.stdout.write("`manage.py media audit --fix` closes and moves what it can.")


@contextmanager
def progress():
    """`advance(what, done, total)` on a bar, where standard error is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        tasks = {}

        def advance(what, done, total):
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield advance
