"""The site's tests: `pytest`. Those of the media layer have settings of their own: `pytest mediastore`."""

pytest_plugins = ["mediastore.testing.plugin"]
collect_ignore = ["mediastore"]
