#!/bin/sh
# The pages say what is so: each command in a ```sh block runs, and each link leads somewhere.
#
# The blocks of a page are one script, run in a copy of the tree (links into it, results apart) with these stand-ins:
#   build/heaptrial, heaptrial   a run is as short as it can be
#   make                         make -n: the target is there
#   sudo, apt-get                nothing
# A block below the line <!-- test: skip (why) --> is only parsed.
. tests/cli/lib.sh
tree=$(pwd)
pages="README.md CONTRIBUTING.md $(ls docs/*.md)"
copy=$tmp/copy

# The tree as a page's reader has it: what is built stands under build/, whatever the real name.
make_copy() {
    rm -rf "$copy" "$tmp/home"
    mkdir -p "$copy/build" "$tmp/home" "$tmp/bin"
    for file in *; do
        case $file in
        build* | results) ;;
        *) ln -s "$tree/$file" "$copy/$file" ;;
        esac
    done
    mkdir "$copy/results"
    ln -s "$tree"/results/* "$copy/results/"
    rm -f "$copy/results/runs" "$copy/results/misuse"
    ln -s "$build"/* "$copy/build/"
    rm "$copy/build/heaptrial"
    ln -s "$tmp/bin/heaptrial" "$copy/build/heaptrial"
}

stand_in() {
    printf '#!/bin/sh\n%s\n' "$2" >"$tmp/bin/$1"
    chmod +x "$tmp/bin/$1"
}

make_stand_ins() {
    mkdir -p "$tmp/bin"
    # The last of an option counts.
    stand_in heaptrial "[ \"\$1\" = run ] && case \" \$* \" in *' --resume '*) ;; *) set -- \"\$@\" $tiny --rounds 1;; esac
        [ \"\$1\" = misuse ] && case \" \$* \" in *' --resume '*) ;; *) set -- \"\$@\" --repeat 1 -q;; esac
        exec '$heaptrial' \"\$@\""
    stand_in make "exec env -u MAKEFLAGS -u MAKELEVEL '$(command -v make)' -n -C '$tree' B='${HT_BUILD:-build}' \"\$@\" >/dev/null"
    stand_in sudo 'exec "$@"'
    stand_in apt-get 'exit 0'
}

# blocks PAGE: one script of all its sh blocks, which says before each command block where it stands.
blocks() {
    awk -v page="$1" '
        /^ *```/ && open { open = 0; next }
        /^ *```sh *$/ && !open { open = 1; if (!skip) printf "at=%s:%d\n", page, NR + 1; running = !skip; skip = 0; next }
        /^ *```/ && !open { open = 2; running = 0; next }
        open == 1 && running { print; next }
        /^ *<!-- test: skip \(.+\) -->/ { skip = 1; next }
        !open && NF { skip = 0 }' "$1"
}

skipped_blocks() {
    awk '/^ *<!-- test: skip/ { skip = 1; next }
        /^ *```sh *$/ && skip { open = 1; skip = 0; next }
        /^ *```/ { open = 0 }
        open { print }' "$1"
}

run_page() {
    {
        echo "trap 'status=\$?; [ \$status = 0 ] || echo \"\$at: exit \$status\" >&2' EXIT"
        echo 'set -e'
        blocks "$1"
    } >"$tmp/script"
    commands=$(grep -cvE '^(trap|set -e|at=|#|$)' "$tmp/script")
    all=$((all + commands))
    [ "$commands" = 0 ] && return
    make_copy
    (cd "$copy" && HOME=$tmp/home PATH="$tmp/bin:$PATH" sh "$tmp/script" >"$tmp/out" 2>"$tmp/err" </dev/null) ||
        fail "$1: a command of it failed: $(tail -n 5 "$tmp/err")"
    skipped_blocks "$1" >"$tmp/script"
    sh -n "$tmp/script" || fail "$1: a block that is not run can't be parsed"
}

# Relative links, with the anchor of a heading where there is one.
check_links() {
    grep -oE '\]\([^)# ]*(#[^)]*)?\)' "$1" | sed 's/^](//; s/)$//' | while read -r link; do
        case $link in
        *://* | mailto:*) continue ;;
        esac
        file=${link%%#*}
        target=$(dirname "$1")/$file
        [ -n "$file" ] || target=$1
        [ -e "$target" ] || { echo "$1: $link leads nowhere"; continue; }
        case $link in
        *#*)
            sed -n 's/^#\{1,\} *//p' "$target" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g' |
                grep -qxF -- "${link#*#}" || echo "$1: $link: no such heading" ;;
        esac
    done
}

all=0
make_stand_ins
for page in $pages; do
    run_page "$page"
    broken=$(check_links "$page")
    [ -z "$broken" ] || fail "$broken"
done
[ "$all" -ge 20 ] || fail "only $all commands were found"

# What the pages name is there: files in backquotes that look like ours.
for page in $pages; do
    for file in $(grep -oE '`(allocators|base|bench|cli|faults|results|scripts|tests|docs)/[A-Za-z0-9_./-]+`' "$page" | tr -d '`'); do
        case $file in
        *NAME* | results/runs* | results/gates* | results/selftest* | *.csv) continue ;;
        esac
        [ -e "$file" ] || fail "$page names $file, which is not there"
    done
done
