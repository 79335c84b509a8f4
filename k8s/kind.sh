#!/usr/bin/env bash
# Creates a kind cluster with Valence: builds and loads the images, applies overlays/kind, posts one comment.
# Needs docker (or podman), git, kind and kubectl. Run it again to deploy what has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
# The commit of v0.8.0. A commit's hash covers its files, so Git accepts no others.
METRICS_SERVER=d66279c6426c6581d9656fe3d42bc52db7c29597
CONTEXT=(--context kind-valence)

kind get clusters 2>/dev/null | grep -qx valence || kind create cluster --config k8s/overlays/kind/cluster.yaml --wait 120s
k8s/images.sh
kind load docker-image --name valence valence-gateway:dev valence-bento:dev
# The autoscalers read CPU usage from it. kind's kubelets have self-signed certificates.
SOURCE=$(mktemp -d)
trap 'rm -rf "$SOURCE"' EXIT
git -C "$SOURCE" init --quiet
git -C "$SOURCE" fetch --quiet --depth 1 https://github.com/kubernetes-sigs/metrics-server "$METRICS_SERVER"
git -C "$SOURCE" checkout --quiet "$METRICS_SERVER"
cat >"$SOURCE/kustomization.yaml" <<'END'
resources: [manifests/overlays/release]
patches:
  - target: {kind: Deployment, name: metrics-server}
    patch: '[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--kubelet-insecure-tls"}]'
END
kubectl "${CONTEXT[@]}" apply -k "$SOURCE"
kubectl "${CONTEXT[@]}" -n valence delete job table --ignore-not-found 2>/dev/null
kubectl "${CONTEXT[@]}" apply -k k8s/overlays/kind
for what in deployment/gateway deployment/bento statefulset/dynamodb; do
  kubectl "${CONTEXT[@]}" -n valence rollout status "$what" --timeout 300s
done
kubectl "${CONTEXT[@]}" -n traefik rollout status deployment/traefik --timeout 300s
curl --fail --silent --show-error --retry 30 --retry-delay 1 --retry-all-errors --json '{"comment": "It runs on kind!"}' \
  http://127.0.0.1:8080/comments
printf '\nValence is at http://127.0.0.1:8080/\n'
