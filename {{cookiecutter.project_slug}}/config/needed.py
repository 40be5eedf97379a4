"""What a deployed site must be given, so that nothing is lost because a variable was forgotten."""

from django.core.exceptions import ImproperlyConfigured

# The variable, others that stand for it, and what happens without. Divio has one bucket for all files, and sets
# DEFAULT_DATABASE_DSN, a name of its own: private files then lie beside the public ones, and a check warns of that.
NEEDED = {
    "DATABASE_URL": (["DEFAULT_DATABASE_DSN"], "the database is lost with the container's disk"),
    "DEFAULT_STORAGE_DSN": (["DEFAULT_STORAGE_BUCKET"], "public files are lost with the container's disk"),
    "PRIVATE_STORAGE_DSN": (
        ["PRIVATE_STORAGE_BUCKET", "DEFAULT_DATABASE_DSN"],
        "private files lie beside the public ones",
    ),
    "EMAIL_URL": ([], "mail cannot be sent (dummymail:// sends none)"),
}


def require(env, stage):
    """Raise `ImproperlyConfigured` in one line if a variable is unset that `ALLOW_MISSING` does not name.

    Args:
        env: the environment, as django-environ reads it.
        stage: the site's `STAGE`, for the message.
    """
    allowed = env.list("ALLOW_MISSING", default=[])
    missing = {
        name: without
        for name, (others, without) in NEEDED.items()
        if name not in allowed and not any(env(variable, default="").strip() for variable in (name, *others))
    }
    if missing:
        raise ImproperlyConfigured(
            f"{', '.join(missing)}: not set, and a site with STAGE={stage} does not start like that: "
            f"{'; '.join(missing.values())}. Set what is missing, or ALLOW_MISSING={','.join([*allowed, *missing])} "
            "if you mean it."
        )
