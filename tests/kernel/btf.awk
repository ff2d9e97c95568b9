# SPDX-License-Identifier: GPL-2.0-only
#
# From `bpftool btf dump … format raw`: a line "NAME<tab>ret(type, type)" for each function that is asked for in
# the file NAMES, and "STRUCT.MEMBER<tab>TYPE[NR]" for members of structs.
#
# There are 300,000 lines, of which few matter: each type's line is kept, and read when it is asked for.

# The value of key=VALUE in a line, or 0.
function value(line, key) {
	return match(line, key "=[0-9]+") ? substr(line, RSTART + length(key) + 1, RLENGTH - length(key) - 1) : 0
}

function kind(id, word) {
	split(raw[id], word, " ")
	return word[2]
}

function name(id, quoted) {
	split(raw[id], quoted, "'")
	return quoted[2]
}

function text(id, stars, prefix, of) {
	stars = prefix = ""
	# Number 0 is void.
	while (id + 0 && ((of = kind(id)) == "PTR" || of == "CONST")) {
		if (of == "PTR")
			stars = stars "*"
		else
			prefix = prefix "const "
		id = value(raw[id], "type_id")
	}
	if (!(id + 0))
		return prefix "void" (stars == "" ? "" : " " stars)
	if (of == "STRUCT" || of == "FWD")
		prefix = prefix "struct "
	else if (of == "UNION")
		prefix = prefix "union "
	else if (of == "ENUM")
		prefix = prefix "enum "
	return prefix name(id) (stars == "" ? "" : " " stars)
}

BEGIN {
	while ((getline line < NAMES) > 0) {
		wanted[line] = 1
		if (split(line, part, ".") == 2)
			owner["'" part[1] "'"] = part[1]
	}
}

/^\[/ {
	id = substr($1, 2, length($1) - 2)
	raw[id] = $0
	inside = $2 == "FUNC_PROTO" || ($2 == "STRUCT" && $3 in owner) ? $2 : ""
	struct = $3
	if ($2 == "FUNC" && substr($3, 2, length($3) - 2) in wanted)
		found[name(id)] = value($0, "type_id")
	next
}

inside == "FUNC_PROTO" {
	parameter[id] = parameter[id] " " substr($2, length("type_id=") + 1)
}

inside == "STRUCT" {
	member = owner[struct] "." substr($1, 2, length($1) - 2)
	if (member in wanted)
		at[member] = value($0, "type_id")
}

END {
	for (f in found) {
		n = split(parameter[found[f]], p, " ")
		line = n ? "" : "void"
		for (i = 1; i <= n; i++)
			line = line (i > 1 ? ", " : "") text(p[i])
		print f "\t" text(value(raw[found[f]], "ret_type_id")) "(" line ")"
	}
	for (m in at)
		print m "\t" text(value(raw[at[m]], "type_id")) "[" value(raw[at[m]], "nr_elems") "]"
}
