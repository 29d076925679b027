#!/usr/bin/env bash
# What the first answer costs where nothing is indexed, and what linked work trees cost: 1,000 made-up Go files of 12 functions, and 50
# linked work trees of them, each with CHANGED files of its own.
#
#   scripts/bench-trees.sh                       words alone
#   MODEL=all-MiniLM-L6-v2 scripts/bench-trees.sh        the index has vectors before the work trees come (minutes)
#   AGAINST=old/loradex scripts/bench-trees.sh   each measurement in turns with another build
set -euo pipefail
cd "$(dirname "$0")/.."
loradex="$(realpath "${LORADEX:-bin/loradex}")"
builds=("$loradex")
[ -z "${AGAINST:-}" ] || builds+=("$(realpath "$AGAINST")")
files="${FILES:-1000}" trees="${TREES:-50}" rounds="${ROUNDS:-5}" changed="${CHANGED:-0}"
export LORADEX_MODEL="${MODEL:-none}"
dir="$(mktemp -d "${TMPDIR:-/tmp}/loradex-trees.XXXXXX")"
trap 'rm -rf "$dir"' EXIT

# makefiles FOLDER FROM TO: each function has a name, a comment and a body of its own.
makefiles() {
  mkdir -p "$1"
  awk -v dir="$1" -v from="$2" -v to="$3" 'BEGIN {
    split("read write parse open close merge split count sort find send store load check build clean lock wait index rank", verb, " ")
    split("file header token buffer record index cache queue page block chunk vector adapter label socket folder tree lock user order", noun, " ")
    for (i = from; i <= to; i++) {
      p = sprintf("%s/p%02d", dir, i % 20); f = sprintf("%s/file%04d.go", p, i)
      if (!(p in made)) { system("mkdir -p " p); made[p] = 1 }
      printf "package p%02d\n\nimport \"errors\"\n", i % 20 > f
      for (j = 0; j < 12; j++) {
        n = i * 12 + j; v = verb[n % 20 + 1]; w = noun[int(n / 20) % 20 + 1]
        printf "\n// %s%s%d tells how to %s the %s number %d, and says what is wrong with it.\nfunc %s%s%d(in []byte, limit int) (out int, err error) {\n", v, w, n, v, w, n, v, w, n > f
        printf "\tif len(in) > limit {\n\t\treturn 0, errors.New(\"the %s is longer than %d\")\n\t}\n\tfor i, b := range in {\n\t\tout += int(b) * (i + %d)\n\t}\n\treturn out %% %d, nil\n}\n", w, n, n, n + 7 > f
      }
      close(f)
    }
  }'
}

# took LABEL COMMAND...: adds a line "label wall cpu" to the times.
TIMEFORMAT='%R %U %S'
took() {
  local label="$1" said
  shift
  said="$({ time "$@" >"$dir/out" 2>"$dir/err" || { cat "$dir/err" >&2; exit 1; }; } 2>&1)" || { echo "$said" >&2; exit 1; }
  echo "$label $said" >>"$dir/times"
}

# shown LABEL: the median and the slowest of what was taken.
shown() {
  awk -v l="$1" '$1 == l {print $2, $3 + $4}' "$dir/times" | sort -n | awk -v l="$1" '
    {wall[NR] = $1; cpu[NR] = $2}
    END {m = int((NR + 1) / 2); n = asort_(cpu, NR); printf "%-28s wall median %.2f s, slowest %.2f s; CPU median %.2f s  (n = %d)\n", l, wall[m], wall[NR], cpu[m], NR}
    function asort_(a, n,   i, j, x) {for (i = 2; i <= n; i++) {x = a[i]; for (j = i - 1; j > 0 && a[j] > x; j--) a[j + 1] = a[j]; a[j + 1] = x} return n}'
}

makefiles "$dir/main" 1 "$files"
git -C "$dir/main" init -q .
git -C "$dir/main" add -A
git -C "$dir/main" -c user.name=bench -c user.email=bench@localhost commit -qm files
sleep 0.2 # files that are younger are read twice

for _ in $(seq "$rounds"); do
  for b in "${!builds[@]}"; do
    for what in first-search cold-index; do
      rm -rf "$dir/main/.loradex"
      case $what in
      first-search) LORADEX_MODEL=none took "$what-$b" "${builds[$b]}" search "how to merge the queue" --repo "$dir/main" ;;
      cold-index) LORADEX_MODEL=none took "$what-$b" "${builds[$b]}" index "$dir/main" ;;
      esac
    done
  done
done
rm -rf "$dir/main/.loradex"

for b in "${!builds[@]}"; do
  echo "build $b: ${builds[$b]}"
  shown "first-search-$b"
  shown "cold-index-$b"
  "${builds[$b]}" index "$dir/main" >"$dir/out" 2>&1 || { cat "$dir/out" >&2; exit 1; }
  before=$(du -s -B1 "$dir/main/.loradex" | cut -f1)
  for i in $(seq "$trees"); do
    git -C "$dir/main" worktree add -q --detach "$dir/tree$i"
    [ "$changed" = 0 ] || makefiles "$dir/tree$i" $((100000 + i * changed)) $((100000 + i * changed + changed - 1))
    sleep 0.1
    took "tree-$b" "${builds[$b]}" index "$dir/tree$i"
  done
  after=$(du -s -B1 "$dir/main/.loradex" | cut -f1)
  shown "tree-$b"
  for i in $(seq "$trees"); do took "again-$b" "${builds[$b]}" index "$dir/tree$i"; done
  shown "again-$b"
  for i in $(seq "$trees"); do LORADEX_MODEL=none took "search-$b" "${builds[$b]}" search "how to merge the queue" --repo "$dir/tree$i"; done
  shown "search-$b"
  awk -v a="$before" -v b="$after" -v n="$trees" 'BEGIN {printf "disk: %.2f MB, with %d linked work trees %.2f MB: %+.2f %%, %.1f KB each\n", a / 1e6, n, b / 1e6, (b - a) * 100 / a, (b - a) / n / 1e3}'
  (cd "$dir/main/.loradex" && du -a -B1 --max-depth=1 . | sort -rn | head -n 8 | sed 's/^/  /')
  for i in $(seq "$trees"); do git -C "$dir/main" worktree remove --force "$dir/tree$i"; done
  rm -rf "$dir/main/.loradex"
done
