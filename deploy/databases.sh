#!/usr/bin/env bash
# Run by the image of PostgreSQL when its volume is new: an account of its own for each purpose, owner of one database.
set -euo pipefail

for purpose in campaigns mlflow studies; do
  psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set=purpose="$purpose" --set=password="$(cat "${SECRETS:-/run/secrets}/$purpose")" <<'SQL'
CREATE ROLE :"purpose" LOGIN PASSWORD :'password';
CREATE DATABASE :"purpose" OWNER :"purpose";
REVOKE CONNECT ON DATABASE :"purpose" FROM PUBLIC;
SQL
done
