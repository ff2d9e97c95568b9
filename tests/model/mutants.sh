#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mutants.sh OBJDIR: change one line of counter.c or lifecycle.h at a time, in a copy, and see that
# the explorer finds it. A mutant that lives means that a test is missing. Prints TAP.
# OBJDIR has the objects of the model; CC is the compiler that made them.
set -eu

objdir=$1
workdir=$1/mutants
: "${CC:=cc}"
here=tests/model
number=0
failures=0

# mutant NAME FILE SED: SED must change FILE, the copy must compile, and the model must fail.
mutant() {
	local name=$1 file=module/core/$2 status=0 suite=${2%.*} source kept

	# The one object that the changed file goes into is built anew; the others are there.
	if [ "$suite" = counter ]; then
		source=$workdir/$file
		kept=("$objdir"/{main,explore,counter_model,lifecycle_model}.o)
	else
		source=$here/lifecycle_model.c
		kept=("$objdir"/{main,explore,counter_model,counter}.o)
	fi
	number=$((number + 1))
	cp module/core/counter.[ch] module/core/lifecycle.h "$workdir/module/core/"
	sed -E "$3" "$file" >"$workdir/$file"
	if cmp -s "$file" "$workdir/$file"; then
		echo "not ok $number - mutant: $name"
		echo "# the line to change is not there any more"
		failures=$((failures + 1))
		return
	fi
	rm -f "$workdir/changed.o"
	$CC -std=gnu11 -O2 -w -I"$here/shim" -I"$here" -I"$workdir/module" -c \
		-o "$workdir/changed.o" "$source"
	$CC -o "$workdir/model" "${kept[@]}" "$workdir/changed.o"
	timeout 60 "$workdir/model" "$suite" >"$workdir/log" 2>&1 || status=$?
	if [ "$status" -eq 1 ]; then
		echo "ok $number - mutant: $name"
	else
		echo "not ok $number - mutant: $name"
		echo "# the model's status is $status"
		failures=$((failures + 1))
	fi
	sed -n 's/^# /# found: /p' "$workdir/log" | head -n 1
}

mkdir -p "$workdir/module/core"
echo "1..16"

mutant "the limit is one page less" counter.c 's/new > READ_ONCE/new >= READ_ONCE/'
mutant "the limit is one page more" counter.c 's/new > (READ_ONCE\(c->limit\))/new > \1 + 1/'
mutant "add first, look afterwards" counter.c \
	's/while \(!atomic_long_try_cmpxchg\(&c->usage.*/while (0); atomic_long_add(nr, \&c->usage);/'
mutant "a refused try is not undone" counter.c 's/atomic_long_sub\(nr, &undo->usage\);/;/'
mutant "the level that refused is undone, too" counter.c 's/undo != level;/undo != level->parent;/'
mutant "another level is named" counter.c 's/\*over = level;/*over = c;/'
mutant "soft levels refuse" counter.c 's/unlikely\(\*breach\) && READ_ONCE\(c->strict\)/*breach/'
mutant "a try makes no peak" counter.c 's/raise_peak\(c, new\);/;/'
mutant "a forced charge makes no peak" counter.c 's/raise_peak\(c, usage\);/;/'
mutant "the peak is looked at, then set" counter.c \
	's/while \(usage > peak .*/if (usage > peak) atomic_long_set(\&c->peak, usage);/'
mutant "forced counts what was there" counter.c 's/over < nr \? over : nr/over/'
mutant "an uncharge stops at the first level" counter.c \
	's/atomic_long_sub\(nr, &c->usage\);/{ atomic_long_sub(nr, \&c->usage); break; }/'
mutant "every kill begins the end" lifecycle.h \
	's/return !(test_and_set_bit\(.*\));/return \1 || true;/'
mutant "a call takes no reference" lifecycle.h 's/ && refcount_inc_not_zero\(&lc->refs\)//'
mutant "a call does not look at DEAD" lifecycle.h 's/!lifecycle_is_dead\(lc\) && //'
mutant "every put releases" lifecycle.h 's/if \(refcount_dec_and_test\((.*)\)\)$/refcount_dec_and_test(\1);/'

[ "$failures" -eq 0 ]
