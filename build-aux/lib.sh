# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Shared by ./run and ./check: what they need from the distribution, and the quiet build.
# Sourced with TOP set to the source tree.

BUILD=${BUILD:-$TOP/build}
PATH=$PATH:/usr/sbin:/sbin # where a user's Debian has mke2fs
NO_INSTALL=${NO_INSTALL:-}
JOBS=${JOBS:-$(nproc)}

# One row per need: set | how it is seen to be there | Debian, Ubuntu | Fedora, RHEL | what for
# "cmd X": a command; "pc X": a pkg-config module; "file X": a file; "lib X": gcc finds libX;
# "module X": Python's, in the distribution's python3.
needs_table() {
	cat <<'TABLE'
build    | cmd gcc             | gcc libc6-dev    | gcc glibc-devel   | the compiler
build    | file /usr/include/stdio.h | libc6-dev  | glibc-devel       | the C library's headers
build    | cmd make            | make             | make              | the build
build    | cmd autoreconf      | autoconf         | autoconf          | makes ./configure
build    | cmd automake        | automake         | automake          | makes Makefile.in and brings the TAP driver
build    | cmd pkg-config      | pkg-config       | pkgconf-pkg-config | finds the libraries
build    | pc OpenIPMI         | libopenipmi-dev  | OpenIPMI-devel    | talks to the BMC
build    | pc libsystemd       | libsystemd-dev   | systemd-devel     | event loop and journal
build    | pc libconfig        | libconfig-dev    | libconfig-devel   | the configuration file
build    | pc sqlite3          | libsqlite3-dev   | sqlite-devel      | the history
build    | pc jansson          | libjansson-dev   | jansson-devel     | the control socket speaks JSON
winevt   | pc expat            | libexpat1-dev    | expat-devel       | reads event XML
winevt   | file /usr/include/libdeflate.h | libdeflate-dev | libdeflate-devel | checksums of event logs, several times as fast as zlib
demo     | cmd python3         | python3          | python3           | the demo and the simulation tests
demo     | cmd ipmi_sim        | openipmi         | OpenIPMI-lanserv  | the simulated BMC
unit     | file /lib/systemd/systemd-journal-remote | systemd-journal-remote | systemd-journal-remote | writes journals to be read
sim      | cmd ipmitool        | ipmitool         | ipmitool          | a client that is not ours
sim      | cmd ipmimonitoring   | freeipmi-tools   | freeipmi          | what ipmi_exporter runs
sim      | cmd gnuplot         | gnuplot-nox      | gnuplot           | draws the pictures of bmchealthctl history
sim      | cmd journalctl      | systemd          | systemd           | the journal, to read what arrives there
trend    | cmd python3         | python3          | python3           | makes up histories for the leak detector
trend    | module numpy        | python3-numpy    | python3-numpy     | a million rows a second
lint     | cmd clang-format    | clang-format     | clang-tools-extra | format
lint     | cmd clang-tidy      | clang-tidy       | clang-tools-extra | static analysis
lint     | cmd cppcheck        | cppcheck         | cppcheck          | static analysis
lint     | cmd shellcheck      | shellcheck       | ShellCheck        | checks the scripts
lint     | cmd codespell       | codespell        | codespell         | checks the spelling
lint     | cmd mandoc          | mandoc           | mandoc            | checks the manual pages
lint     | cmd journalctl      | systemd          | systemd           | checks the catalog
lint     | cmd python3         | python3          | python3           | the layer and shape checks
asan     | lib asan            | gcc              | libasan           | address sanitizer
asan     | lib ubsan           | gcc              | libubsan          | undefined behaviour sanitizer
valgrind | cmd valgrind        | valgrind         | valgrind          | memory checker
vm       | cmd qemu-system-x86_64 | qemu-system-x86 | qemu-system-x86-core | emulates the machine
vm       | cmd qemu-img        | qemu-utils       | qemu-img          | its disks
vm       | cmd mmdebstrap      | mmdebstrap       | mmdebstrap        | builds the guest
vm       | cmd mke2fs          | e2fsprogs        | e2fsprogs         | its file system
vm       | cmd busybox         | busybox-static   | busybox           | its initramfs
vm       | cmd cpio            | cpio             | cpio              | packs that
vm       | cmd xz              | xz-utils         | xz                | unpacks its kernel modules
vm       | cmd newuidmap       | uidmap           | shadow-utils      | builds it without root
package  | cmd mmdebstrap      | mmdebstrap          | mmdebstrap        | makes roots of Debian releases
package  | cmd newuidmap       | uidmap              | shadow-utils      | makes them without being root
clang    | cmd clang           | clang            | clang compiler-rt | second compiler, libFuzzer
dist     | cmd xz              | xz-utils         | xz                | packs the release tarball
sbom     | cmd reuse           | reuse            | reuse             | lists what is in it, and by which licence
TABLE
}

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 2
}

