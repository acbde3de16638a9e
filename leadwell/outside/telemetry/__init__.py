"""Tracing by OpenTelemetry, sent over OTLP/HTTP; imported only where LEADWELL_OTLP_URL, or the variable of OpenTelemetry itself, says where to."""

import os
from typing import Any

from leadwell.base.refusals import Refusal
from leadwell.base.settings import Settings


class TelemetryMissing(Refusal):
    """Traces are wanted, and this installation cannot send any ({reason})."""

    fix = "Install it: pip install 'leadwell[telemetry]', or unset LEADWELL_OTLP_URL and OTEL_EXPORTER_OTLP_ENDPOINT."


def open_tracer(settings: Settings, service: str) -> Any:
    """A tracer that sends in the background, in batches; what cannot be sent is dropped."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        from leadwell.outside.telemetry.spans import OpenTelemetry
    except ImportError as error:
        raise TelemetryMissing(reason=error.name or str(error)) from error
    endpoint = f"{settings.otlp_url.rstrip('/')}/v1/traces" if settings.otlp_url else None
    return OpenTelemetry(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)), service, settings.environment)


def collector(settings: Settings) -> tuple[str, int]:
    """Where it listens."""
    from urllib.parse import urlsplit

    place = settings.otlp_url or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    parts = urlsplit(place)
    return parts.hostname or "localhost", parts.port or (443 if parts.scheme == "https" else 80)


def instance() -> str:
    """Tells processes apart."""
    import socket

    return f"{socket.gethostname()}:{os.getpid()}"
