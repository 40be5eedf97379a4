"""How gunicorn serves the site. It reads this file by itself: `gunicorn config.wsgi`."""

from gunicorn.glogging import Logger as PlainLogger

from mediastore.logs import Formatter, without_query

bind = "0.0.0.0:80"
workers = 2
threads = 8
accesslog = "-"
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(b)s %(M)sms "%(a)s"'
control_socket_disable = True  # it would be made in the home folder, and the image's user has none


class Logger(PlainLogger):
    """A log of paths. Queries and the Referer can hold a token that opens a private file."""

    def setup(self, cfg):
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Formatter(self.error_fmt, self.datefmt))

    def atoms(self, resp, req, environ, request_time):
        atoms = super().atoms(resp, req, environ, request_time)
        return {name: without_query(value) if isinstance(value, str) else value for name, value in atoms.items()}

    def exception(self, msg, *args, **kwargs):
        super().exception(msg, *(without_query(arg) if isinstance(arg, str) else arg for arg in args), **kwargs)


logger_class = Logger
