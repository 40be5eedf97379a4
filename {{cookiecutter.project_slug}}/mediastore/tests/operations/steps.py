"""What the tests of `media setup` ask of its steps."""

from mediastore.operations import setup


def outcomes(**options):
    """The outcome of each step of a setup, by what the step does."""
    return {step.what: step.outcome for step in setup.run(**options)}


def opening(**options):
    """The step of a whole setup that opens the public bucket."""
    return next(step for step in list(setup.run(**options)) if step.what.startswith("anonymous"))


def opened(**options):
    """The outcome for the public bucket. Later steps of the setup do not run."""
    return next(step.outcome for step in setup.run(**options) if step.what.startswith("anonymous"))
