# SPDX-License-Identifier: GPL-2.0-only
# bash completion for memcgctl and its links: asks the binary, which knows its commands, options and groups.

_memcgctl()
{
	local cur line i first=1 name=${1##*/}
	local -a words

	# bash parts words at '=' and ':', which memcgctl does not.
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
	cur=${words[${#words[@]} - 1]}
	words=("${words[@]:first}")
	[[ $name == memcg-* ]] && words=("${name#memcg-}" "${words[@]}")

	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:file)
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			;;
		:program)
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
			;;
		*)
			printf -v line %q "${line%%$'\t'*}"
			COMPREPLY+=("$line")
			;;
		esac
	done < <(memcgctl complete -- "${words[@]}" 2>/dev/null)

	# What stands before the last '=' or ':' is a word of its own to bash, and is not replaced.
	if [[ $cur == *[=:]* && $COMP_WORDBREAKS == *[=:]* ]]; then
		for i in "${!COMPREPLY[@]}"; do
			COMPREPLY[i]=${COMPREPLY[i]#"${cur%"${cur##*[=:]}"}"}
		done
	fi
}

complete -F _memcgctl memcgctl
for _memcgctl_name in $(memcgctl complete -- '' 2>/dev/null | cut -f 1); do
	complete -F _memcgctl "memcg-$_memcgctl_name"
done
unset _memcgctl_name
