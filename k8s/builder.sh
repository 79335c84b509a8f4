# Sets BUILDER to docker, podman or buildah, whichever works: for the scripts beside this one.
# shellcheck shell=bash
if docker info >/dev/null 2>&1; then BUILDER=docker
elif command -v podman >/dev/null; then BUILDER=podman
elif command -v buildah >/dev/null; then export BUILDER=buildah BUILDAH_LAYERS=true
else echo "Images need docker, podman or buildah." >&2; exit 1; fi
