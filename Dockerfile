# One image for API, worker and migrations.
FROM python:3.13-slim AS build
WORKDIR /app
COPY pyproject.toml constraints.txt README.md ./
COPY api api
COPY leadwell leadwell
COPY models models
COPY workers workers
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -c constraints.txt -e '.[telemetry]'

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin leadwell
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER leadwell
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
EXPOSE 8000
CMD ["leadwell", "api", "--host", "0.0.0.0"]
