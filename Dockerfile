# The official image plus what is pinned. Build: docker build -t itss-reporting .
FROM apache/airflow:3.3.2-python3.12
# what WeasyPrint prints PDFs with, and a font that has Chinese
USER root
RUN apt-get update && apt-get install --yes --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk && rm -rf /var/lib/apt/lists/*
USER airflow
COPY requirements.txt /
RUN pip install --no-cache-dir -r /requirements.txt && mkdir -p /opt/airflow/var
COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 include /opt/airflow/include
# plugins/ is on Airflow's own path; this puts it on that of `python -m itss` too
ENV PYTHONPATH=/opt/airflow/plugins ITSS_HOME=/opt/airflow ITSS_VAR=/opt/airflow/var AIRFLOW__CORE__LOAD_EXAMPLES=False
