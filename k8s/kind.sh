#!/usr/bin/env bash
# Creates a kind cluster with Valence: builds and loads the images, applies overlays/kind, posts one comment.
# Needs docker (or podman), kind and kubectl. Run it again to deploy what has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
# https://github.com/kubernetes-sigs/metrics-server/releases
METRICS_SERVER=${METRICS_SERVER:-v0.8.0}
CONTEXT=(--context kind-valence)

kind get clusters 2>/dev/null | grep -qx valence || kind create cluster --config k8s/overlays/kind/cluster.yaml --wait 120s
k8s/images.sh
kind load docker-image --name valence valence-gateway:dev valence-bento:dev
# The autoscalers read CPU usage from it. kind's kubelets have self-signed certificates.
kubectl "${CONTEXT[@]}" apply -f "https://github.com/kubernetes-sigs/metrics-server/releases/download/$METRICS_SERVER/components.yaml"
kubectl "${CONTEXT[@]}" -n kube-system get deployment metrics-server -o jsonpath='{.spec.template.spec.containers[0].args}' |
  grep -q kubelet-insecure-tls ||
  kubectl "${CONTEXT[@]}" -n kube-system patch deployment metrics-server --type json \
    -p '[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--kubelet-insecure-tls"}]'
kubectl "${CONTEXT[@]}" -n valence delete job table --ignore-not-found 2>/dev/null
kubectl "${CONTEXT[@]}" apply -k k8s/overlays/kind
for what in deployment/gateway deployment/bento statefulset/dynamodb; do
  kubectl "${CONTEXT[@]}" -n valence rollout status "$what" --timeout 300s
done
kubectl "${CONTEXT[@]}" -n traefik rollout status deployment/traefik --timeout 300s
curl --fail --silent --show-error --retry 30 --retry-delay 1 --retry-all-errors --json '{"comment": "It runs on kind!"}' \
  http://127.0.0.1:8080/comments
printf '\nValence is at http://127.0.0.1:8080/\n'
