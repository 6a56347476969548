#!/bin/sh
# Makes the folder of secrets that compose.yaml reads: random passwords, the keys of Airflow, the key that signs the record.
# Run it once, as root (with rootless Docker as yourself): sh deploy/make-secrets.sh. A folder that is there is left as it is.
set -eu
folder=${1:-secrets}
command -v openssl > /dev/null || { echo "openssl is missing." >&2; exit 1; } # each pipe below would give an empty secret
umask 077
mkdir "$folder"
cd "$folder"
made=$(pwd -P)
trap 'cd / && rm -rf "$made"' EXIT # half of the secrets are of no use, and would be in the way of the next try

# no end of a line: not everybody who reads a secret leaves it out
plain() { tr -d "\n"; }
random() { openssl rand -hex 24 | plain; }
airflow=$(random) register=$(random) redis=$(random) store=$(random)

random > postgres_password
cat > postgres_init.sql <<SQL
CREATE ROLE airflow LOGIN PASSWORD '$airflow';
CREATE DATABASE airflow OWNER airflow;
REVOKE ALL ON DATABASE airflow FROM PUBLIC;
CREATE ROLE register LOGIN PASSWORD '$register';
CREATE DATABASE register OWNER register;
REVOKE ALL ON DATABASE register FROM PUBLIC;
SQL
printf %s "postgresql+psycopg2://airflow:$airflow@postgres/airflow" > airflow_database_url
printf %s "postgresql+psycopg://register:$register@postgres/register" > register_url
printf %s "$redis" > redis_password
printf %s "redis://:$redis@redis:6379/0" > redis_url
openssl rand -base64 32 | tr "+/" "-_" | plain > fernet_key
random > api_secret_key
random > jwt_secret
random > airflow_password
openssl genpkey -algorithm ed25519 -out signing_key.pem
cat > store.json <<JSON
{"identities": [{"name": "itss", "credentials": [{"accessKey": "itss", "secretKey": "$store"}],
                 "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
JSON
cat > connections.yaml <<YAML
# Connections of Airflow: the store, the mail server, and one for each source of the report list. Edited by you.
store:
  conn_type: aws
  login: itss
  password: $store
  extra: {endpoint_url: "http://store:8333", region_name: us-east-1, config_kwargs: {s3: {addressing_style: path}}}
smtp_default:
  conn_type: smtp
  host: mail.example.com
  port: 587
  login: itss
  password: change-me
  extra: {from_email: itss@example.com, disable_ssl: true}
YAML

# The folder is closed to everybody else. Airflow's containers read by group 0, the others by their own user ids.
chmod 640 ./*
chmod 644 postgres_init.sql redis_password store.json
trap - EXIT
echo "$folder was made. Edit $folder/connections.yaml, and keep a copy of $folder/signing_key.pem elsewhere."
