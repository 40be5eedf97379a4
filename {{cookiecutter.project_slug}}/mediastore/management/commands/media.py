"""`manage.py media VERB`: what an operator does with media. Each verb is a module of `mediastore.operations`."""

from django.conf import settings
from django.core.management.base import BaseCommand

from mediastore.operations import setup


class Command(BaseCommand):
    """The verbs and their options; the work is done elsewhere."""

    help = "Sets media storage up. Exit status 1 where something is left to do."

    def add_arguments(self, parser):
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        verb = verbs.add_parser("setup", help="make buckets, allow anonymous reading of public files, set CORS")
        verb.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        verb.add_argument(
            "--origin",
            action="append",
            metavar="URL",
            help="an origin for CORS; by default those of the site's domains",
        )

    def handle(self, *args, verb, **options):
        getattr(self, verb)(options)

    def setup(self, options):
        origins = options["origin"] or settings.CSRF_TRUSTED_ORIGINS
        unusable = False
        for step in setup.run(origins, dry_run=options["dry_run"]):
            style = self.style.WARNING if step.outcome == "cannot" else self.style.SUCCESS
            self.stdout.write(f"{style(step.outcome):>6}  {step.what}{': ' + step.note if step.note else ''}")
            unusable = unusable or (step.outcome == "cannot" and not step.what.startswith("CORS"))
        if unusable:
            raise SystemExit(1)
