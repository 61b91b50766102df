#!/bin/sh
# scripts/deps installs when it may, otherwise prints the one line to type. Nothing is installed here: what asks
# and what installs are stand-ins.
. tests/cli/lib.sh
bin=$tmp/bin
mkdir "$bin"
stand_in() {
    printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
    chmod 755 "$bin/$1"
}
chmod 755 "$tmp"

# absent PACKAGE...: these are missing, until `touch $tmp/installed`.
absent() {
    rm -f "$tmp/installed" "$tmp/asked"
    stand_in dpkg-query "for package; do :; done
        [ -e $tmp/installed ] || case ' $* ' in *\" \$package \"*) exit 1 ;; esac
        echo installed"
}
# as USER: what `id -u` says.
as() {
    stand_in id "echo $1"
}
deps() {
    PATH="$bin:$PATH" sh scripts/deps >"$tmp/out" 2>"$tmp/err" </dev/null
    status=$?
    [ $status = "$1" ] || fail "$2: exit $status, not $1: $(cat "$tmp/err")"
}
says() {
    grep -qE -- "$1" "$tmp/err" || fail "$2: no '$1' in: $(cat "$tmp/err")"
}
silent() {
    [ ! -s "$tmp/err" ] && [ ! -s "$tmp/out" ] || fail "$1: it says $(cat "$tmp/out" "$tmp/err")"
}
asked() {
    [ "$(cat "$tmp/asked" 2>/dev/null)" = "$1" ] || fail "$2: apt-get was asked: $(cat "$tmp/asked" 2>/dev/null)"
}
stand_in apt-get "echo \"\$*\" >>$tmp/asked; case \$1 in install) touch $tmp/installed ;; esac"
stand_in sudo 'exit 1'
unset HT_NO_INSTALL
install='install -y --no-install-recommends'

absent
as 0
deps 0 'nothing is missing'
silent 'nothing is missing'
asked '' 'nothing is missing'

absent libcmocka-dev jq
deps 0 'as root'
says 'installing libcmocka-dev jq$' 'as root'
asked "update -qq
$install libcmocka-dev jq" 'as root'

absent libcmocka-dev jq
as 1000
deps 1 'as a user'
says "^    apt-get $install libcmocka-dev jq$" 'as a user'
says 'run this as root' 'as a user'
[ "$(grep -c . "$tmp/err")" = 2 ] || fail "as a user: $(cat "$tmp/err")"
asked '' 'as a user'

stand_in sudo '[ "$1" != -n ] || shift; exec "$@"'
deps 0 'with a sudo that asks no password'
asked "update -qq
$install libcmocka-dev jq" 'with a sudo that asks no password'
stand_in sudo 'exit 1'

absent jq hyperfine
deps 0 'only optional ones are missing'
says 'going on without' 'only optional ones are missing'
says "^    apt-get $install (jq hyperfine|hyperfine jq)$" 'only optional ones are missing'

absent libcmocka-dev
as 0
export HT_NO_INSTALL=1
deps 1 'HT_NO_INSTALL'
says "^    apt-get $install libcmocka-dev$" 'HT_NO_INSTALL'
asked '' 'HT_NO_INSTALL'
unset HT_NO_INSTALL

stand_in apt-get 'echo "E: Unable to fetch" >&2; exit 100'
deps 1 'apt-get fails'
says 'E: Unable to fetch' 'apt-get fails'
says 'all it said is in' 'apt-get fails'
says "^    apt-get $install libcmocka-dev$" 'apt-get fails'
rm -f "$(sed -n 's/.*all it said is in //p' "$tmp/err")"

# The build stops there, with the line and no compiler's errors behind it.
absent libcmocka-dev
as 1000
PATH="$bin:$PATH" env -u MAKEFLAGS -u MAKELEVEL make -s B="$tmp/build" all >"$tmp/out" 2>"$tmp/err" </dev/null && fail 'make went on'
says "^    apt-get $install libcmocka-dev$" 'make'
grep -q 'error:' "$tmp/err" && fail "make compiled: $(cat "$tmp/err")"

# For real, as nobody.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    rm "$bin/id"
    cp scripts/deps "$tmp/deps"
    chmod 755 "$tmp/deps"
    PATH="$bin:$PATH" setpriv --reuid=65534 --regid=65534 --clear-groups sh "$tmp/deps" >"$tmp/out" 2>"$tmp/err" </dev/null
    [ $? = 1 ] || fail "as nobody: $(cat "$tmp/err")"
    says "^    apt-get $install libcmocka-dev$" 'as nobody'
fi

# A machine that has no dpkg is left alone.
mkdir "$tmp/few"
for tool in sh id; do ln -s "$(command -v $tool)" "$tmp/few/$tool"; done
PATH=$tmp/few sh scripts/deps >"$tmp/out" 2>"$tmp/err" || fail 'no Debian: exit status'
says 'this is no Debian' 'no Debian'

# Every package that a strategy or a message names is one that is installed.
for package in $(sed -n 's/^ *X("[a-z-]*", [A-Z]*, "[^"]*", "\([^"]*\)".*/\1/p' allocators/list.h) \
    $(sed -n 's/^ *need [a-z0-9.-]* \([a-z0-9.-]*\)$/\1/p' scripts/programs/*.sh); do
    case $package in
    libc6 | perl) continue ;; # in every Debian
    esac
    sed -n '/^required=/,/"$/p; /^optional=/,/"$/p' scripts/deps | tr -s ' "=' '\n' | grep -qx "$package" ||
        fail "$package is named, and not in scripts/deps"
done
