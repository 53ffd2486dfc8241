# The HTTP service. Models are not in the image: mount a folder of exported models at /models.
#
#   docker build --tag sulfide-surrogate .
#   docker run --read-only --tmpfs /tmp --publish 3000:3000 --volume "$PWD/models:/models:ro" \
#     --volume "$PWD/keys.json:/keys.json:ro" --env SURROGATE_KEYS=/keys.json sulfide-surrogate
#
# A service that other machines can reach asks for a key: 'python -m serving.keys --file keys.json create ...' makes one.
#
# PyTorch is not in it: models are trained elsewhere, and answering needs arrays alone (docs/decisions/0017).

ARG BASE=docker.io/library/python:3.11-slim

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python3 -m venv /opt/venv
# A layer each, from what changes least to what changes most: a change of code installs no package again.
COPY requirements/serve.lock requirements/
RUN /opt/venv/bin/pip install --no-deps --require-hashes -r requirements/serve.lock
WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY surrogate surrogate
COPY serving serving
COPY data data
# Editable, so that the library finds data/ beside itself, as in a clone. What only builds and installs goes at the end;
# two directories that a wheel leaves behind by mistake go with it.
RUN /opt/venv/bin/pip install --no-deps --editable . \
    && /opt/venv/bin/pip check \
    && /opt/venv/bin/pip uninstall --yes pip \
    && rm -rf /opt/venv/lib/python3*/site-packages/build /opt/venv/lib/python3*/site-packages/notebooks_community

FROM ${BASE} AS runtime
# The base has its own pip, which nothing here needs.
RUN groupadd --gid 10001 service \
    && useradd --uid 10001 --gid service --no-create-home --shell /usr/sbin/nologin service \
    && rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/site-packages/* /usr/local/lib/python3*/ensurepip \
        /usr/lib/python3*/ensurepip /usr/share/python-wheels
# Owned by root and not writable for the service: what serves requests cannot change itself.
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# The one writable place is /tmp, so the root file system can be mounted read-only.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp BENTOML_HOME=/tmp/bentoml \
    BENTOML_DO_NOT_TRACK=True PYBAMM_DISABLE_TELEMETRY=true MLFLOW_DISABLE_TELEMETRY=true \
    SURROGATE_MODELS=/models
WORKDIR /app
VOLUME /models
USER 10001:10001
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["/opt/venv/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:3000/livez', timeout=4)"]
CMD ["bentoml", "serve", "serving.service:SurrogateService", "--host", "0.0.0.0", "--port", "3000"]
