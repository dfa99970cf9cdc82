"""Numbers of a server for Prometheus, at `/metrics`."""

import logging

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from tornado.web import RequestHandler

LATENCIES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)  # s

REGISTRY = CollectorRegistry()
for collector in (ProcessCollector, PlatformCollector, GCCollector):  # memory, CPU, files; Python
    collector(registry=REGISTRY)
PAGES = Counter("bye_splits_pages", "Pages asked for", ("page", "status"), registry=REGISTRY)
PAGE_SECONDS = Histogram(
    "bye_splits_page_seconds",
    "Time until a page's HTML was sent",
    ("page",),
    registry=REGISTRY,
    buckets=LATENCIES,
)
ACTION_SECONDS = Histogram(
    "bye_splits_action_seconds",
    "Time from the arrival of a change until all that it leads to was sent",
    ("page",),
    registry=REGISTRY,
    buckets=LATENCIES,
)
SESSIONS = Gauge("bye_splits_sessions", "Open pages, those of the last seconds included", registry=REGISTRY)
PREPARED = Gauge("bye_splits_prepared_pages", "Pages that are ready to be opened", registry=REGISTRY)
REFUSED = Counter("bye_splits_refused", "Requests that the gate refused", ("status",), registry=REGISTRY)
FAULTS = Counter("bye_splits_faults", "Warnings and errors in the log", ("level",), registry=REGISTRY)


class Faults(logging.Handler):
    """Counts warnings and errors of all loggers."""

    def emit(self, record: logging.LogRecord) -> None:
        FAULTS.labels(record.levelname.lower()).inc()


class Metrics(RequestHandler):
    """`/metrics`, in Prometheus' text format."""

    def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.set_header("Cache-Control", "no-store")
        self.finish(generate_latest(REGISTRY))
