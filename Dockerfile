# One recipe for every image: SERVICE is intake, placement, payroll, counseling, or ops.
#
# The layer of packages rests on the lock alone, and services with the same lock share it. Plain
# instructions only: nothing here needs BuildKit, and nothing but the base image is pulled.
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS lock
ARG SERVICE
COPY requirements/${SERVICE}.txt /lock.txt

FROM ${PYTHON} AS packages
# As in the Makefile; tests/compose compares them.
ARG UV_VERSION=0.13.9
RUN python -m venv /uv && /uv/bin/pip install --no-cache-dir --disable-pip-version-check -q uv==${UV_VERSION}
RUN python -m venv --without-pip /venv
COPY --from=lock /lock.txt /lock.txt
RUN /uv/bin/uv pip install -q --no-cache --compile-bytecode --python /venv/bin/python \
      --require-hashes -r /lock.txt

# A service's image holds no other service. Byte code is checked by nothing, so that it is the same
# in every build of the same text.
FROM ${PYTHON} AS code
ARG SERVICE
WORKDIR /app
COPY image/serve image/serve
COPY shared shared
COPY services services
COPY ops ops
RUN if [ "${SERVICE}" = ops ]; then \
      mkdir -p /data/backup /data/bank /data/clock /data/issuer && rm -r services; \
    else \
      mkdir /data && rm -r ops && test -d "services/${SERVICE}" && \
      find services -mindepth 1 -maxdepth 1 -type d ! -name "${SERVICE}" -exec rm -r {} +; \
    fi && \
    python -m compileall -q --invalidation-mode unchecked-hash .

FROM ${PYTHON}
RUN useradd --system --uid 10001 --no-create-home womanup && install -d -o womanup /run/womanup
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY --from=packages /venv /venv
WORKDIR /app
COPY --from=code --chown=womanup /data /data
COPY --from=code /app /app
ARG SERVICE
ENV SERVICE=${SERVICE}
USER womanup
EXPOSE 8000
# Slim images have no curl. Python's own client raises at anything but 2xx.
HEALTHCHECK --interval=5s --timeout=10s --start-period=120s --retries=6 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=8)"]
ENTRYPOINT ["/app/image/serve"]
