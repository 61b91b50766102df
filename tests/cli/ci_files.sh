#!/bin/sh
# The files for CI servers that docs/ci has: they are YAML, their scripts say what the gate says, and each option in them is
# one of the gate's.
. tests/cli/lib.sh
python3 -c 'import yaml' 2>/dev/null || skip 'needs python3-yaml'

# script FILE WHICH: what the job runs: `gate` the step that calls the gate, `all` every line.
script() {
    python3 - "$1" "$2" <<'PYTHON'
import sys, yaml
text = open(sys.argv[1]).read()
file = yaml.safe_load(text)
if "jobs" in file:
    steps = file["jobs"]["gate"]["steps"]
    gate = [s["run"] for s in steps if s.get("name") == "Gate"]
    all = [s["run"] for s in steps if "run" in s]
    assert file[True] == "pull_request" and file["permissions"] == {"contents": "read"}
    assert any(s.get("with", {}).get("fetch-depth") == 0 for s in steps)
    assert any(s.get("if") == "always()" for s in steps)
else:
    job = file["gate"]
    gate = job["script"]
    all = job["before_script"] + gate
    assert job["allow_failure"]["exit_codes"] == 4 and job["variables"]["GIT_DEPTH"] == "0"
    assert job["artifacts"]["reports"]["junit"] == "gate.xml" and job["artifacts"]["when"] == "always"
print("\n".join(gate if sys.argv[2] == "gate" else all))
PYTHON
}

# A stand-in, which ends as it is told.
stand_in() {
    mkdir -p "$tmp/repository/.heaptrial/build"
    cat >"$tmp/repository/.heaptrial/build/heaptrial" <<'SH'
#!/bin/sh
printf '%s\n' "$@" >arguments
[ "$STATUS" = 1 ] || echo "### answer $STATUS" >gate.md
exit "$STATUS"
SH
    chmod +x "$tmp/repository/.heaptrial/build/heaptrial"
    printf '#!/bin/sh\nexit 0\n' >"$tmp/repository/git"
    chmod +x "$tmp/repository/git"
}

# ends FILE STATUS EXPECTED [REGEX]: the job's status when the gate ends with STATUS, and what it says of it.
ends() {
    rm -f "$tmp/repository/gate.md" "$tmp/summary"
    (cd "$tmp/repository" && STATUS=$2 BASE=origin/main CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main GITHUB_STEP_SUMMARY=$tmp/summary \
        PATH="$tmp/repository:$PATH" sh -e "$tmp/gate.sh" >"$tmp/out" 2>&1)
    got=$?
    [ "$got" = "$3" ] || fail "$1: exit $got, not $3, after a gate that ended with $2: $(cat "$tmp/out")"
    [ $# -lt 4 ] || grep -qE "$4" "$tmp/out" || fail "$1: nothing is said of a $2: $(cat "$tmp/out")"
}

stand_in
for file in docs/ci/github-actions.yml docs/ci/gitlab-ci.yml; do
    script "$file" all >"$tmp/all.sh" || { fail "$file"; continue; }
    script "$file" gate >"$tmp/gate.sh"
    sh -n "$tmp/all.sh" || fail "$file: its script can't be parsed"
    inconclusive=4
    [ "$file" = docs/ci/github-actions.yml ] && inconclusive=0
    ends "$file" 0 0
    ends "$file" 1 1
    ends "$file" 3 3
    ends "$file" 4 $inconclusive 'could not be told'
    ends "$file" 5 5 'nothing could be compared, so nothing has passed'
    [ $inconclusive = 4 ] || grep -qx '### answer 5' "$tmp/summary" || fail "$file: no summary"
    grep -qx -- origin/main "$tmp/repository/arguments" || fail "$file: another base"
    # What heaptrial is built with, and what counts instructions.
    for package in $(sed -n '/^required="/,/"$/p' scripts/deps | sed 's/required=//; s/"//g') valgrind libc6-dbg; do
        grep -qw -- "$package" "$tmp/all.sh" || fail "$file does not install $package"
    done
done

[ "$failures" = 0 ] || exit 1
"$heaptrial" gate --help >"$tmp/help" 2>/dev/null
for file in docs/ci/*.yml docs/gate-config.md; do
    for option in $(grep -oE '(^|[^-[:alnum:]])--(base|new|config|print-config|markdown|junit|annotate|all|strict|resume|keep|quiet|output)\b' "$file" |
        grep -oE -- '--[a-z-]+' | sort -u); do
        grep -q -- "$option\b" "$tmp/help" || fail "$file: the gate has no $option"
    done
done
while read -r option; do
    case $option in
    -*) grep -q -- "$option\b" "$tmp/help" || fail "the files for CI: the gate has no $option" ;;
    esac
done <"$tmp/repository/arguments"
