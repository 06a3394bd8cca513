"""Doors that belong to no business: health, reports of the browser."""

from __future__ import annotations

import logging

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from apps.core.addresses import client_address
from apps.core.bus import get_bus
from apps.core.limits import allow

logger = logging.getLogger(__name__)
REPORT_BYTES = 10_000


@require_GET
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; asks nobody else."""
    return HttpResponse("ok", content_type="text/plain")


@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve: database, schema, Redis. Details go to the log, not to the asker."""
    checks = {"database": _database_ready, "redis": get_bus().is_ready}
    failed = [name for name, check in checks.items() if not check()]
    if failed:
        logger.warning("not ready: %s", ", ".join(failed))
    return JsonResponse({"ready": not failed}, status=503 if failed else 200)


def _database_ready() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return False


# Browsers send reports without a token of ours; the body is only logged, short and rarely.
@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log what a browser refused to load, at most ten a minute from one address."""
    if allow(f"csp:{client_address(request)}", 10, 60):
        logger.warning(
            "content security policy: %s", ascii(request.body[:REPORT_BYTES].decode("utf-8", "replace"))
        )
    return HttpResponse(status=204)