have_need() { # kind, name
	case $1 in
	cmd) command -v "$2" >/dev/null ;;
	pc) pkg-config --exists "$2" 2>/dev/null ;;
	file) test -e "$2" ;;
	module) /usr/bin/python3 -c "import $2" 2>/dev/null ;;
	lib) test "$(gcc -print-file-name="lib$2.so" 2>/dev/null)" != "lib$2.so" ;;
	esac
}

# Rows of the given sets that are not there yet: "set|kind name|apt|dnf|why"
missing_rows() {
	local wanted=" $* " row set probe apt dnf why
	while IFS='|' read -r set probe apt dnf why; do
		row=$(printf '%s' "$set|$probe|$apt|$dnf|$why" | sed 's/ *| */|/g')
		IFS='|' read -r set probe apt dnf why <<<"$row"
		case $wanted in *" $set "*) ;; *) continue ;; esac
		# shellcheck disable=SC2086 # two words: kind and name
		have_need $probe || printf '%s\n' "$row"
	done < <(needs_table)
}

package_manager() {
	if command -v apt-get >/dev/null; then
		echo apt
	elif command -v dnf >/dev/null; then
		echo dnf
	fi
}

packages_of() { # manager, rows on stdin
	local column=3
	test "$1" = dnf && column=4
	cut -d'|' -f$column | tr ' ' '\n' | sed '/^$/d' | sort -u | paste -sd' '
}

as_root() {
	if test "$(id -u)" = 0; then
		"$@"
	else
		sudo "$@"
	fi
}

install_packages() { # manager, packages...
	local manager=$1 log
	shift
	if test "$(id -u)" != 0 && ! command -v sudo >/dev/null; then
		say "that takes root, and there is no sudo; as root: ${manager/%apt/apt-get} install $*"
		return 1
	fi
	log=$(mktemp)
	say "installing with $manager (log: $log): $*"
	case $manager in
	apt)
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >>"$log" 2>&1 ||
			say "  apt-get update failed; trying with the package lists that are there"
		as_root env DEBIAN_FRONTEND=noninteractive \
			apt-get -qy install --no-install-recommends "$@" >>"$log" 2>&1
		;;
	dnf)
		as_root dnf -y --setopt=install_weak_deps=False install "$@" >>"$log" 2>&1 ||
			as_root dnf -y --setopt=install_weak_deps=False --enablerepo=crb \
				install "$@" >>"$log" 2>&1
		;;
	esac || {
		tail -n 20 "$log" >&2
		return 1
	}
	rm -f "$log"
}

