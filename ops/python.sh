# Sourced by ./start and ./test: sets `python` to one that can carry the program, or
# says what to install and stops.

is_enough() { # it runs (a pyenv shim may not), is new enough, can make an environment
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
        >/dev/null 2>&1
}

find_python() { # the one of last time goes first: it is there, and it is quick to ask
    for python in "${PYTHON:-}" .venv/bin/python python3.13 python3.12 python3.11 python3.14 python3; do
        if [ -n "$python" ] && is_enough "$python"; then return 0; fi
    done
    return 1
}

install_python() { # as root with apt only; anybody else is told what to type
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "  Python is missing: installing python3 and python3-venv" >&2
    mkdir -p var/log || return 1
    {
        apt-get update &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
                python3 python3-venv
    } >>var/log/apt.log 2>&1 || {
        tail -n 15 var/log/apt.log >&2
        return 1
    }
}

if ! find_python && ! { install_python && find_python; }; then
    if command -v apt-get >/dev/null; then line="sudo apt install python3 python3-venv"
    elif command -v dnf >/dev/null; then line="sudo dnf install python3"
    elif command -v brew >/dev/null; then line="brew install python@3.13"
    else line="install Python 3.11 or newer, with its venv module"; fi
    echo "This needs Python 3.11 or newer with venv. Type:  $line" >&2
    exit 1
fi
