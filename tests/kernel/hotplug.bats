#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# A CPU that goes away leaves its stock of charges and its part of the statistics to others.

load lib

setup() {
	log_begin
	module_load
}

teardown() {
	echo 1 >/sys/devices/system/cpu/cpu1/online
	remove_groups
	module_unload
}

@test "limits stay exact while a CPU goes off and on line under stress" {
	new_group a
	new_group a/b
	memcgctl kmem limit /a 32M
	memcgctl kmem limit /a/b 16M
	in_group a/b stress-ng --temp-path /tmp --pipe 1 --dentry 1 --fork 1 --timeout 60 --quiet &
	sleep 1
	for n in 1 2 3 4 5; do
		echo 0 >/sys/devices/system/cpu/cpu1/online
		# While it is off: a limit set and cleared must not wait for it.
		memcgctl kmem limit /a/b 12M
		sleep 0.2
		echo 1 >/sys/devices/system/cpu/cpu1/online
		sleep 0.3
	done
	kill_group a/b
	kmem_exact a/b
	kmem_exact a
	[ "$n" = 5 ]
}
