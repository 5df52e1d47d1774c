# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the lint tests share: TAP, lists of files, one command over many files in parallel.
# They run from the source tree and write nothing there. TOP, BUILD, CC, LINT_CFLAGS and JOBS come
# from the Makefile; by hand the defaults serve.

export LC_ALL=C.UTF-8
TOP=${TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
BUILD=${BUILD:-$TOP/build}
CC=${CC:-gcc}
JOBS=${JOBS:-$(nproc)}
LINT_CFLAGS=${LINT_CFLAGS:--std=gnu11 -Wall -Wextra}
cd "$TOP" || exit 99
tap_count=0 tap_bad=0

ok() { # sentence
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' $tap_count "$*"
}

not_ok() { # sentence; details on stdin (not through a pipe: the count would be lost)
	tap_count=$((tap_count + 1)) tap_bad=1
	printf 'not ok %d - %s\n' $tap_count "$*"
	sed 's/^/# /'
}

skip() { # sentence, reason
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' $tap_count "$1" "$2"
}

skip_all() { # reason
	printf '1..0 # SKIP %s\n' "$*"
	exit 0
}

done_testing() {
	printf '1..%d\n' $tap_count
	exit $tap_bad
}

need_tool() { # command
	command -v "$1" >/dev/null || skip_all "$1 is not installed"
}

# verdict SENTENCE COMMAND...: ok when it succeeds and says nothing.
verdict() {
	local sentence=$1 said
	shift
	if said=$("$@" 2>&1) && test -z "$said"; then
		ok "$sentence"
	else
		not_ok "$sentence" <<<"$said"
	fi
}

program_sources() { # the .c of what is installed
	find daemon probes -name '*.c' | sort
}

all_sources() { # every .c
	find daemon probes tests -name '*.c' | sort
}

all_c() { # every .c and .h
	find daemon probes tests -name '*.[ch]' | sort
}

# What is ours in the tree, without what a build leaves behind.
tree_files() {
	find . \( -path ./.git -o -path ./build -o -path ./_build -o -path ./_inst \
		-o -path ./autom4te.cache -o -name __pycache__ -o -path './bmchealthd-*' -o -path ./debian/bmchealthd \
		-o -path ./debian/bmchealthd-winevt -o -path ./debian/tmp -o -path './build-aux/m4' \) \
		-prune -o -type f -print | sed 's|^\./||' |
		grep -vE '^(configure~?|aclocal\.m4|Makefile\.in|build-aux/[^l].*)$' | sort
}

# c_flags: sets flags[] to what a .c of ours needs to compile from the source tree.
# shellcheck disable=SC2034 # the caller reads flags[]
c_flags() {
	flags=(-std=gnu11 -D_GNU_SOURCE -I. -Idaemon '-DSYSCONFDIR="/etc"' '-DSTATEDIR="/var"'
		'-DRUNDIR="/run"' '-DBINDIR="/usr/bin"' '-DDATADIR="/usr/share"'
		'-DLIBEXECDIR="/usr/libexec"' '-DPACKAGE_VERSION="0"')
}
export -f c_flags

# one_of_many COMMAND FOLDER CACHE KEY FILE: what runs for each file; good news is remembered by
# the contents of the file.
one_of_many() {
	local safe=${5//\//__} seen
	seen=$3/$(cat "$4" "$5" | sha256sum | cut -c1-64)
	if test ! -e "$seen"; then
		"$1" "$5" >"$2/$safe.said" 2>&1 || return 0
		test ! -d "$3" || touch "$seen"
	fi
	touch "$2/$safe.good"
}
export -f one_of_many

# over_each WHAT COMMAND [TOOL]: COMMAND (a shell function of one argument, exported) for each file
# named on stdin (not through a pipe), JOBS at a time; one TAP line per file. With a TOOL, a file
# that was good before is not looked at again, unless it, a header, the tool, its settings or the
# test have changed since.
over_each() {
	local what=$1 command=$2 folder cache file safe
	local -a files=()
	folder=$(mktemp -d)
	cache=$folder/none
	mapfile -t files
	if test -n "${3-}"; then
		cache=$BUILD/lint-cache
		mkdir -p "$cache"
		{
			printf '%s\n' "$what" "$LINT_CFLAGS"
			"$3" --version
			find daemon probes -name '*.h' | sort | xargs cat
			cat .clang-tidy tests/lint/lib.sh "tests/lint/${0##*/}"
		} >"$folder/key"
	else
		: >"$folder/key"
	fi
	printf '%s\0' "${files[@]}" | xargs -0 -P "$JOBS" -n 1 bash -c 'one_of_many "$@"' \
		_ "$command" "$folder" "$cache" "$folder/key"
	for file in "${files[@]}"; do
		safe=${file//\//__}
		if test -e "$folder/$safe.good"; then
			ok "$what: $file"
		else
			not_ok "$what: $file" <"$folder/$safe.said"
		fi
	done
	rm -rf "$folder"
}
