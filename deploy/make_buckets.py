"""Makes the buckets of an S3 store that the settings name and that are not there yet. For a store of one's own.

An account that may not make buckets, such as in a cloud, finds those that were made beforehand.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from itss.settings import settings


def main() -> None:
    """One line for each bucket."""
    place = settings()
    urls = [place.workspace_url, place.archive_url, place.inbox_url]
    wanted = {
        (parts.username or "aws_default", parts.hostname) for url in urls if (parts := urlsplit(url)).scheme == "s3"
    }
    logs = urlsplit(conf.get("logging", "remote_base_log_folder", fallback="") or "")
    if logs.scheme == "s3":
        wanted.add((conf.get("logging", "remote_log_conn_id"), logs.hostname))
    for connection, bucket in sorted(wanted, key=str):
        store = S3Hook(connection)
        there = store.check_for_bucket(bucket)
        if not there:
            store.create_bucket(bucket)
        print(f"bucket: {bucket} {'is there' if there else 'was made'}")


if __name__ == "__main__":
    main()
