"""What tests with media need: the plugin for pytest, an S3 server, a PostgreSQL, and files to test with."""
