// SPDX-License-Identifier: GPL-2.0-only
/* Parts of processes by name, and mounts. */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mounts.h"
#include "ranges.h"

static void ranges(void **state)
{
	struct mcg_tree tree = { .proc = "/proc", .version = 2 };
	struct mcg_ranges found = { .n = 0 };
	char name[] = "/tmp/memcgctl-ranges.XXXXXX";
	int fd = mkstemp(name), page = getpagesize();
	struct mcg_error err;
	struct stat st;
	char *map;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4L * page), 0);
	map = mmap(NULL, 4L * page, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(map != MAP_FAILED);
	/* Two mappings side by side are one range; with a hole between them they are two. */
	assert_int_equal(mprotect(map, page, PROT_NONE), 0);
	assert_int_equal(mcg_ranges_named(&tree, getpid(), name, &found, &err), 0);
	assert_int_equal(found.n, 1);
	assert_true(found.range[0].start == (uintptr_t)map);
	assert_true(found.range[0].end == (uintptr_t)map + 4 * page);
	assert_true(found.range[0].shared);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(found.range[0].file.ino, st.st_ino);
	mcg_ranges_free(&found);
	assert_int_equal(munmap(map + page, page), 0);
	assert_int_equal(unlink(name), 0);
	/* The kernel marks the name of what was removed; without the mark it is the same. */
	assert_int_equal(mcg_ranges_named(&tree, getpid(), name, &found, &err), 0);
	assert_int_equal(found.n, 2);
	mcg_ranges_free(&found);
	assert_int_equal(mcg_ranges_named(&tree, getpid(), "/tmp/memcgctl-ranges", &found, &err), -1);
	assert_int_equal(err.status, MCG_NOT_FOUND);
	assert_int_equal(mcg_ranges_named(&tree, getpid(), "[stack]", &found, &err), 0);
	assert_int_equal(found.n, 1);
	assert_int_equal(mcg_ranges_named(&tree, getpid(), NULL, &found, &err), 0);
	assert_true(found.n > 5);
	mcg_ranges_free(&found);
	assert_int_equal(mcg_ranges_named(&tree, 1 << 30, NULL, &found, &err), -1);
	assert_int_equal(err.status, MCG_NOT_FOUND);
	mcg_ranges_free(&found);
	close(fd);
}

struct seen {
	int n;
	char point[64];
};

static int look(const struct mcg_mount *mount, void *data)
{
	struct seen *seen = data;

	seen->n++;
	if (mount->dev_minor == 99) {
		assert_string_equal(mount->root, "/a b");
		assert_string_equal(mount->type, "tmpfs");
		assert_int_equal(mount->dev_major, 0);
		snprintf(seen->point, sizeof(seen->point), "%s", mount->point);
	}
	return 0;
}

static void mounts(void **state)
{
	static const char text[] =
		"1 1 8:1 / / rw - ext4 /dev/sda rw\n"
		"42 1 0:99 /a\\040b /mnt/\\011x\\134 rw,nosuid shared:1 master:2 - tmpfs none rw\n"
		"7 1 0:1 / /short rw\n"
		"nonsense\n"
		"8 1 0:2 / /last rw - proc proc rw\n";
	char name[] = "/tmp/memcgctl-mounts.XXXXXX";
	struct seen seen = { .n = 0 };
	int fd = mkstemp(name);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_int_equal(mcg_mounts_walk(name, look, &seen), 0);
	assert_int_equal(seen.n, 3);
	assert_string_equal(seen.point, "/mnt/\tx\\");
	unlink(name);
	assert_int_equal(mcg_mounts_walk(name, look, &seen), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges),
		cmocka_unit_test(mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
