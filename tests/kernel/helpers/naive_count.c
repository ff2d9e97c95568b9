// SPDX-License-Identifier: GPL-2.0-only
/*
 * naive_count MOUNT: counts, without any cleverness, what `memcgctl show` claims to know. MOUNT is the
 * hierarchy of the memory controller. Looks at every page table entry of every process, asks the kernel about
 * each page by itself, and sorts. Shares no code with memcgctl.
 *
 *	group,PATH,MAPPED,SHARED,SHARE,OWN,LENT,BORROWED,FOREIGN
 *	cell,OWNER,MAPPER,BYTES
 *	file,DEVICE,INODE,PRESENT,SHARED,OWNER BYTES[;...],MAPPER BYTES[;...]
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <linux/kernel-page-flags.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define MAX_GROUPS 512
#define MAX_FILES 8192
#define PRESENT (UINT64_C(1) << 63)
#define OF_FILE (UINT64_C(1) << 61)
#define FRAME ((UINT64_C(1) << 55) - 1)

/* A page that a process of a group maps; @file is -1 for private memory. */
struct entry {
	uint64_t pfn;
	int file;
	int group;
};

static struct group {
	char *path;
	uint64_t ino, mapped, shared, own, lent, borrowed, foreign;
	double share;
} groups[MAX_GROUPS];

/* A System V segment may have the device and inode of a memfd. */
static struct file {
	unsigned int major, minor;
	bool segment;
	uint64_t ino, present, shared;
	uint64_t owned[MAX_GROUPS + 1], maps[MAX_GROUPS];
} * files[MAX_FILES];

/* By owner and mapper. */
static uint64_t cells[MAX_GROUPS + 1][MAX_GROUPS];

static struct entry *entries;
static size_t nr_entries, room;
static int nr_groups, nr_files;
static const char *mount;
static int flags_fd, cgroup_fd;

static uint64_t number_at(int fd, uint64_t index)
{
	uint64_t number = 0;

	if (pread(fd, &number, sizeof(number), index * sizeof(number)) != sizeof(number))
		return 0;
	return number;
}

static int add_group(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)where;
	if (type != FTW_D)
		return 0;
	if (nr_groups == MAX_GROUPS)
		errx(1, "too many groups");
	groups[nr_groups].path = strdup(path[strlen(mount)] ? path + strlen(mount) : "/");
	groups[nr_groups++].ino = st->st_ino;
	return 0;
}

static int group_of(const char *pid)
{
	char name[300], line[4096];
	int found = -1;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%s/cgroup", pid);
	file = fopen(name, "r");
	while (file && fgets(line, sizeof(line), file)) {
		char *path = strchr(strchr(line, ':') + 1, ':') + 1;

		path[strcspn(path, "\n")] = '\0';
		/* A memory line of v1 comes before that of v2. */
		if (found >= 0 || !(strstr(line, ":memory:") || !strncmp(line, "0::", 3)))
			continue;
		for (int i = 0; i < nr_groups; i++) {
			if (!strcmp(groups[i].path, path))
				found = i;
		}
	}
	if (file)
		fclose(file);
	return found;
}

static int file_number(unsigned int major, unsigned int minor, uint64_t ino, bool segment)
{
	for (int i = 0; i < nr_files; i++) {
		if (files[i]->ino == ino && files[i]->major == major && files[i]->minor == minor &&
		    files[i]->segment == segment)
			return i;
	}
	if (nr_files == MAX_FILES)
		errx(1, "too many files");
	files[nr_files] = calloc(1, sizeof(struct file));
	files[nr_files]->major = major;
	files[nr_files]->minor = minor;
	files[nr_files]->ino = ino;
	files[nr_files]->segment = segment;
	return nr_files++;
}

static void add_entry(uint64_t pfn, int group, int file)
{
	if (nr_entries == room) {
		room = room ? room * 2 : 65536;
		entries = realloc(entries, room * sizeof(*entries));
		if (!entries)
			err(1, NULL);
	}
	entries[nr_entries++] = (struct entry){ .pfn = pfn, .group = group, .file = file };
}

static void read_mapping(int pagemap, int group, const char *line)
{
	unsigned int major, minor;
	uint64_t start, end, ino;
	char perms[8];
	int file;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*x %x:%x %" SCNu64, &start, &end, perms,
		   &major, &minor, &ino) != 6 ||
	    strstr(line, "[v"))
		return;
	file = ino || major || minor ? file_number(major, minor, ino, strstr(line, "/SYSV")) : -1;
	for (uint64_t at = start; at < end; at += PAGE) {
		uint64_t entry = number_at(pagemap, at / PAGE);
		uint64_t flags;

		if (!(entry & PRESENT))
			continue;
		if (!(entry & FRAME))
			errx(1, "no frame numbers: not root?");
		flags = number_at(flags_fd, entry & FRAME);
		if (flags & (UINT64_C(1) << KPF_ZERO_PAGE | UINT64_C(1) << KPF_NOPAGE))
			continue;
		add_entry(entry & FRAME, group, entry & OF_FILE ? file : -1);
	}
}

static void read_process(const char *pid)
{
	char name[300], line[8192];
	int group = group_of(pid), pagemap;
	FILE *maps;

	snprintf(name, sizeof(name), "/proc/%s/pagemap", pid);
	pagemap = open(name, O_RDONLY);
	snprintf(name, sizeof(name), "/proc/%s/maps", pid);
	maps = fopen(name, "r");
	while (maps && group >= 0 && pagemap >= 0 && fgets(line, sizeof(line), maps))
		read_mapping(pagemap, group, line);
	if (maps)
		fclose(maps);
	if (pagemap >= 0)
		close(pagemap);
}