# need SET...: what these sets need is there afterwards; else exit 2 for "build", and for the
# others return 1 (their tests are skipped and say so).
need() {
	local rows manager packages
	rows=$(missing_rows "$@")
	test -n "$rows" || return 0
	say "missing for: $*"
	printf '%s\n' "$rows" | while IFS='|' read -r _ probe apt dnf why; do
		printf '  %-28s %s (Debian: %s; Fedora: %s)\n' "${probe#* }" "$why" "$apt" "$dnf"
	done
	manager=$(package_manager)
	if test -n "$NO_INSTALL"; then
		say "not installed, as --no-install was given"
	elif test -z "$manager"; then
		say "neither apt-get nor dnf here: please install them by hand"
	else
		packages=$(printf '%s\n' "$rows" | packages_of "$manager")
		# shellcheck disable=SC2086 # a list
		install_packages "$manager" $packages || say "installing failed"
	fi
	rows=$(missing_rows "$@")
	test -n "$rows" || return 0
	if printf '%s\n' "$rows" | grep -q '^build|'; then
		die "cannot build without them"
	fi
	return 1
}

# Programs that ours is held against. Unpacked and not installed: installed they start services, one
# of them on this machine's BMC.
PEERS="prometheus prometheus-ipmi-exporter prometheus-node-exporter-collectors"

fetch_peers() { # folder
	local place=$1 deb
	rm -rf "$place"
	mkdir -p "$place/debs"
	cd "$place/debs" || return
	# shellcheck disable=SC2086 # a list
	apt-get -q download $PEERS ||
		{ as_root apt-get -q update && apt-get -q download $PEERS; } || return
	for deb in *.deb; do
		dpkg-deb -x "$deb" "$place" || return
	done
	rm -r "$place/debs"
	: >"$place/done"
}

# Without them, the tests that want them are skipped.
use_peers() {
	local place=$BUILD/peers
	if test ! -e "$place/done"; then
		test -z "$NO_INSTALL" && command -v apt-get >/dev/null || return 0
		step "unpacking what ours is held against" "$BUILD/peers.log" fetch_peers "$place" ||
			return 0
	fi
	export PATH=$PATH:$place/usr/bin
	export BMC_NODE_SCRIPT=$place/usr/share/prometheus-node-exporter-collectors/ipmitool
}

# step "text" LOG COMMAND...: one line while it runs, its log only when it fails.
step() {
	local text=$1 log=$2 began=$SECONDS
	shift 2
	printf '%s ... ' "$text"
	mkdir -p "$(dirname "$log")"
	if "$@" >>"$log" 2>&1; then
		printf 'done (%d s)\n' $((SECONDS - began))
		return 0
	fi
	printf 'FAILED after %d s; the end of %s:\n' $((SECONDS - began)) "$log"
	tail -n 40 "$log" | sed 's/^/  | /'
	return 1
}

autogen_if_needed() {
	if test ! -x "$TOP/configure" || test "$TOP/configure.ac" -nt "$TOP/configure"; then
		step "making ./configure" "$BUILD/autogen.log" "$TOP/autogen.sh" || return 1
	fi
}

configure_in() { # folder, configure arguments...
	(cd "$1" && shift && "$TOP/configure" "$@")
}

# build_tree FOLDER CONFIGURE-ARGUMENTS...: out of tree, only what is out of date.
build_tree() {
	local tree=$1
	shift
	autogen_if_needed || return 1
	mkdir -p "$tree"
	: >"$tree/build.log"
	if test "$(cat "$tree/configured" 2>/dev/null)" != "$*" ||
		test ! -f "$tree/Makefile"; then
		step "configuring in ${tree#"$TOP"/}" "$tree/build.log" configure_in "$tree" "$@" ||
			return 1
		printf '%s' "$*" >"$tree/configured"
	fi
	make -C "$tree" -q all >/dev/null 2>&1 ||
		step "building in ${tree#"$TOP"/}" "$tree/build.log" make -C "$tree" -j"$JOBS" all
}

# What configure is to be asked for, in every tree: all that this machine can build.
tree_options() {
	if need winevt >&2; then
		echo --enable-winevt
	else
		say "what takes events of Windows hosts is not built" >&2
	fi
}

# The local BMC's device, if there is one.
ipmi_device() {
	local device
	for device in /dev/ipmi0 /dev/ipmi/0 /dev/ipmidev/0; do
		if test -c "$device"; then
			echo "$device"
			return 0
		fi
	done
	return 1
}
