#!/usr/bin/env bash
# Brings an image that k8s/images.sh has built to where a cluster finds it.
#
#   k8s/load.sh valence-bento:TAG IMAGE
#
# IMAGE is its name in the cluster, and says where that is: with a registry's name it is pushed, and localhost/… is
# imported into this node's containerd (as root). KIND=NAME loads it into that kind cluster instead, and
# LOAD='command' is run in place of all this, with $IMAGE and $BUILDER in its environment.
set -euo pipefail
# shellcheck source=k8s/builder.sh
. "$(dirname "$0")/builder.sh"
export BUILDER BUILT=$1 IMAGE=$2
WORK=$(mktemp -d)
trap 'rm -r "$WORK"' EXIT

[ "$BUILT" = "$IMAGE" ] || $BUILDER tag "$BUILT" "$IMAGE"
if [ -n "${LOAD:-}" ]; then
  bash -c "$LOAD"
elif [ -n "${KIND:-}" ]; then
  kind load docker-image --name "$KIND" "$IMAGE"
else
  case $IMAGE in
  localhost/*)
    if [ "$BUILDER" = buildah ]; then buildah push "$IMAGE" "docker-archive:$WORK/image.tar:$IMAGE"
    else $BUILDER save --output "$WORK/image.tar" "$IMAGE"; fi
    ctr -n k8s.io images import --digests=false "$WORK/image.tar" ;;
  */*) $BUILDER push "$IMAGE" ;;
  *) echo "$IMAGE: LOAD='command' must say how it gets to the cluster, as its name has no registry" >&2; exit 1 ;;
  esac
fi
