# shellcheck shell=bash
# This file is sourced by the other scripts. It says where native parts live and reads the lock files; it changes
# nothing. The folder layout is the one that internal/home reads.
#
#   $LORADEX_DIR/native/onnxruntime-<version>-<device>-<digest>/libonnxruntime.so
#   $LORADEX_DIR/native/tokenizers-<version>-<digest>/libtokenizers.a
#   $LORADEX_DIR/models/<name>/
#   $LORADEX_DIR/tools/<name>-<version>/

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TOKENIZERS_MODULE=github.com/daulet/tokenizers
TOKENIZERS_SYMBOL=tokenizers_version_1_26_0 # the Go binding refers to it, so another version cannot link
MODEL_NAME=all-MiniLM-L6-v2 # the default; others are in jars.lock
MAVEN_PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy

# Installers leave these folders out of the PATH of a non-login shell, which is what CI runs.
for extra in /usr/local/go/bin "${CARGO_HOME:-${HOME:-/nonexistent}/.cargo}/bin"; do
  case ":$PATH:" in *":$extra:"*) ;; *) [ ! -d "$extra" ] || PATH="$PATH:$extra" ;; esac
done
export PATH

# die WHAT FIX: one line on stderr that says what failed and what to do about it.
die() {
  printf 'setup: %s\n  fix: %s\n' "$1" "$2" >&2
  exit 1
}

# need PROGRAM WHY FIX: stops when a program is missing.
need() { command -v "$1" >/dev/null || die "$1 is not on the PATH ($2)" "$3"; }

need_go() {
  need go "it builds and tests loradex" "install Go $(awk '$1 == "go" {print $2}' "$ROOT/go.mod") or newer and put its bin folder on the PATH"
}

say() { printf 'setup: %s\n' "$*" >&2; }

sha256() { # of stdin
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1
}

user_cache() {
  case "$(uname -s)" in
    Darwin) printf '%s/Library/Caches\n' "${HOME:?}" ;;
    *) printf '%s\n' "${XDG_CACHE_HOME:-${HOME:?}/.cache}" ;;
  esac
}

if [ -z "${LORADEX_HOME:-}" ] && [ -z "${XDG_CACHE_HOME:-}" ] && [ -z "${HOME:-}" ]; then
  die "no place for native parts: neither LORADEX_HOME nor HOME is set" "set LORADEX_HOME to a folder"
fi
LORADEX_DIR=${LORADEX_HOME:-$(user_cache)/loradex}
case "$LORADEX_DIR" in /*) ;; *) die "LORADEX_HOME is not absolute: $LORADEX_DIR" "set it to an absolute folder" ;; esac

case "$(uname -s)" in Linux) OS=linux ;; Darwin) OS=darwin ;; *) OS=$(uname -s) ;; esac
case "$(uname -m)" in x86_64 | amd64) ARCH=amd64 ;; aarch64 | arm64) ARCH=arm64 ;; *) ARCH=$(uname -m) ;; esac
PLATFORM=$OS/$ARCH
[ "$OS" = darwin ] && SHLIB=dylib || SHLIB=so

# wheel PART: sets W_PACKAGE, W_VERSION, W_PYTHON, W_TAG, W_SHA from wheels.lock.
wheel() {
  local part platform
  while read -r part platform W_PACKAGE W_VERSION W_PYTHON W_TAG W_SHA; do
    [ "$part" = "$1" ] || continue
    if [ "$platform" = any ] || [ "$platform" = "$PLATFORM" ]; then return 0; fi
  done <"$ROOT/native/wheels.lock"
  die "native/wheels.lock has no $1 wheel for $PLATFORM" \
    "build without the encoder (go build ./cmd/loradex), or add the platform's wheel to the lock"
}

# jar NAME: sets J_GROUP, J_ARTIFACT, J_VERSION, J_SHA, J_POOLING, J_QUERY, J_DOCUMENT from jars.lock.
jar() {
  local name prompts
  while read -r name J_GROUP J_ARTIFACT J_VERSION J_SHA J_POOLING prompts; do
    [ "$name" = "$1" ] || continue
    IFS='"' read -r _ J_QUERY _ J_DOCUMENT _ <<<"$prompts"
    return 0
  done < <(grep -v '^#' "$ROOT/native/jars.lock")
  die "MODEL is '$1', which native/jars.lock does not name" \
    "use MODEL=$MODEL_NAME$(awk '!/^#/ && NF { printf " or MODEL=%s", $1 }' "$ROOT/native/jars.lock"); \`loradex model pull\` takes others"
}

# onnxruntime_dir DEVICE: the folder of that device's library, whether or not it is filled.
onnxruntime_dir() {
  wheel "onnxruntime-$1"
  printf '%s/native/onnxruntime-%s-%s-%s\n' "$LORADEX_DIR" "$W_VERSION" "$1" "${W_SHA:0:12}"
}

tokenizers_version() { awk -v m="$TOKENIZERS_MODULE" '$1 == m { sub(/^v/, "", $2); print $2; exit }' "$ROOT/go.mod"; }

# tokenizers_built_dir: the folder of the library that set-up builds, named by everything that decides its bytes.
tokenizers_built_dir() {
  local version
  version=$(tokenizers_version)
  printf '%s/native/tokenizers-%s-%s\n' "$LORADEX_DIR" "$version" \
    "$({ cat "$ROOT/native/tokenizers.Cargo.lock"; echo "$version $PLATFORM"; } | sha256 | cut -c1-12)"
}

# has_tokenizers FILE: does this static library fit the Go binding?
has_tokenizers() {
  [ -f "$1" ] || return 1
  # No pipe into `grep -q`: it would close early, and nm's broken pipe would count as a failure.
  [ "$(nm -g "$1" 2>/dev/null | grep -c " T _\{0,1\}$TOKENIZERS_SYMBOL\$")" -gt 0 ]
}

# tokenizers_dir: the folder to link against: the caller's own, the built one, then the system's. Fails if there is none.
tokenizers_dir() {
  local file built
  if [ -n "${TOKENIZERS_LIB:-}" ]; then
    file=$TOKENIZERS_LIB
    [ ! -d "$file" ] || file=$file/libtokenizers.a
    [ "$(basename "$file")" = libtokenizers.a ] ||
      die "TOKENIZERS_LIB is $TOKENIZERS_LIB" "point it at a file named libtokenizers.a, or at its folder"
    has_tokenizers "$file" ||
      die "TOKENIZERS_LIB: $file is missing or lacks the symbol $TOKENIZERS_SYMBOL" \
        "use the build of $TOKENIZERS_MODULE v$(tokenizers_version), or unset TOKENIZERS_LIB to build it"
    (cd "$(dirname "$file")" && pwd)
    return
  fi
  built=$(tokenizers_built_dir)
  # Our own folder appears by a rename once it is complete and checked, so that it exists is enough.
  if [ -f "$built/libtokenizers.a" ]; then
    printf '%s\n' "$built"
    return
  fi
  for file in /usr/local/lib/libtokenizers.a /usr/lib/libtokenizers.a; do
    if has_tokenizers "$file"; then
      dirname "$file"
      return
    fi
  done
  return 1
}
