# SPDX-License-Identifier: GPL-2.0-only
#
# From `bpftool btf dump … format raw`: a line "NAME<tab>ret(type, type)" for each function that is asked for in
# the file NAMES, and "STRUCT.MEMBER<tab>TYPE[NR]" for members of structs.

function text(id, stars, prefix) {
	stars = prefix = ""
	# By "in", or looking at number 0, which is void, would make it.
	while (id in kind && (kind[id] == "PTR" || kind[id] == "CONST")) {
		if (kind[id] == "PTR")
			stars = stars "*"
		else
			prefix = prefix "const "
		id = type[id]
	}
	if (!(id in kind))
		return prefix "void" (stars == "" ? "" : " " stars)
	if (kind[id] == "STRUCT" || kind[id] == "FWD")
		prefix = prefix "struct "
	else if (kind[id] == "UNION")
		prefix = prefix "union "
	else if (kind[id] == "ENUM")
		prefix = prefix "enum "
	return prefix name[id] (stars == "" ? "" : " " stars)
}

function value(key) {
	return match($0, key "=[0-9]+") ? substr($0, RSTART + length(key) + 1, RLENGTH - length(key) - 1) : 0
}

BEGIN {
	while ((getline line < NAMES) > 0)
		wanted[line] = 1
}

/^\[/ {
	id = substr($1, 2, length($1) - 2)
	kind[id] = $2
	split($0, quoted, "'")
	name[id] = quoted[2]
	type[id] = value("type_id")
	count[id] = value("nr_elems")
	params = ""
	if ($2 == "FUNC_PROTO")
		ret[id] = value("ret_type_id")
	else if ($2 == "FUNC" && name[id] in wanted)
		found[name[id]] = type[id]
	next
}

{
	member = $1
	gsub(/'/, "", member)
	if (kind[id] == "FUNC_PROTO")
		parameter[id] = parameter[id] " " value("type_id")
	else if (name[id] "." member in wanted)
		at[name[id] "." member] = value("type_id")
}

END {
	for (f in found) {
		n = split(parameter[found[f]], p, " ")
		line = ""
		for (i = 1; i <= n; i++)
			line = line (i > 1 ? ", " : "") text(p[i])
		print f "\t" text(ret[found[f]]) "(" line ")"
	}
	for (m in at)
		print m "\t" text(type[at[m]]) "[" count[at[m]] "]"
}
