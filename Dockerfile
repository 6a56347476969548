# The official image, what requirements-production.txt pins, and this project as a package. Build: docker build -t itss-reporting .
ARG AIRFLOW=apache/airflow:3.3.2-python3.12

FROM ${AIRFLOW} AS wheel
# of the image's own user, who builds in it
RUN mkdir /tmp/src
COPY --chown=airflow:0 pyproject.toml setup.py requirements.in README.md /tmp/src/
COPY --chown=airflow:0 plugins /tmp/src/plugins
COPY --chown=airflow:0 dags /tmp/src/dags
COPY --chown=airflow:0 include /tmp/src/include
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /tmp/wheel /tmp/src

FROM ${AIRFLOW}
# what WeasyPrint prints PDFs with, a font that has Chinese, and what git bundles are fetched with
USER root
RUN apt-get update && apt-get install --yes --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk git openssh-client && rm -rf /var/lib/apt/lists/*
# by its number, so that Kubernetes sees that it is not root; group 0 may write whatever the user id is
USER 50000:0
COPY requirements-production.txt /tmp/
RUN pip install --no-cache-dir -r /tmp/requirements-production.txt && mkdir -p -m 775 /opt/airflow/var /opt/airflow/config
COPY --from=wheel /tmp/wheel /tmp/wheel
RUN pip install --no-cache-dir --no-deps /tmp/wheel/*.whl
# the default bundle: the DAG files, and beside them what its owners edit; a deployment mounts its own, or names a git bundle
COPY --chown=50000:0 dags /opt/airflow/dags
COPY --chown=50000:0 include /opt/airflow/include
COPY --chown=50000:0 plugins/airflow_local_settings.py /opt/airflow/config/
COPY --chown=50000:0 deploy/setup.sh deploy/make_buckets.py /opt/airflow/deploy/
# the record is never kept in a container: what the deployment does not set is refused
ENV ITSS_HOME=/opt/airflow ITSS_VAR=/opt/airflow/var ITSS_EMBEDDED=0 AIRFLOW__CORE__LOAD_EXAMPLES=False
