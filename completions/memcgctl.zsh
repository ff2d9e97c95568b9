#compdef memcgctl -p memcg-*
# SPDX-License-Identifier: GPL-2.0-only
# zsh completion for memcgctl and its links: asks the binary, which knows its commands, options and groups.

_memcgctl() {
	local line name=${words[1]:t} ret=1
	local -a asked candidates

	asked=("${(@Q)words[2,CURRENT]}")
	[[ $name == memcg-* ]] && asked=("${name#memcg-}" "${asked[@]}")
	for line in "${(@f)$(memcgctl complete -- "${asked[@]}" 2>/dev/null)}"; do
		case $line in
		'') ;;
		:file) _files && ret=0 ;;
		:program) _command_names -e && ret=0 ;;
		*$'\t'*) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
		*) candidates+=("${line//:/\\:}") ;;
		esac
	done
	(( $#candidates )) && _describe -V memcgctl candidates && ret=0
	return ret
}

_memcgctl "$@"
