#!/usr/bin/env bash
# Tries the README's two commands on a machine that has a Rust toolchain, gcc, git and nothing else: a Debian made by
# debootstrap, in a folder of its own. What is committed of this repository is tried. It must not use anything of this
# machine but the network, its certificates and the Rust toolchain, which is copied.
#
#     sudo tests/bare-machine.sh FOLDER [COMMAND...]
#
# FOLDER is made when it is not there, and stays; with it the same is tried again with what was fetched and built before.
# COMMAND is run instead of the two.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    echo "usage: sudo tests/bare-machine.sh FOLDER [COMMAND...]" >&2
    exit 2
}
[ "$#" -ge 1 ] || usage
case "$1" in -*) usage ;; esac
if [ "$(id -u)" -ne 0 ]; then
    echo "error: only root can make and enter the folder of another system" >&2
    usage
fi
for program in debootstrap rustc git; do
    if ! command -v "$program" > /dev/null; then
        echo "error: \`$program\` is missing" >&2
        echo "hint: apt-get install -y debootstrap git; rustc as \`rust-version\` in Cargo.toml says" >&2
        exit 2
    fi
done

folder=$(realpath -m "$1")
shift
suite=bookworm
source=/src/makemigrations

if [ ! -e "$folder/.made" ]; then
    debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev,git,curl "$suite" "$folder"
    # Where Debian has its newest minor releases, PostgreSQL's among them: beside the mirror that debootstrap took.
    mirror=$(awk '$1 == "deb" { print $2; exit }' "$folder/etc/apt/sources.list")
    {
        echo "deb $mirror $suite main"
        echo "deb $mirror $suite-updates main"
        echo "deb ${mirror%/}-security $suite-security main"
    } > "$folder/etc/apt/sources.list"
    # Behind a proxy that opens connections, everything needs its certificate.
    if compgen -G '/usr/local/share/ca-certificates/*.crt' > /dev/null; then
        cp /usr/local/share/ca-certificates/*.crt "$folder/usr/local/share/ca-certificates/"
    fi
    chroot "$folder" update-ca-certificates
    mkdir -p "$folder/opt"
    cp -a "$(rustc --print sysroot)" "$folder/opt/rust"
    touch "$folder/.made"
fi
cp /etc/resolv.conf "$folder/etc/resolv.conf"
cp /etc/hosts "$folder/etc/hosts"

# A clone as people make it: without what is built, ignored or not committed here.
mkdir -p "$folder/src"
if [ -e "$folder$source/.git" ]; then
    git -C "$folder$source" fetch --quiet "$PWD" HEAD
    git -C "$folder$source" reset --quiet --hard FETCH_HEAD
else
    git clone --quiet --no-hardlinks "$PWD" "$folder$source"
fi
chown -R 0:0 "$folder$source"

# Their own: programs that ask for their devices and processes find those of this folder.
cleanup() {
    for place in proc dev/pts dev/shm dev; do
        if mountpoint --quiet "$folder/$place"; then
            umount "$folder/$place"
        fi
    done
}
trap cleanup EXIT
mount -t proc proc "$folder/proc"
mount -t tmpfs -o mode=755 tmpfs "$folder/dev"
mknod -m 666 "$folder/dev/null" c 1 3
mknod -m 666 "$folder/dev/zero" c 1 5
mknod -m 666 "$folder/dev/random" c 1 8
mknod -m 666 "$folder/dev/urandom" c 1 9
mknod -m 666 "$folder/dev/tty" c 5 0
ln -s /proc/self/fd "$folder/dev/fd"
ln -s fd/0 "$folder/dev/stdin"
ln -s fd/1 "$folder/dev/stdout"
ln -s fd/2 "$folder/dev/stderr"
mkdir "$folder/dev/shm" "$folder/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$folder/dev/pts"
ln -s pts/ptmx "$folder/dev/ptmx"
mount -t tmpfs -o mode=1777 tmpfs "$folder/dev/shm"

# Prints how long a command took, and ends with it when it fails.
try() {
    local start=$SECONDS status=0
    echo "== $*"
    chroot "$folder" /usr/bin/env -i \
        PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root USER=root LANG=C.UTF-8 \
        NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
        ${HTTPS_PROXY:+HTTPS_PROXY="$HTTPS_PROXY"} ${CARGO_BUILD_JOBS:+CARGO_BUILD_JOBS="$CARGO_BUILD_JOBS"} \
        bash -c 'cd "$1" && shift && exec "$@"' bash "$source" "$@" < /dev/null || status=$?
    echo "== $*: exit $status after $((SECONDS - start)) s"
    [ "$status" -eq 0 ] || exit "$status"
}

if [ "$#" -gt 0 ]; then
    try "$@"
else
    try cargo xtask build
    try cargo test --workspace
fi
