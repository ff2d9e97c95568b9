// SPDX-License-Identifier: GPL-2.0-only
/*
 * by_runs: what a tool does that has just /proc and no idea how pages are shared: of each process it reads the page tables
 * (pagemap), of each run of page frames in there who pays (kpagecgroup), and adds up. Prints "INODE PAGES" of each group that pays.
 */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PAGE 4096
#define ENTRIES 32768
#define GROUPS 65536
#define PRESENT (UINT64_C(1) << 63)
#define FRAME ((UINT64_C(1) << 55) - 1)

static uint64_t entry[ENTRIES], owner[ENTRIES];
static struct {
	uint64_t inode;
	uint64_t pages;
} group[GROUPS];
static int kpagecgroup;

static void add(uint64_t inode)
{
	uint64_t i = inode * UINT64_C(0x9E3779B97F4A7C15) % GROUPS;

	while (group[i].pages && group[i].inode != inode)
		i = (i + 1) % GROUPS;
	group[i].inode = inode;
	group[i].pages++;
}

static void run(uint64_t frame, size_t n)
{
	ssize_t size = pread(kpagecgroup, owner, n * sizeof(*owner), frame * sizeof(*owner));

	for (ssize_t i = 0; i < size / (ssize_t)sizeof(*owner); i++)
		add(owner[i]);
}

static void mapping(int pagemap, uint64_t start, uint64_t end)
{
	for (uint64_t at = start; at < end;) {
		size_t want = (end - at) / PAGE < ENTRIES ? (end - at) / PAGE : ENTRIES, first,
		       next, n;
		ssize_t size =
			pread(pagemap, entry, want * sizeof(*entry), at / PAGE * sizeof(*entry));

		if (size <= 0)
			return;
		n = size / sizeof(*entry);
		for (first = 0; first < n; first = next) {
			next = first;
			while (next < n && entry[next] & PRESENT &&
			       (entry[next] & FRAME) == (entry[first] & FRAME) + (next - first))
				next++;
			if (next > first)
				run(entry[first] & FRAME, next - first);
			else
				next++;
		}
		at += (uint64_t)n * PAGE;
	}
}

static void process(const char *pid)
{
	char path[64], line[8192];
	uint64_t start, end;
	FILE *maps;
	int pagemap;

	snprintf(path, sizeof(path), "/proc/%s/pagemap", pid);
	pagemap = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "r");
	while (maps && pagemap >= 0 && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2 && end <= INT64_MAX)
			mapping(pagemap, start, end);
	if (maps)
		fclose(maps);
	if (pagemap >= 0)
		close(pagemap);
}

int main(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *dir;

	kpagecgroup = open("/proc/kpagecgroup", O_RDONLY);
	if (!proc || kpagecgroup < 0)
		err(1, "/proc");
	while ((dir = readdir(proc)))
		if (isdigit((unsigned char)dir->d_name[0]))
			process(dir->d_name);
	for (size_t i = 0; i < GROUPS; i++)
		if (group[i].pages)
			printf("%" PRIu64 " %" PRIu64 "\n", group[i].inode, group[i].pages);
	return 0;
}
