# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the C files of cmd, lib and module, relative to the top, and prints each breach of the layer
# rules of the design. It knows C only as far as it must: comments and strings, includes, names, and
# definitions as the kernel style writes them (the type in column 1).

# One line without comments, and with empty strings. comment: inside a comment that goes on.
function strip(line, out, i, two, quote) {
	out = ""
	for (i = 1; i <= length(line); i++) {
		two = substr(line, i, 2)
		if (comment) {
			if (two == "*/") {
				comment = 0
				i++
			}
		} else if (two == "/*") {
			comment = 1
			i++
		} else if (two == "//") {
			break
		} else if (substr(two, 1, 1) ~ /["']/) {
			quote = substr(two, 1, 1)
			for (i++; i <= length(line) && substr(line, i, 1) != quote; i++)
				if (substr(line, i, 1) == "\\")
					i++
			out = out quote quote
		} else {
			out = out substr(two, 1, 1)
		}
	}
	return out
}

function stem(file) {
	sub(/.*\//, "", file)
	sub(/\..*/, "", file)
	return file
}

# A feature may have several files: kmem.c, kmem_breach.c.
function feature(file, name) {
	if (file !~ /^module\/[^\/]*$/)
		return ""
	name = stem(file)
	sub(/_.*/, "", name)
	return name == "main" || name == "nl" ? "" : name
}

# The part of the tree that the arrows of the design speak of.
function layer(file) {
	if (file ~ /^module\/(core|compat|uapi)\//)
		return "module " substr(file, 8, index(substr(file, 8), "/") - 1)
	if (feature(file))
		return "feature"
	if (file ~ /^module\//)
		return "glue"
	return substr(file, 1, index(file, "/") - 1)
}

function breach(file, text) {
	print file ": " text
	breaches++
}

# The file of the tree that FILE includes as "NAME", or "".
function resolve(file, name, dir, path) {
	dir = file
	sub(/[^\/]*$/, "", dir)
	path = dir name
	while (sub(/[^\/.]+\/\.\.\//, "", path))
		;
	if (path in files)
		return path
	if (("lib/" name) in files && file !~ /^module\//)
		return "lib/" name
	return ("module/" name) in files ? "module/" name : ""
}

FNR == 1 {
	comment = 0
	files[FILENAME] = 1
}

!comment && /^[ \t]*#[ \t]*include/ {
	name = $0
	sub(/^[^<"]*/, "", name)
	sub(/[>"][^>"]*$/, "", name)
	includes[FILENAME] = includes[FILENAME] name "\n"
	next
}

{
	line = strip($0)

	if (line ~ /^[a-z][A-Za-z0-9_ *]*[ *][A-Za-z0-9_]+\(/ &&
	    line !~ /^(static|typedef|extern|return|else|goto)[ (]/ && line !~ /;[ \t]*$/ &&
	    FILENAME ~ /\.c$/) {
		name = line
		sub(/\(.*/, "", name)
		sub(/.*[ *]/, "", name)
		defines[name] = FILENAME
	}
	if (line ~ /^COMMAND\(/)
		is_command[stem(FILENAME)] = 1
	while (match(line, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(?/)) {
		name = substr(line, RSTART, RLENGTH)
		if (sub(/\($/, "", name)) {
			sub(/[ \t]+$/, "", name)
			calls[FILENAME, name] = 1
		} else {
			sub(/[ \t]+$/, "", name)
		}
		uses[FILENAME, name] = 1
		line = substr(line, RSTART + RLENGTH)
	}
}

function check_include(from, to, a, b) {
	a = layer(from)
	b = layer(to)
	if (a == "cmd" && b == "cmd" && (stem(from) in is_command) && (stem(to) in is_command) &&
	    stem(from) != stem(to))
		breach(from, "a command includes another: " to)
	if (a == "cmd" && b != "cmd" && b != "lib" && b != "module uapi")
		breach(from, "a command reaches into the module: " to)
	if (a == "lib" && b != "lib" && b != "module uapi")
		breach(from, "the library includes what is above it: " to)
	if (a == "feature" && b == "feature" && feature(from) != feature(to))
		breach(from, "a feature includes another: " to)
	if (a == "feature" && b == "glue")
		breach(from, "a feature includes what is above it: " to)
	if (a == "module core" && (b == "feature" || b == "glue"))
		breach(from, "the core includes what is above it: " to)
	if (a == "module compat" && b != "module compat" && b != "module uapi")
		breach(from, "compat includes what is above it: " to)
	if (a == "module uapi" && b != a)
		breach(from, "the protocol includes what is not part of it: " to)
}

# Netlink in FILE or in what it includes: a command must not even see the declarations.
function sees_netlink(file, n, list, i, to, found) {
	if (file in visited)
		return ""
	visited[file] = 1
	n = split(includes[file], list, "\n")
	for (i = 1; i < n; i++) {
		if (list[i] ~ /^<(libmnl\/|linux\/(gen|rt)?netlink)/)
			return file
		to = substr(list[i], 1, 1) == "\"" ? resolve(file, substr(list[i], 2)) : ""
		if (to && (found = sees_netlink(to)))
			return found
	}
	return ""
}

function check_use(file, name, owner, a) {
	a = layer(file)
	owner = defines[name]
	if (a == "cmd" && name ~ /^(mnl_|nlmsg|nlattr|NETLINK_|NLM_F_|GENL_)/)
		breach(file, "a command uses netlink: " name)
	if (a ~ /^(module|feature|glue)/ && a != "module compat" &&
	    name ~ /^(LINUX_VERSION_CODE|LINUX_VERSION_MAJOR|KERNEL_VERSION|RHEL_RELEASE_CODE)$/)
		breach(file, "asks for the kernel's version outside compat: " name)
	if (a == "lib" && name ~ /^(stdout|stderr)$/)
		breach(file, "the library prints: " name)
	if (!owner || owner == file)
		return
	if (a == "cmd" && owner ~ /^cmd\// && stem(file) != stem(owner) && (stem(file) in is_command) &&
	    (stem(owner) in is_command))
		breach(file, "a command calls another: " name " of " owner)
	if (a == "feature" && feature(owner) && feature(owner) != feature(file))
		breach(file, "a feature calls another: " name " of " owner)
	if (a ~ /^module/ && owner ~ /^module\// && layer(owner) ~ /^(feature|glue)$/)
		breach(file, "the core calls what is above it: " name " of " owner)
}

END {
	printing = "^(v?printf|puts|putchar|perror|psignal|v?errx?|v?warnx?|error|syslog)$"
	ending = "^(exit|_exit|_Exit|quick_exit|abort)$"
	for (file in files) {
		n = split(includes[file], list, "\n")
		for (i = 1; i < n; i++) {
			if (list[i] ~ /^<(linux|net)\/genetlink\.h/ && file != "lib/genl.c" &&
			    file !~ /^module\/nl(_[a-z]+)?\.[ch]$/)
				breach(file, "includes genetlink: " substr(list[i], 2))
			to = substr(list[i], 1, 1) == "\"" ? resolve(file, substr(list[i], 2)) : ""
			if (to)
				check_include(file, to)
		}
		split("", visited)
		if (layer(file) == "cmd" && (found = sees_netlink(file)))
			breach(file, "a command sees netlink through " found)
	}
	for (pair in uses) {
		split(pair, part, SUBSEP)
		check_use(part[1], part[2])
	}
	for (pair in calls) {
		split(pair, part, SUBSEP)
		if (layer(part[1]) != "lib")
			continue
		if (part[2] ~ printing)
			breach(part[1], "the library prints: " part[2])
		if (part[2] ~ ending)
			breach(part[1], "the library ends the program: " part[2])
	}
	exit breaches > 0
}
