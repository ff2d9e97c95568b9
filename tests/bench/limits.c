// SPDX-License-Identifier: GPL-2.0-only
/*
 * limits BYTES: the same kmem limit for every group whose memory.max a line of standard input names.
 * A thousand runs of memcgctl would take longer than all the rest.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memcgctl.h"

int main(int argc, char **argv)
{
	struct mcg_error error = { 0 };
	struct mcg_module *module;
	struct mcg_kmem kmem;
	char line[4096];
	int fd;

	if (argc != 2)
		errx(2, "usage: limits BYTES");
	module = mcg_module_open(&error);
	if (!module)
		errx(1, "no module");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		fd = open(line, O_WRONLY);
		if (fd < 0)
			err(1, "%s", line);
		if (mcg_kmem_set(module, fd, strtoull(argv[1], NULL, 10), MEMCGCTL_KMEM_ENFORCE,
				 &kmem, &error))
			errx(1, "%s: no limit", line);
		mcg_kmem_free(&kmem);
		close(fd);
	}
	mcg_module_close(module);
	return 0;
}
