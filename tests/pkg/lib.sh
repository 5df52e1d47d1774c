# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the tests of packages share: clean roots of Debian releases, programs run in them, and our
# sources as a clean clone has them. Needs root, or a user with subordinate ids, and Debian's
# archive, by way of the host's apt sources. Everything is below build/pkg (or BMC_PKG_CACHE); with
# BMC_PKG_KEEP=1 a test goes on in the roots that an earlier one has left.
. "$(dirname "${BASH_SOURCE[0]}")/../lint/lib.sh"
set -u
PATH=$PATH:/usr/sbin:/sbin
PKG=${BMC_PKG_CACHE:-$BUILD/pkg}
LOGS=$BUILD/results/pkg
BUILDER=1000 # who builds, in the roots

# passes SENTENCE COMMAND...: ok when it succeeds; what it says is in a log, its end is shown. How
# long it took is noted, so that what is slow is known.
passes() {
	local sentence=$1 log began=$SECONDS
	shift
	log=$LOGS/${0##*/}-${RELEASE:-host}-$((tap_count + 1)).log
	mkdir -p "$LOGS"
	if ("$@") >"$log" 2>&1 </dev/null; then
		ok "$sentence"
		printf '# %d s\n' $((SECONDS - began))
		return 0
	fi
	not_ok "$sentence" < <(
		tail -n 15 "$log"
		printf 'log: %s\n' "${log#"$TOP"/}"
	)
	return 1
}

# As root with mounts and processes of its own, all of which end with it.
alone() { # arguments of the script
	local map=()
	test -z "${BMC_ALONE:-}" || return 0
	for tool in mmdebstrap unshare chroot; do
		need_tool $tool
	done
	if test "$(id -u)" != 0; then
		map=(--map-root-user --map-auto)
		unshare "${map[@]}" true 2>/dev/null ||
			skip_all "this takes root, or subordinate ids (/etc/subuid) and newuidmap"
	fi
	unshare "${map[@]}" --mount --pid --fork true 2>/dev/null ||
		skip_all "no mounts of its own are allowed here"
	BMC_ALONE=yes exec unshare "${map[@]}" --mount --pid --fork --kill-child \
		"$TOP/tests/pkg/${0##*/}" "$@"
}

# The first archive the host's apt uses, if it is Debian's.
mirror() {
	local file
	for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
		awk '/^URIs:/ { print $2; found = 1; exit }
		     /^deb / { for (i = 2; i <= NF; i++)
				if ($i ~ /:\/\//) { print $i; found = 1; exit } }
		     END { exit !found }' "$file" 2>/dev/null && return
	done
	return 1
}

# base_of RELEASE: its tarball with nothing but what is essential, and apt; a day old at most. An
# archive that stands still, as a mirror or a snapshot may, is good enough.
base_of() {
	local tar=$PKG/$1.tar keyring=/usr/share/keyrings/debian-archive-keyring.gpg archive more=()
	mkdir -p "$PKG"
	test -z "$(find "$tar" -mtime -1 2>/dev/null)" || return 0
	archive=$(mirror) || return
	case $archive in https:*) more=(--include=ca-certificates) ;; esac
	mmdebstrap --quiet --mode=root --variant=minbase "${more[@]}" --keyring="$keyring" \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		"$1" "$PKG/$1.new.tar" "deb $archive $1 main" &&
		mv "$PKG/$1.new.tar" "$tar"
}

# root_of RELEASE NAME: sets ROOT, build/pkg/root-RELEASE-NAME, to a fresh one, mounted so that
# programs run in it.
root_of() {
	local node
	ROOT=$PKG/root-$1-$2
	if test -z "${BMC_PKG_KEEP:-}" || test ! -d "$ROOT/usr"; then
		rm -rf --one-file-system "$ROOT"
		mkdir -p "$ROOT"
		tar -C "$ROOT" -xpf "$PKG/$1.tar" --exclude='./dev/*' || return
	fi
	mount -t proc proc "$ROOT/proc"
	mount -t tmpfs -o mode=755 dev "$ROOT/dev"
	for node in null zero full random urandom tty; do
		: >"$ROOT/dev/$node"
		mount --bind "/dev/$node" "$ROOT/dev/$node"
	done
	mkdir -p "$ROOT/dev/pts" "$ROOT/dev/shm" "$PKG/archives-$1/partial"
	chmod 1777 "$ROOT/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=0666 devpts "$ROOT/dev/pts"
	ln -s pts/ptmx "$ROOT/dev/ptmx"
	ln -s /proc/self/fd "$ROOT/dev/fd"
	mount --bind "$PKG/archives-$1" "$ROOT/var/cache/apt/archives"
	rm -f "$ROOT/etc/apt/apt.conf.d/docker-clean"
	cp -L /etc/resolv.conf "$ROOT/etc/resolv.conf"
	printf '127.0.0.1 localhost\n' >"$ROOT/etc/hosts"
	printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d"
	chmod 755 "$ROOT/usr/sbin/policy-rc.d"
}

drop_root() { # folder; what is mounted in it goes first
	test -d "$1" && test -z "${BMC_PKG_KEEP:-}" || return 0
	findmnt -rno TARGET | grep -F "$1/" | sort -r | xargs -r -n 1 umount -l
	rm -rf --one-file-system "$1"
}

inside() { # command...: in ROOT, with nothing of our environment
	chroot "$ROOT" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

inside_as_builder() { # folder, command...
	local folder=$1
	shift
	inside setpriv --reuid=$BUILDER --regid=$BUILDER --clear-groups \
		env --chdir="$folder" HOME=/tmp "$@"
}

# Roots of one release have their downloaded packages in common, hence one at a time.
apt_inside() { # arguments of apt-get
	(
		flock 9
		inside apt-get -qy --no-install-recommends -o APT::Sandbox::User=root \
			-o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io "$@"
	) 9>"$PKG/archives-$RELEASE.lock"
}

# The sources as a clean clone has them, with what was changed since; or all, in a release.
sources_into() { # folder
	mkdir -p "$1"
	if test -e "$TOP/.git"; then
		git -c safe.directory='*' -C "$TOP" ls-files -z
	else
		tree_files | tr '\n' '\0'
	fi | tar -C "$TOP" --null --ignore-failed-read -T - -cf - | tar -C "$1" -xf -
}
