"""How gunicorn serves the site. It reads this file by itself: `gunicorn config.wsgi`."""

import os

from gunicorn.glogging import Logger as PlainLogger

from mediastore.logs import Formatter, JSONFormatter, without_query

bind = "0.0.0.0:80"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = 8
graceful_timeout = 25  # seconds for what is under way when the site is stopped; Kubernetes kills after 30
accesslog = "-"
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(b)s %(M)sms "%(a)s"'
control_socket_disable = True  # it would be made in the home folder, and the image's user has none
# Each worker touches a file there once a second. In memory, it cannot wait for a disk and needs no writable /tmp.
_memory = "/dev/shm"  # noqa: S108
worker_tmp_dir = _memory if os.access(_memory, os.W_OK) else None

_FIELDS = {"client": "h", "method": "m", "path": "U", "status": "s", "bytes": "B", "milliseconds": "M", "agent": "a"}


class Logger(PlainLogger):
    """A log of paths. Queries and the Referer can hold a token that opens a private file."""

    def setup(self, cfg):
        super().setup(cfg)
        formatter = JSONFormatter() if os.environ.get("LOG_FORMAT") == "json" else Formatter()
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(formatter)

    def atoms(self, resp, req, environ, request_time):
        atoms = super().atoms(resp, req, environ, request_time)
        return {name: without_query(value) if isinstance(value, str) else value for name, value in atoms.items()}

    def access(self, resp, req, environ, request_time):
        """Log a request; but not that the site is alive, which it is asked every few seconds."""
        if environ.get("PATH_INFO") == "/healthz" and str(resp.status).startswith("200"):
            return
        atoms = self.atoms(resp, req, environ, request_time)
        fields = {name: atoms[atom] for name, atom in _FIELDS.items()} | {"status": int(atoms["s"])}
        self.access_log.info(self.cfg.access_log_format, self.atoms_wrapper_class(atoms), extra={"fields": fields})

    def exception(self, msg, *args, **kwargs):
        super().exception(msg, *(without_query(arg) if isinstance(arg, str) else arg for arg in args), **kwargs)


logger_class = Logger
