#!/usr/bin/env bash
# What compose.yaml needs before it starts: folders, a password for each account, and the images by their digests.
#
#   deploy/prepare.sh          # again to move to what the tags mean by then; passwords stay
#
# The digests come from the registry and are written to .env; what is not pinned does not start.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p keys models
mkdir -p -m 700 secrets # the files are read in containers by other users, and on this machine by nobody else
for account in store campaigns mlflow studies; do
  if [[ ! -s secrets/$account ]]; then
    openssl rand -hex 24 >"secrets/$account"
    chmod 644 "secrets/$account"
  fi
done

pinned=$(mktemp)
trap 'rm -f "$pinned"' EXIT
for image in PYTHON=python:3.11-slim NGINX=nginx:1.28 POSTGRES=postgres:17; do
  digest=$(docker buildx imagetools inspect "docker.io/library/${image#*=}" --format '{{.Manifest.Digest}}')
  [[ $digest == sha256:* ]] || { echo "There is no digest of ${image#*=}." >&2; exit 1; }
  echo "${image%%=*}_DIGEST=$digest" >>"$pinned"
done
touch .env
grep -vE '^(PYTHON|NGINX|POSTGRES)_DIGEST=' .env >>"$pinned" || true
cat "$pinned" >.env
