# The worker and every other `segue` command, without torch: the encoders of models/ travel with the package.
#
#   docker build -t segue .                                                     what worker and dashboard need
#   docker build -t segue-demo --build-arg EXTRAS="--extra cpu --extra demo" .  and the demo data

ARG PYTHON_IMAGE=python:3.12.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# The image has no C compiler. Zig's, which the build would fetch each time, stays in this layer.
RUN pip install --no-cache-dir ziglang==0.17.1 uv==0.13.9
WORKDIR /src
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/segue
ARG EXTRAS="--extra cpu --extra serve"
# The dependencies first: this layer is built again only when they change.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev ${EXTRAS} --no-install-project
COPY hatch_build.py ./
COPY models/default models/default
COPY models/demo models/demo
COPY stream stream
COPY export export
COPY apps apps
RUN python -m stream.core.kernel.build && uv sync --frozen --no-dev ${EXTRAS} --no-editable

FROM ${PYTHON_IMAGE}
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin segue
RUN install --directory --owner=10001 /var/lib/segue
COPY --from=build /opt/segue /opt/segue
WORKDIR /app
ENV PATH=/opt/segue/bin:${PATH} PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 9464 8765
ENTRYPOINT ["segue"]
