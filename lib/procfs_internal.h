/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside of the procfs backend. procfs.c drives; procfs_maps.c knows the text of /proc/PID/maps,
 * procfs_process.c processes, procfs_pages.c pagemap and kpage*, procfs_see.c what page tables say of a file's pages, procfs_share.c
 * joins pages, procfs_doubt.c keeps what was told by a count alone, procfs_full.c tells a mapping that has all its pages,
 * procfs_wanted.c knows the pages of one process.
 */
#ifndef MCG_PROCFS_INTERNAL_H
#define MCG_PROCFS_INTERNAL_H

#include <sys/types.h>

#include "attribution_build.h"
#include "procfs.h"

/*
 * Pages looked at in one go: bounds the buffers. The more, the more of their frames are side by side; the fewer, the more of the
 * buffers stays in the caches of the CPU.
 */
#define CHUNK_PAGES 65536

/* Page table entries read in one go, after a question where the next page is that is present. */
#define READ_PAGES 32768

/* Bits of /proc/PID/pagemap. */
#define PM_PFN_MASK ((UINT64_C(1) << 55) - 1)
#define PM_EXCLUSIVE (UINT64_C(1) << 56)
#define PM_FILE (UINT64_C(1) << 61)
#define PM_PRESENT (UINT64_C(1) << 63)

/* So many are asked for at once. */
#define MAX_HOLES 256

/* From this size on it pays to ask the kernel for the next page that is present. */
#define HUGE_HOLE_PAGES 512

/* One line of /proc/PID/maps. */
struct map_line {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	uint64_t ino;
	uint32_t dev_major;
	uint32_t dev_minor;
	bool shared;
	const char *name; /* into the text; not terminated */
	size_t name_len;
};

/* A process with memory. @tid differs from @pid where the leader has exited before other threads. */
struct process {
	pid_t pid;
	pid_t tid;
	uint32_t group;
	int pagemap; /* -1: closed, or the process is gone */
};

/* A mapping of a file. */
struct mapping {
	uint64_t start;
	uint64_t first; /* page index in the file */
	uint64_t pages;
	uint64_t present_from; /* no page below this address (and above what was read) is present */
	uint64_t ino;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint32_t kind; /* tells apart what has the same device and inode, see mapping_kind() */
	uint32_t process;
	uint32_t same_file; /* see struct chunk; 0: not known */
	char *name;	    /* in scan->names */
	bool shared;
	bool full; /* all its pages are present */
};

/*
 * A page whose mappers, @set, have to be joined by frame, and the file it is of; 0 is anonymous memory. Or else @pages whose frames
 * follow each other, where the value of the first is put, and whether those of the others are put before it, not after it: what the
 * kernel frees it hands out again in the reverse order. @whole: all of them are complete (procfs_share.c).
 */
struct frame {
	uint64_t pfn;
	union {
		uint32_t set;
		uint32_t at;
	};
	union {
		uint32_t file;
		struct {
			uint32_t pages : 30;
			uint32_t down : 1;
			uint32_t whole : 1;
		};
	};
};

/* Where the value of page @i of the frames is put. */
static inline size_t frame_at(const struct frame *frame, size_t i)
{
	return frame->down ? frame->at - i : frame->at + i;
}

/* The lowest place that the frames have a value at. */
static inline size_t frame_lowest(const struct frame *frame)
{
	return frame->down ? frame->at - (frame->pages - 1) : frame->at;
}

/* Where nothing is present. */
struct hole {
	uint64_t start;
	uint64_t end;
};

/**
 * struct chunk - a stretch of one file's pages
 * @entries: page table entries of one mapping
 * @pfn: the frame of each page
 * @set: the groups that were seen to map it
 * @maps: by how many mappings; 0 while no one does
 * @complete: it is known that all that cover this page map it, and nothing else is kept of it
 * @frames: @nr_frames stretches of pages to be looked up
 * @counts: by how many mappings the kernel says that each page is mapped
 * @owners: who pays for it
 * @same_file: mappings that have the same number are of the same file as the first one of the chunk; never 0
 * @uncounted: all that cover it have all of it, so that it is not asked how often its pages are mapped
 * @mixed: what was seen may be of other files, too, that have the same number
 */
