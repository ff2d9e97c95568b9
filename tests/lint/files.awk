# SPDX-License-Identifier: GPL-2.0-only
#
# files.awk FILE…: each begins with its folder's licence, and is of 600 lines at most. Prints one line for each breach; the status is 1
# if there is one.

function licence(file) {
	if (file ~ /^lib\//)
		return "LGPL-2.1-or-later"
	return file ~ /^module\/uapi\// ? "GPL-2.0-only WITH Linux-syscall-note" : "GPL-2.0-only"
}

# Texts for people, licences, tool configuration, and recorded data carry no comment.
function is_checked(file) {
	return file !~ /^\./ && file !~ /(^|\/)LICENSE/ && file !~ /\.(md|json|csv|expected|tape|cast)$/ &&
	       file !~ /\/(golden|data)\// && file !~ /\/results\/.*\.txt$/
}

function breach(text) {
	print text
	status = 1
}

# It may be followed by the end of a comment.
function check(    want, at) {
	want = "SPDX-License-Identifier: " licence(file)
	at = index(first, want)
	if (!at || substr(first, at + length(want)) !~ /^($| [*-])/)
		breach(file ": the first line is not " want)
	if (lines > 600)
		breach(file ": " lines " lines, more than 600")
}

# One without a line is not met below.
BEGIN {
	for (i = 1; i < ARGC; i++) {
		if (is_checked(ARGV[i]) && (getline first <ARGV[i]) == 0) {
			file = ARGV[i]
			check()
		}
		close(ARGV[i])
	}
	file = ""
}

FNR == 1 {
	if (file)
		check()
	file = is_checked(FILENAME) ? FILENAME : ""
	first = $0
	lines = 0
}

FNR == 2 && first ~ /^#(!|compdef)/ { first = $0 }
{ lines++ }

END {
	if (file)
		check()
	exit status
}
