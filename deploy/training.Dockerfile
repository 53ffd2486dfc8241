# What trains: the tracking server, the scheduler and the workers of compose.yaml. Scheduler, workers and the machine
# that uses them must have the same versions, so everything comes from the same lock.

ARG BASE=docker.io/library/python:3.11-slim

FROM ${BASE} AS build
ARG TORCH_OPTIONS=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python3 -m venv /opt/venv
COPY requirements/torch.txt requirements/train.lock requirements/
# hadolint ignore=SC2086
RUN /opt/venv/bin/pip install ${TORCH_OPTIONS} -r requirements/torch.txt \
    && /opt/venv/bin/pip install --no-deps --require-hashes -r requirements/train.lock
COPY pyproject.toml README.md LICENSE ./
COPY surrogate surrogate
COPY training training
COPY data data
RUN /opt/venv/bin/pip install --no-deps --editable . \
    && /opt/venv/bin/pip check

FROM ${BASE} AS runtime
RUN groupadd --gid 10001 training && useradd --uid 10001 --gid training --no-create-home --shell /usr/sbin/nologin training \
    && install --directory --owner training --group training /artifacts
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH HOME=/tmp \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 \
    PYBAMM_DISABLE_TELEMETRY=true MLFLOW_DISABLE_TELEMETRY=true
WORKDIR /tmp
VOLUME /artifacts
USER 10001:10001
CMD ["dask", "scheduler", "--host", "0.0.0.0", "--no-dashboard"]
