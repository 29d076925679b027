# Sourced by scripts/results-*.sh: one evaluation, kept in a folder. $loradex is the program.

export LORADEX_WAITING="${LORADEX_WAITING:-sleep}" # hours of work on a machine that others use, too

# evaluated DIR ARGS...: `eval run ARGS` into DIR, unless that is there. A folder that is there is whole.
evaluated() {
  local dir="$1"
  shift
  [ ! -d "$dir" ] || return 0
  echo "$(date +%H:%M:%S) $dir" >&2
  rm -rf "$dir.part"
  mkdir -p "$(dirname "$dir")"
  "$loradex" eval run "$@" --out "$dir.part" --quiet >/dev/null
  mv "$dir.part" "$dir"
}
