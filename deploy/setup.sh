#!/usr/bin/env bash
# What has to be there before anything else of a deployment starts. May run as often as one likes; deletes nothing.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")

python "$here/make_buckets.py"
airflow db migrate
python -m itss setup

# as whom report_watch asks Airflow: it reads, and nothing else (docs/security.md, the service user)
if [[ -n ${ITSS_AIRFLOW_PASSWORD_FILE:-} ]]; then
    airflow roles create itss-watch
    airflow roles add-perms itss-watch --action can_read --resource \
        DAGs "DAG Runs" "Task Instances" "DAG Versions" XComs ImportError Jobs Pools
    # asked for twice; an argument would be seen by every process of the machine, and a terminal, which setsid leaves, is
    # asked before the input
    password=$(cat "$ITSS_AIRFLOW_PASSWORD_FILE")
    users() { printf '%s\n%s\n' "$password" "$password" | setsid --wait airflow users "$@" --username "$ITSS_AIRFLOW_USER"; }
    users create --role itss-watch --email itss-watch@localhost --firstname itss --lastname watch
    # of a user who is there already, for the file may have another one by now
    users reset-password
fi
