# One image for web, worker and beat: docker-compose.yml. Not needed by ./start.
FROM python:3.13-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app

COPY requirements/runtime.txt requirements/
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/runtime.txt

COPY ops/__init__.py ops/fonts.py ops/
RUN .venv/bin/python -m ops.fonts var/fonts

COPY . .
RUN .venv/bin/python -m ops.container build

# Only what is written while it runs is the program's own.
RUN useradd --uid 10001 program \
    && mkdir -p /keys var/files var/beat \
    && chown program /keys var/files var/beat var/fonts/cache
USER program

ENTRYPOINT [".venv/bin/python", "-m", "ops.container"]
CMD ["web"]
