# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts of the rig share: where things are, the two lists, and the cache.

set -euo pipefail

rig=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for those who source this
top=$(cd "$rig/../.." && pwd)
cache=${MEMCGCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/memcgctl}
mkdir -p "$cache"
PATH=$PATH:/usr/sbin:/sbin

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

say() {
	echo "rig: $*" >&2
}

# Mounting and installing need root; everything else runs as the caller.
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
as_root() {
	"${sudo[@]}" "$@"
}

# packages LABEL…: the packages of these labels, one a line.
packages() {
	local label
	for label; do
		awk -v label="$label" '$1 == label { for (i = 2; i <= NF; i++) print $i }' "$rig/packages"
	done
}

# listed_kernels: the names of the supported kernels.
listed_kernels() {
	awk '!/^#/ && NF { print $1 }' "$rig/kernels"
}

# key WORD…: a short hash of words and of standard input.
key() {
	{ printf '%s\n' "$@"; cat; } | sha256sum | cut -c1-12
}

# host_suite: the guest's root has the host's own suite, so that what was built here runs there.
host_suite() {
	# shellcheck disable=SC1091
	(. /etc/os-release && echo "${VERSION_CODENAME:?}")
}

# apt_sources ARCHIVE…: sources lines for archives, from the mirrors that this host's apt uses.
apt_sources() {
	local archive site
	for archive; do
		case $archive in
		*-security) site=$(apt_site Debian-Security) ;;
		*) site=$(apt_site Debian) ;;
		esac
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $archive main"
	done
}

apt_site() {
	local site
	# shellcheck disable=SC2016 # apt expands it
	site=$(apt-get indextargets --format '$(SITE)' "Label: $1" "Created-By: Packages" | awk 'NR == 1')
	[ -n "$site" ] || die "apt on this host has no mirror with the label $1"
	echo "$site"
}

# in_archives ARCHIVE… -- COMMAND…: run an apt command with an index of just these archives.
in_archives() {
	local archives=()
	while [ "$1" != -- ]; do archives+=("$1"); shift; done
	shift
	local dir=$cache/apt/${archives[*]}
	dir=${dir// /,}
	if [ ! -e "$dir/apt.conf" ]; then
		mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/state"
		: >"$dir/status"
		apt_sources "${archives[@]}" >"$dir/sources.list"
		cat >"$dir/apt.conf" <<-CONF
			Dir::State "$dir/state";
			Dir::State::lists "$dir/lists";
			Dir::State::status "$dir/status";
			Dir::Cache "$dir";
			Dir::Etc::SourceList "$dir/sources.list";
			Dir::Etc::SourceParts "/dev/null";
			Dir::Etc::Preferences "/dev/null";
			Dir::Etc::PreferencesParts "/dev/null";
			APT::Architecture "amd64";
			APT::Architectures { "amd64"; };
			APT::Sandbox::User "";
			Acquire::Languages "none";
		CONF
	fi
	APT_CONFIG=$dir/apt.conf "$@"
}

# cached PATH COMMAND…: unless PATH exists, make it with COMMAND… TEMPORARY-PATH. A path appears only
# when it is complete, and two runs at once make it once.
cached() {
	local path=$1
	shift
	[ ! -e "$path" ] || return 0
	mkdir -p "${path%/*}"
	(
		exec 9>"$path.lock"
		flock 9
		[ ! -e "$path" ] || exit 0
		tmp=$(mktemp -d "$path.tmp.XXXXXX")
		trap 'as_root rm -rf --one-file-system "$tmp"; [ -e "$path" ] || echo "rig: no $path" >&2' EXIT
		say "making ${path#"$cache"/}"
		"$@" "$tmp/out" >&2
		mv -T "$tmp/out" "$path"
	)
}

# resolved NAME: sets name, suite, kver, version and the array binaries for a listed kernel.
# shellcheck disable=SC2034 # for those who source this
resolved() {
	local line
	line=$("$rig/resolve" | awk -v name="$1" '$1 == name')
	[ -n "$line" ] || die "no such kernel: $1; supported: $(listed_kernels | paste -sd ' ')"
	read -r name suite kver version binaries <<<"$line"
	read -ra binaries <<<"$binaries"
}

# archives_of KERNEL: where the list says it is; archives_in SUITE: all of the suite's kernels.
archives_of() {
	awk -v name="$1" '$1 == name { for (i = 3; i <= NF; i++) print $i }' "$rig/kernels"
}

archives_in() {
	awk -v suite="$1" '!/^#/ && $2 == suite { for (i = 3; i <= NF; i++) print $i }' "$rig/kernels" | sort -u
}
