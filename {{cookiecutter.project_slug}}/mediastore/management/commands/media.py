"""`manage.py media VERB`: what an operator does with media. Each verb is a module of `mediastore.operations`."""

import json
import logging
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from mediastore.operations import audit, audit_fix, repair, setup
from mediastore.operations.findings import Advance, Audit
from mediastore.operations.steps import Step


class Command(BaseCommand):
    """The verbs, their options and their output; the work is done in `mediastore.operations`."""

    help = "Sets media storage up, and proves that private files are private. Exit status 1 if something is left to do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        verb = verbs.add_parser("setup", help="make buckets, let everyone read public files, set CORS")
        verb.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        verb.add_argument(
            "--force", action="store_true", help="open or close a bucket even if it has files that no row names"
        )
        verb.add_argument(
            "--origin",
            action="append",
            metavar="URL",
            help="an origin for CORS; by default those of the site's domains",
        )
        verb = verbs.add_parser("audit", help="prove by unsigned requests that nobody can read private files")
        verb.add_argument(
            "--fix", action="store_true", help="close what is open, take private files out of the public storage"
        )
        verb.add_argument("--json", action="store_true", help="print the result as JSON")
        verb = verbs.add_parser("repair", help="finish what an interrupted process has left undone")
        verb.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        {"setup": self.setup, "audit": self.audit, "repair": self.repair}[verb](options)

    def setup(self, options: dict[str, Any]) -> None:
        """Print each step of the setup. Exit status 1 if a bucket or its policy cannot be set; CORS alone is no reason."""
        origins = options["origin"] or settings.CSRF_TRUSTED_ORIGINS
        unusable = False
        for step in setup.run(origins, dry_run=options["dry_run"], force=options["force"]):
            self._print_step(step)
            unusable = unusable or (step.outcome == "cannot" and not step.what.startswith("CORS"))
        if unusable:
            raise SystemExit(1)

    def repair(self, options: dict[str, Any]) -> None:
        """Print each step of the repair. Exit status 1 if one is not done."""
        from botocore.exceptions import BotoCoreError

        outcomes = set()
        try:
            for step in repair.run(options["dry_run"]):
                self._print_step(step)
                outcomes.add(step.outcome)
        except (OSError, BotoCoreError, DatabaseError) as error:
            raise CommandError(f"The repair could not be finished, and nothing was lost: {error}") from error
        if not outcomes:
            self.stdout.write("Nothing is left to do.")
        if outcomes - {"done"}:
            raise SystemExit(1)

    def audit(self, options: dict[str, Any]) -> None:
        """Print what the audit finds. Exit status 1 if something is left to mend."""
        from botocore.exceptions import BotoCoreError

        try:
            with _progress() as advance, _without_retries_logged():
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
            self._print_audit(found)
        if not found.clean:
            raise SystemExit(1)

    def _print_step(self, step: Step) -> None:
        style = self.style.SUCCESS if step.outcome in ("ok", "done") else self.style.WARNING
        self.stdout.write(f"{style(step.outcome):>6}  {step.what}{': ' + step.note if step.note else ''}")

    def _print_audit(self, found: Audit) -> None:
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
            self.stdout.write("To close and move what can be, type `manage.py media audit --fix`.")


@contextmanager
def _progress() -> Iterator[Advance]:
    """`advance(what, done, total)` shows a bar for each `what`, if standard error is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield advance


@contextmanager
def _without_retries_logged() -> Iterator[None]:
    """Keep urllib3 from logging a warning for each retry; the audit itself says which service does not answer."""
    logger = logging.getLogger("urllib3")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
