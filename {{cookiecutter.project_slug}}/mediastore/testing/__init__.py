"""For tests with media: a plugin for pytest, and what such tests need."""
