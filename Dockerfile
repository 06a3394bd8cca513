# One image for every process of the cluster: web by default, workers and beat by another command.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements/production.txt requirements/
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/production.txt
COPY . .
# The names and contents of static files are fixed here; the keys are for this one command and stay nowhere.
RUN DJANGO_SETTINGS_MODULE=config.settings.production \
    SECRET_KEY=collecting-static-files-needs-none \
    /opt/venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    OTKLIK_VAR=/var/lib/otklik
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin otklik \
    && install --directory --owner otklik --group otklik --mode 0750 /var/lib/otklik
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
# The code belongs to root: a process that is broken into cannot change it.
USER otklik
EXPOSE 8000
VOLUME /var/lib/otklik
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["python", "deploy/healthcheck.py"]
STOPSIGNAL SIGTERM
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false", \
     "--no-proxy-headers", "--no-server-header", "--no-access-log", "--timeout-graceful-shutdown", "20"]