struct chunk {
	uint64_t entries[CHUNK_PAGES];
	uint64_t pfn[CHUNK_PAGES];
	uint32_t set[CHUNK_PAGES];
	uint32_t maps[CHUNK_PAGES];
	bool complete[CHUNK_PAGES];
	struct frame frames[CHUNK_PAGES];
	size_t nr_frames;
	struct frame spare[CHUNK_PAGES];
	uint64_t counts[CHUNK_PAGES];
	uint64_t owners[CHUNK_PAGES];
	uint32_t file;
	uint64_t first;
	size_t pages;
	uint32_t same_file;
	bool uncounted;
	bool mixed;
};

/* A file of /proc as it was read: room for the next one, too. */
struct text {
	char *bytes;
	size_t room;
};

struct scan {
	struct attribution_build *build;
	const struct mcg_attr_query *query;
	int proc_fd;

	/* Processes and mappings. */
	struct process *processes;
	size_t nr_processes;
	size_t room_processes;
	struct mapping *mappings;
	size_t nr_mappings;
	size_t room_mappings;
	char **names;
	size_t nr_names;
	size_t room_names;
	struct text text;
	size_t open_pagemaps;
	size_t max_pagemaps;
	size_t clock;

	/* Pages. */
	bool frames_known; /* whether there are frame numbers: told by the first present page */
	bool trust_counts; /* all that can map a page is seen */
	bool no_pagemap_scan;
	bool statm_exact;  /* counts of processes are: procfs_full.c */
	bool regular_file; /* what is looked at: so all mappings of the file have the same pages */
	int kpagecount;
	int kpagecgroup;
	int kpageflags;
	size_t *stretches; /* which frames one call reads: up to this one, from where the one before ended */
	size_t nr_stretches;
	size_t room_stretches;
	uint64_t *window;
	uint64_t head_block; /* flags of which block of 512 frames are in @head_flags */
	uint64_t *head_flags;

	/* Of the process that is asked about, if one is: its files, one bit per frame that it maps. */
	struct hmap wanted_files;
	uint64_t *wanted;
	size_t room_wanted;

	/* Pages whose mappers are not told yet. */
	struct frame *join;
	size_t nr_join;
	size_t room_join;
	uint64_t *by_count; /* one bit per frame whose mappers were told by its count alone */
	size_t room_by_count;
	struct hmap doubted; /* frames of which that turned out to be wrong */
	struct chunk *chunk;
};

/* procfs_maps.c */

/**
 * maps_line() - read one line of /proc/PID/maps
 * @text: not terminated; need not be well-formed
 * @size: bytes in @text
 * @used: how many bytes the line takes with its end
 *
 * Return: false when the line is no mapping; @used is set all the same.
 */
bool maps_line(const char *text, size_t size, struct map_line *line, size_t *used);

/* maps_name() - a copy of the name, with the kernel's \012 turned into the line end it stands for. */
char *maps_name(const struct map_line *line);

/* procfs_process.c */
int processes_read(struct scan *scan);
/* Where a file about the process is, below /proc. */
#define PROCESS_PATH_SIZE 64
void process_path(const struct process *process, const char *file, char path[PROCESS_PATH_SIZE]);
int process_pagemap(struct scan *scan, struct process *process);
/* Reads a whole file, with a 0 behind it. Return: bytes, or -errno. */
ssize_t text_read(struct text *text, int dir, const char *path);

/* procfs_wanted.c */

/* What stands for all pages of the process that is asked about, and for those that are of no file, in place of a file's number. */
#define WANTED_ALL 1
#define WANTED_PRIVATE 2
#define WANTED_FILES 2

/* Reads which pages and files are asked about, if not all are. Return: 0, or -1 with the error set. */
int wanted_read(struct scan *scan);
void wanted_free(struct scan *scan);
/* Whether pages of the mapping may be asked about. */
bool is_wanted_line(const struct scan *scan, const struct map_line *line);
static inline bool is_wanted(const struct scan *scan, uint64_t pfn)
{
	return !scan->query->pid ||
	       (pfn / 64 < scan->room_wanted && scan->wanted[pfn / 64] >> (pfn % 64) & 1);
}
/* Counts pages; @file: or FILE_ALL, for such as are of none. */
void count_pages(struct scan *scan, uint32_t file, uint32_t set, uint32_t owner, uint64_t pages);

