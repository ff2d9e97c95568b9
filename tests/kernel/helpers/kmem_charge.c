// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmem_charge FOLDER LINE...: in the group FOLDER, writes each LINE to /proc/charge_gfp (see charge-gfp/charge_gfp.c), and
 * after each prints what came of it.
 *
 * Everything that takes kernel memory is done before it enters the group, so that the group is charged for nothing else.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char result[256];

int main(int argc, char **argv)
{
	int control, group, root, i;
	char name[4096];
	ssize_t done, n;

	if (argc < 3)
		errx(2, "kmem_charge FOLDER LINE...");
	snprintf(name, sizeof(name), "%s/cgroup.procs", argv[1]);
	control = open("/proc/charge_gfp", O_RDWR);
	group = open(name, O_WRONLY);
	root = open("/sys/fs/cgroup/cgroup.procs", O_WRONLY);
	if (control < 0 || group < 0 || root < 0)
		err(1, "open");
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		err(1, "mlockall");
	for (i = 2; i < argc; i++) {
		if (write(group, "0", 1) != 1)
			err(1, "%s", argv[1]);
		done = write(control, argv[i], strlen(argv[i]));
		/* What reading the result takes is not the group's either. */
		if (write(root, "0", 1) != 1)
			err(1, "root");
		if (done < 0)
			errx(1, "%s: not possible", argv[i]);
		n = pread(control, result, sizeof(result), 0);
		if (n < 0 || write(STDOUT_FILENO, result, n) != n)
			err(1, "result");
	}
	return 0;
}
