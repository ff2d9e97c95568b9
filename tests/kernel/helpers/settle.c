// SPDX-License-Identifier: GPL-2.0-only
/*
 * settle GROUP: charge some objects to GROUP on every CPU, and free them. The kernel puts together there what CPUs once gave
 * back of pages in parts, and uncharges the pages that are whole. Everything else of this process is charged before.
 */
#include <sched.h>
#include <sys/mman.h>

#include "group.h"

#define PIPES 32

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int pipes[PIPES][2];
	cpu_set_t set;

	if (argc != 2)
		errx(2, "usage: settle GROUP");
	if (mlockall(MCL_CURRENT))
		err(1, "mlockall");
	group_join(argv[1]);
	for (long cpu = 0; cpu < cpus; cpu++) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			err(1, "CPU %ld", cpu);
		for (int i = 0; i < PIPES; i++)
			if (pipe(pipes[i]))
				err(1, "pipe");
		for (int i = 0; i < PIPES; i++) {
			close(pipes[i][0]);
			close(pipes[i][1]);
		}
	}
	return 0;
}