static bool is_below(int group, int top)
{
	size_t len = strlen(groups[top].path);

	return !strcmp(groups[top].path, "/") ||
	       (!strncmp(groups[group].path, groups[top].path, len) &&
		(!groups[group].path[len] || groups[group].path[len] == '/'));
}

/* Index of the group charged for a page; MAX_GROUPS for none. A tail page of a folio is charged as its head is. */
static int owner_of(uint64_t pfn)
{
	uint64_t ino;

	while (number_at(flags_fd, pfn) & (UINT64_C(1) << KPF_COMPOUND_TAIL))
		pfn--;
	ino = number_at(cgroup_fd, pfn);
	for (int i = 0; i < nr_groups; i++) {
		if (ino && groups[i].ino == ino)
			return i;
	}
	return MAX_GROUPS;
}

/* One page: all its entries. */
static void count_page(const struct entry *entry, size_t count)
{
	static bool maps[MAX_GROUPS];
	int mappers = 0, owner = owner_of(entry->pfn);

	memset(maps, 0, sizeof(maps));
	for (size_t i = 0; i < count; i++) {
		mappers += !maps[entry[i].group];
		maps[entry[i].group] = true;
	}
	for (int top = 0; top < nr_groups; top++) {
		int below = 0;

		for (int i = 0; i < nr_groups; i++)
			below += maps[i] && is_below(i, top);
		groups[top].mapped += below ? PAGE : 0;
		groups[top].shared += below && below < mappers ? PAGE : 0;
		groups[top].share += (double)PAGE * below / mappers;
		if (owner != MAX_GROUPS && is_below(owner, top)) {
			groups[top].own += below == mappers ? PAGE : 0;
			groups[top].lent += below && below < mappers ? PAGE : 0;
			groups[top].foreign += below ? 0 : PAGE;
		} else if (owner != MAX_GROUPS && below) {
			groups[top].borrowed += PAGE;
		}
		cells[owner][top] += maps[top] ? PAGE : 0;
	}
	for (size_t i = 0; i < count; i++) {
		struct file *file = entry[i].file < 0 ? NULL : files[entry[i].file];

		if (!file || (i && entry[i].file == entry[i - 1].file))
			continue;
		file->present += PAGE;
		file->shared += mappers > 1 ? PAGE : 0;
		file->owned[owner] += PAGE;
		for (int g = 0; g < nr_groups; g++)
			file->maps[g] += maps[g] ? PAGE : 0;
	}
}

static int by_page(const void *one, const void *other)
{
	const struct entry *a = one, *b = other;

	if (a->pfn != b->pfn)
		return a->pfn < b->pfn ? -1 : 1;
	return (a->file > b->file) - (a->file < b->file);
}

/* Largest first. */
static void print_parts(uint64_t *bytes, int count)
{
	for (const char *between = ",";; between = ";") {
		int largest = 0;

		for (int i = 1; i < count; i++) {
			if (bytes[i] > bytes[largest] ||
			    (bytes[i] && bytes[i] == bytes[largest] &&
			     strcmp(groups[i].path, groups[largest].path) < 0))
				largest = i;
		}
		if (!bytes[largest])
			break;
		printf("%s%s %" PRIu64, between,
		       largest == MAX_GROUPS ? "(nobody)" : groups[largest].path, bytes[largest]);
		bytes[largest] = 0;
	}
}

static void print_groups(void)
{
	for (int i = 0; i < nr_groups; i++)
		printf("group,%s,%" PRIu64 ",%" PRIu64 ",%.0f,%" PRIu64 ",%" PRIu64 ",%" PRIu64
		       ",%" PRIu64 "\n",
		       groups[i].path, groups[i].mapped, groups[i].shared, groups[i].share,
		       groups[i].own, groups[i].lent, groups[i].borrowed, groups[i].foreign);
	for (int owner = 0; owner <= MAX_GROUPS; owner++) {
		for (int i = 0; i < nr_groups; i++) {
			if (cells[owner][i])
				printf("cell,%s,%s,%" PRIu64 "\n",
				       owner == MAX_GROUPS ? "(nobody)" : groups[owner].path,
				       groups[i].path, cells[owner][i]);
		}
	}
}

static void print_files(void)
{
	for (int i = 0; i < nr_files; i++) {
		printf("file,%u:%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64, files[i]->major,
		       files[i]->minor, files[i]->ino, files[i]->present, files[i]->shared);
		print_parts(files[i]->owned, MAX_GROUPS + 1);
		print_parts(files[i]->maps, MAX_GROUPS);
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	size_t next;

	if (argc != 2 || !proc)
		errx(2, "usage: naive_count MOUNT");
	mount = argv[1];
	flags_fd = open("/proc/kpageflags", O_RDONLY);
	cgroup_fd = open("/proc/kpagecgroup", O_RDONLY);
	if (flags_fd < 0 || cgroup_fd < 0 || nftw(mount, add_group, 16, FTW_PHYS | FTW_MOUNT))
		err(1, "cannot read the kernel's files");
	while ((entry = readdir(proc))) {
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			read_process(entry->d_name);
	}
	qsort(entries, nr_entries, sizeof(*entries), by_page);
	for (size_t i = 0; i < nr_entries; i = next) {
		for (next = i; next < nr_entries && entries[next].pfn == entries[i].pfn; next++)
			;
		count_page(entries + i, next - i);
	}
	print_groups();
	print_files();
	return 0;
}
