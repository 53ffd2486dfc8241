#!/usr/bin/env bash
# Build the container image of the service: scripts/image.sh [OPTION...], options as 'docker build' takes them.
#
#   TAG=name:tag          what to call it (sulfide-surrogate)
#   ENGINE=docker         docker, podman or buildah; the first that works here
#   BASE_FROM_DEBIAN=1    where no image registry can be reached: make the base from Debian packages (buildah and
#                         debootstrap, as root). It stands in for python:3.11-slim, to try the build, not to publish.
set -euo pipefail
cd "$(dirname "$0")/.."

tag=${TAG:-sulfide-surrogate}
base=docker.io/library/python:3.11-slim

first_that_works() {
  local engine
  for engine in docker podman buildah; do
    if "$engine" info >/dev/null 2>&1; then
      echo "$engine"
      return
    fi
  done
  echo "None of docker, podman and buildah works here." >&2
  return 1
}

# Debian 12 has Python 3.11; what the real base has beyond it is not needed by the Dockerfile.
make_base() {
  local root container
  root=$(mktemp -d)
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$root" >&2
  rm -rf "$root"/var/cache/apt "$root"/var/lib/apt/lists
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$root" / >&2
  buildah commit --quiet --rm "$container" "$base" >&2
  rm -rf "$root"
}

engine=${ENGINE:-$(first_that_works)}
case $engine in
  docker | podman)
    "$engine" build --tag "$tag" "$@" .
    ;;
  buildah)
    pull=()
    if [[ ${BASE_FROM_DEBIAN:-} ]]; then
      buildah inspect --type image "$base" >/dev/null 2>&1 || make_base
      pull=(--pull-never)
    fi
    buildah bud --isolation=chroot --format docker "${pull[@]}" --tag "$tag" "$@" .
    ;;
  *)
    echo "ENGINE is one of docker, podman and buildah, not '$engine'." >&2
    exit 2
    ;;
esac
