#!/usr/bin/env bash
# Creates a kind cluster with Valence: builds and loads the images, applies overlays/kind, posts one comment.
# Needs docker, git, kind and kubectl. Run it again to deploy what has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
# The commit of v0.8.0. A commit's hash covers its files, so Git accepts no others.
METRICS_SERVER=d66279c6426c6581d9656fe3d42bc52db7c29597
PARTS="gateway bento"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

kubectl() { command kubectl --context kind-valence "$@"; }

# kind itself calls docker when it loads an image, whichever provider runs its nodes.
docker info >/dev/null 2>&1 || { echo "make kind needs a running docker." >&2; exit 1; }
kind get clusters 2>/dev/null | grep -qx valence || kind create cluster --config k8s/overlays/kind/cluster.yaml --wait 120s
# Docker's default attestation of a build has the time in it: with the containerd image store, which Docker 29 has, it
# would change the image's id, and kind cannot load it. https://github.com/moby/moby/issues/48391
BUILDX_NO_DEFAULT_ATTESTATIONS=1 SBOM=no k8s/images.sh

# A tag made of the image's id, so that changed code is another image to Kubernetes, and unchanged code the same.
command kubectl kustomize k8s/overlays/kind >"$WORK/manifests.yaml"
for part in $PARTS; do
  id=$(docker image inspect --format '{{.Id}}' "valence-$part:dev")
  image=valence-$part:$(echo "${id#sha256:}" | cut -c 1-12)
  docker tag "valence-$part:dev" "$image"
  kind load docker-image --name valence "$image"
  docker image rm "$image" >/dev/null # the name only; dev keeps the image
  sed "s|image: valence-$part:dev\$|image: $image|" "$WORK/manifests.yaml" >"$WORK/tagged.yaml"
  mv "$WORK/tagged.yaml" "$WORK/manifests.yaml"
done

# The autoscalers read CPU usage from it. kind's kubelets have self-signed certificates.
if [ "$(kubectl -n kube-system get deployment metrics-server --ignore-not-found --output 'jsonpath={.metadata.labels.commit}')" \
  != $METRICS_SERVER ]; then
  SOURCE=$WORK/metrics-server
  git init --quiet "$SOURCE"
  git -C "$SOURCE" fetch --quiet --depth 1 https://github.com/kubernetes-sigs/metrics-server "$METRICS_SERVER"
  git -C "$SOURCE" checkout --quiet "$METRICS_SERVER"
  cat >"$SOURCE/kustomization.yaml" <<END
resources: [manifests/overlays/release]
labels:
  - pairs: {commit: $METRICS_SERVER}
patches:
  - target: {kind: Deployment, name: metrics-server}
    patch: '[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--kubelet-insecure-tls"}]'
END
  kubectl apply -k "$SOURCE"
fi
kubectl apply -f "$WORK/manifests.yaml"
for what in deployment/gateway deployment/bento; do
  kubectl -n valence rollout status "$what" --timeout 300s
done
kubectl -n traefik rollout status deployment/traefik --timeout 300s
curl --fail --silent --show-error --retry 30 --retry-delay 1 --retry-all-errors --json '{"comment": "It runs on kind!"}' \
  http://127.0.0.1:8080/comments
printf '\nValence is at http://127.0.0.1:8080/\n'