/* procfs_pages.c */
int pages_open(struct scan *scan);
void pages_close(struct scan *scan);
/* Reads entries; what cannot be read is not present. */
void pagemap_read(struct scan *scan, int fd, uint64_t address, uint64_t *entries, size_t count);
/* The first address in the range from which on a page may be present; @end if there is none. */
uint64_t pagemap_next(struct scan *scan, int fd, uint64_t address, uint64_t end);
/*
 * Finds where nothing is present in the range: *@nr_holes of MAX_HOLES.
 * Return: up to where it looked; @address if the kernel (before Linux 6.7) or the process cannot tell.
 */
uint64_t pagemap_holes(struct scan *scan, int fd, uint64_t address, uint64_t end,
		       struct hole *holes, size_t *nr_holes);
/*
 * Adds to *@pages how many are present in the range that are no anonymous memory.
 * Return: false if the kernel (before Linux 6.7) or the process cannot tell.
 */
bool pagemap_count(struct scan *scan, int fd, uint64_t address, uint64_t end, uint64_t *pages);
/* Whether the range is so large, and this kernel so unable to skip its holes, that it is left out. */
bool pagemap_too_large(struct scan *scan, int fd, uint64_t address, uint64_t end);
void frames_sort(struct frame *frames, struct frame *spare, size_t count);
/* Adds one page to @count of frames, behind the place of the last one. Return: how many they are now. */
size_t frames_add(struct frame *frames, size_t count, uint64_t pfn, uint32_t at);
/* The frames of page table entries, of those that are of a file and present, each in the place of its entry. Return: how many. */
size_t frames_of_entries(struct frame *frames, const uint64_t *entries, size_t count);
/* Finds the stretches of frames, which are ascending by pfn: for the next two, with the same frames. */
void frames_stretch(struct scan *scan, const struct frame *frames, size_t count);
/* One value per page, in its place. What cannot be read is 0. */
void frames_lookup(struct scan *scan, int fd, const struct frame *frames, size_t count,
		   uint64_t *values);
void frames_owners(struct scan *scan, const struct frame *frames, size_t count, uint64_t *owners);

/* procfs_doubt.c */

/* Notes that the mappers of these frames were told by their count alone; a frame of which that was noted before is doubted. */
void doubt_note(struct scan *scan, uint64_t pfn, uint64_t pages);
/* When all files are done: doubts those, too, that are left to be joined, and begins anew. Return: whether any are doubted. */
bool doubt_end(struct scan *scan);
void doubt_free(struct scan *scan);
static inline bool is_doubted(const struct scan *scan, uint64_t pfn)
{
	return scan->doubted.used && hmap_get(&scan->doubted, pfn, 0);
}

/* procfs_full.c */

void full_open(struct scan *scan);
/*
 * Tells whether the largest shared one of all mappings of files of a process is full; @others: pages that are no anonymous memory
 * and lie in none of them. Overwrites scan->text.
 */
void full_find(struct scan *scan, const struct process *process, struct mapping *mappings,
	       size_t count, uint64_t others);

/* procfs_see.c */

/* Reads the entries of all pages of the chunk in its first mapping. */
void see_first(struct scan *scan, struct mapping *mapping);
/* With these entries, what all mappings that cover the chunk have of it and is not complete: frames, sets and numbers of mappings. */
void see_rest(struct scan *scan, struct mapping **active, size_t count);

/* procfs_share.c */
int share_open(struct scan *scan);
void share_close(struct scan *scan);
/* A page whose mappers, of which @set is some, are to be joined by its frame. */
void share_later(struct scan *scan, uint32_t file, uint64_t pfn, uint32_t set);
/* A page that no file backs, mapped by a process of @group. */
void share_private(struct scan *scan, uint32_t group, uint64_t entry);
/*
 * Pages of anonymous memory, at most CHUNK_PAGES, of a process of @group.
 * Return: how many are present that are none, but the kernel's.
 */
size_t share_anonymous(struct scan *scan, int fd, uint32_t group, uint64_t address, size_t pages);
/* The mappings of one file, in order of their first page. */
void share_file(struct scan *scan, uint32_t file, struct mapping *mappings, size_t count);
/* Joins what was left over. */
void share_join(struct scan *scan);

#endif
