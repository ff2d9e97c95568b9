/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libmemcgctl: the calls of the memcgctl kernel module for programs.
 *
 * A group is named by a descriptor of one of its cgroupfs files, opened by the caller: the
 * descriptor is the proof of permission (see uapi/memcgctl.h). Every call returns 0 or more when it
 * worked and -1 with @err filled in when it did not. Nothing here prints or exits. A struct
 * mcg_module belongs to one thread at a time.
 */
#ifndef MEMCGCTL_H
#define MEMCGCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "uapi/memcgctl.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MCG_API __attribute__((visibility("default")))

/* What an error means; the exit statuses of the commands. */
enum mcg_status {
	MCG_OK,
	MCG_FAILED,
	MCG_USAGE,
	MCG_NO_MODULE,
	MCG_NOT_FOUND,
	MCG_PARTLY,
	MCG_NOT_PERMITTED,
};

/**
 * struct mcg_error - one error
 * @status: what it means; %MCG_OK as long as no error was set
 * @errnum: the errno value behind it, or 0
 * @subject: on what: a group, file, process or argument as the user named it; may be empty
 * @message: what went wrong and why; the kernel's own words when it gave any
 * @hint: what to do about it; may be empty
 */
struct mcg_error {
	enum mcg_status status;
	int errnum;
	char subject[512];
	char message[1024];
	char hint[256];
};

/* mcg_version() - the version of this library. */
MCG_API const char *mcg_version(void);

/* A connection to the module. */
struct mcg_module;

/**
 * mcg_module_open() - connect to the module
 *
 * Return: the connection, or NULL with @err set (%MCG_NO_MODULE when it is not loaded).
 */
MCG_API struct mcg_module *mcg_module_open(struct mcg_error *err);

/* mcg_module_close() - end the connection; NULL is allowed. */
MCG_API void mcg_module_close(struct mcg_module *module);

/**
 * struct mcg_kmem - the kmem limit of one group and what came of it
 * Members are the attributes of &enum memcgctl_kmem_attr; sizes are bytes. A @limit or @effective
 * of %MEMCGCTL_SIZE_MAX means no limit. @path and @effective_path are NULL when the module did not
 * tell.
 */
struct mcg_kmem {
	uint64_t id;
	uint64_t limit;
	uint64_t usage;
	uint64_t peak;
	uint64_t effective;
	uint64_t effective_id;
	uint64_t breaches;
	uint64_t failed;
	uint64_t forced;
	uint64_t shrunk;
	uint64_t throttled;
	uint64_t oom_kills;
	uint64_t no_victim;
	enum memcgctl_kmem_mode mode;
	char *path;
	char *effective_path;
};

struct mcg_kmem_list {
	struct mcg_kmem *entry;
	size_t n;
};

/**
 * mcg_kmem_list() - all groups with a kmem limit of their own that the caller may see
 * @list: overwritten; release with mcg_kmem_list_free()
 */
MCG_API int mcg_kmem_list(struct mcg_module *module, struct mcg_kmem_list *list,
			  struct mcg_error *err);
MCG_API void mcg_kmem_list_free(struct mcg_kmem_list *list);

/**
 * mcg_kmem_get() - the kmem limit of one group
 * @fd: the group's memory.max, open for reading
 * @kmem: overwritten; release with mcg_kmem_free()
 *
 * Fails with an @errnum of ENOENT when the group has no limit of its own.
 */
MCG_API int mcg_kmem_get(struct mcg_module *module, int fd, struct mcg_kmem *kmem,
			 struct mcg_error *err);

/**
 * mcg_kmem_set() - set or clear the kmem limit of one group
 * @fd: the group's memory.max, open for writing
 * @limit: bytes; %MEMCGCTL_SIZE_MAX clears it
 * @mode: what happens at the limit
 * @kmem: overwritten with the state after it, of which only the limit is known when it was
 *	cleared; release with mcg_kmem_free()
 */
MCG_API int mcg_kmem_set(struct mcg_module *module, int fd, uint64_t limit,
			 enum memcgctl_kmem_mode mode, struct mcg_kmem *kmem, struct mcg_error *err);
MCG_API void mcg_kmem_free(struct mcg_kmem *kmem);

/**
 * struct mcg_claim - whose charges to move, and where to; begin with %MCG_CLAIM_INIT
 * @pidfd: pidfd of the process whose addresses @start and @end are, or -1
 * @fd: descriptor of the file whose offsets @start and @end are, or -1
 * @mount: descriptor of the root directory of a filesystem that is meant as a whole, or -1
 * @bind_id: a binding, whose object is meant, and whose targets; or 0
 * @from: cgroup.procs of a group, open for writing: just what is charged to it, of the object or, without one, all; or -1
 * @from_id: the same by the group's id, which may be gone; or 0
 * @target: the target's cgroup.procs, open for writing; -1 with @bind_id
 * @ancestor: cgroup.procs of the nearest common ancestor of the caller's group and the target,
 *	open for writing, or -1
 * @flags: &enum memcgctl_claim_flags
 * @start: first byte; a step moves it on
 * @end: one past the last byte; %MEMCGCTL_SIZE_MAX for the end of a file
 * @at_most: bytes to be moved at most; a step takes away what it moved. %MEMCGCTL_SIZE_MAX for all
 */
struct mcg_claim {
	int pidfd;
	int fd;
	int mount;
	uint32_t bind_id;
	int from;
	uint64_t from_id;
	int target;
	int ancestor;
	uint32_t flags;
	uint64_t start;
	uint64_t end;
	uint64_t at_most;
};

/* A claim of nothing yet, from its beginning to its end. */
#define MCG_CLAIM_INIT                                                                             \
	{                                                                                          \
		.pidfd = -1, .fd = -1, .mount = -1, .from = -1, .target = -1, .ancestor = -1,      \
		.end = MEMCGCTL_SIZE_MAX, .at_most = MEMCGCTL_SIZE_MAX                             \
	}

#define MCG_PINS 16
#define MCG_OWNERS 64

/**
 * struct mcg_owner - a group that pages of a file were charged to, asked for by %MEMCGCTL_CLAIM_OWNERS
 * @dead: it is gone
 */
struct mcg_owner {
	uint64_t id;
	uint64_t size;
	bool dead;
};

/**
 * struct mcg_pin - what the claim of a whole group left with it
 * @kind: &enum memcgctl_pin
 * @amount: bytes, or a number, as said there
 * @name: of a controller; else empty
 */
struct mcg_pin {
	enum memcgctl_pin kind;
	uint64_t amount;
	char name[32];
};

/**
 * struct mcg_receipt - what claims found and did, in bytes
 * @present: pages that were there; @moved and all of @skipped but %MEMCGCTL_SKIP_SWAPPED add
 *	up to it
 * @moved: charges moved
 * @skipped: not moved, by &enum memcgctl_skip
 * @swap_moved: charges of swap space moved
 * @room: what the target could be charged with after the last step without reclaim; %MEMCGCTL_SIZE_MAX for any amount
 * @from_dead: the group that was claimed from is gone
 * @n_pins: entries of @pin
 * @n_owners: entries of @owner; when there are more, some are left out
 */
struct mcg_receipt {
	uint64_t present;
	uint64_t moved;
	uint64_t skipped[MEMCGCTL_SKIP_MAX + 1];
	uint64_t swap_moved;
	uint64_t room;
	bool from_dead;
	unsigned int n_pins;
	struct mcg_pin pin[MCG_PINS];
	unsigned int n_owners;
	struct mcg_owner owner[MCG_OWNERS];
};

/**
 * mcg_claim_step() - do one bounded part of a claim (at most about 20 ms)
 * @claim: its @start is where to go on afterwards
 * @sum: what this part did is added
 *
 * Return: 1 when there is more to do, 0 when done, -1 on error (what earlier steps moved stays
 * moved).
 */
MCG_API int mcg_claim_step(struct mcg_module *module, struct mcg_claim *claim,
			   struct mcg_receipt *sum, struct mcg_error *err);

/* mcg_pin_name() - the word for a kind of pin ("sockets"), or NULL when there is no such kind. */
MCG_API const char *mcg_pin_name(enum memcgctl_pin pin);

/* mcg_skip_name() - the word for a reason ("pinned"), or NULL when there is no such reason. */
MCG_API const char *mcg_skip_name(enum memcgctl_skip skip);

/**
 * struct mcg_bind_target - a group that is to pay
 * @fd: its cgroup.procs, open for writing
 * @ancestor: cgroup.procs of the nearest common ancestor of the caller's group and the target, open for writing, or -1
 * @weight: its share of the pages, of 1 to 1000; 0 for 1
 */
struct mcg_bind_target {
	int fd;
	int ancestor;
	uint32_t weight;
};

/**
 * struct mcg_bind - a binding to be made; one of @fd, @mount_fd and @pidfd is not -1
 * @fd: descriptor of a regular file, memfd or System V segment
 * @mount_fd: descriptor of the root directory of a filesystem
 * @pidfd: pidfd of the process whose private memory is meant
 * @start: first byte; not for a filesystem
 * @end: one past the last byte; %MEMCGCTL_SIZE_MAX for the end of a file
 * @target: @n_targets groups
 * @on_death: who inherits from a target
 * @heir: the group of %MEMCGCTL_ON_DEATH_GROUP, otherwise NULL
 * @on_full: what happens when a target has no room
 * @follow: pattern for paths of new groups, or NULL
 */
struct mcg_bind {
	int fd;
	int mount_fd;
	int pidfd;
	uint64_t start;
	uint64_t end;
	const struct mcg_bind_target *target;
	size_t n_targets;
	enum memcgctl_on_death on_death;
	const struct mcg_bind_target *heir;
	enum memcgctl_on_full on_full;
	const char *follow;
};

/**
 * struct mcg_binding_target - a target of a binding that there is
 * @id: of the group; 0 when it is gone and nobody inherits
 * @path: of the group; NULL when it is gone or out of sight
 */
struct mcg_binding_target {
	uint64_t id;
	char *path;
	uint32_t weight;
};

/**
 * struct mcg_binding - a binding that there is, and what came of it
 * Members are the attributes of &enum memcgctl_bind_attr; sizes are bytes. @name and @follow may be NULL; @heir has an id
 * of 0 when there is none.
 */
struct mcg_binding {
	uint32_t id;
	enum memcgctl_bind_kind kind;
	char *name;
	uint32_t pid;
	uint64_t dev;
	uint64_t ino;
	uint64_t start;
	uint64_t end;
	struct mcg_binding_target *target;
	size_t n_targets;
	enum memcgctl_on_death on_death;
	struct mcg_binding_target heir;
	enum memcgctl_on_full on_full;
	char *follow;
	uint64_t redirected;
	uint64_t fell_back;
};

struct mcg_binding_list {
	struct mcg_binding *entry;
	size_t n;
};

/**
 * mcg_bind() - make a binding
 * @id: of the new binding
 *
 * It stays when the caller goes, until its object goes, mcg_unbind(), or the end of the module.
 */
MCG_API int mcg_bind(struct mcg_module *module, const struct mcg_bind *bind, uint32_t *id,
		     struct mcg_error *err);

/* mcg_unbind() - end a binding; charges stay where they are. ENOENT when there is none that the caller may see. */
MCG_API int mcg_unbind(struct mcg_module *module, uint32_t id, struct mcg_error *err);

/**
 * mcg_bind_list() - all bindings that the caller may see, by id
 * @list: overwritten; release with mcg_bind_list_free()
 */
MCG_API int mcg_bind_list(struct mcg_module *module, struct mcg_binding_list *list,
			  struct mcg_error *err);
MCG_API void mcg_bind_list_free(struct mcg_binding_list *list);
MCG_API void mcg_binding_free(struct mcg_binding *binding);

/* The words for these ("parent", "fail", "mount"), or NULL when there is no such value. */
MCG_API const char *mcg_on_death_name(enum memcgctl_on_death on_death);
MCG_API const char *mcg_on_full_name(enum memcgctl_on_full on_full);
MCG_API const char *mcg_bind_kind_name(enum memcgctl_bind_kind kind);

/* mcg_kmem_mode_name() - the word for a mode ("enforce"), or NULL when there is no such mode. */
MCG_API const char *mcg_kmem_mode_name(enum memcgctl_kmem_mode mode);

/**
 * struct mcg_feature - one feature of the module
 * @name: its name
 * @reason: why it is not available; NULL when it is
 */
struct mcg_feature {
	char *name;
	char *reason;
};

/**
 * struct mcg_hook - one redirect of a kernel function
 * @name: the kernel function
 * @live: it is registered now
 */
struct mcg_hook {
	char *name;
	bool live;
};

/**
 * struct mcg_health - what the module says about itself
 * @groups: number of groups with a policy of their own
 */
struct mcg_health {
	char *version;
	struct mcg_feature *feature;
	size_t n_features;
	struct mcg_hook *hook;
	size_t n_hooks;
	uint32_t groups;
};

/* mcg_health_get() - ask; @health is overwritten; release with mcg_health_free(). */
MCG_API int mcg_health_get(struct mcg_module *module, struct mcg_health *health,
			   struct mcg_error *err);
MCG_API void mcg_health_free(struct mcg_health *health);

/**
 * struct mcg_event - one notification
 * Members are the attributes of &enum memcgctl_event_attr.
 */
struct mcg_event {
	enum memcgctl_event kind;
	uint64_t id;
	char *path;
	uint64_t count;
	uint64_t usage;
	uint64_t limit;
};

/*
 * mcg_event_listen() - let @module receive events from now on, and nothing else. Needs
 * CAP_SYS_ADMIN.
 */
MCG_API int mcg_event_listen(struct mcg_module *module, struct mcg_error *err);

/**
 * mcg_event_wait() - wait for the next event
 * @event: overwritten; release with mcg_event_free()
 *
 * Return: 1 with an event; 0 when a signal came; -1 on error. An @errnum of ENOBUFS says that
 * events were lost, and that one can go on.
 */
MCG_API int mcg_event_wait(struct mcg_module *module, struct mcg_event *event, struct mcg_error *err);
MCG_API void mcg_event_free(struct mcg_event *event);

/*
 * mcg_event_name() - the word for a kind of event ("kmem-breach"), or NULL when there is no such
 * kind.
 */
MCG_API const char *mcg_event_name(enum memcgctl_event kind);

/*
 * For a program's own memory and its own group: memcg_madvise(3). These return 0, or -1 with errno
 * set, and may be called by any thread.
 */

/**
 * memcg_madvise() - madvise(2), which knows %MADV_MEMCG_CLAIM and its kin wherever the module is
 * @addr: first byte; at a page
 * @len: bytes; rounded up to pages
 * @advice: any of madvise(2), or one of the module's
 *
 * What the system call does not know is asked for by netlink.
 *
 * Return: 0; -1: ENOSYS when the module is not loaded, EOPNOTSUPP when this kernel lacks what it
 * needs, or as the advice has it.
 */
MCG_API int memcg_madvise(void *addr, size_t len, int advice);

/**
 * memcg_claim_fd() - let the caller's group pay for what is present of a file
 * @fd: of a regular file, memfd or shared memory; owned by the caller, or open for writing
 * @offset: first byte; a multiple of the page size
 * @len: bytes; rounded up to pages; 0: to the end of the file
 *
 * Return: 0; -1: EAGAIN when a part stayed with others, EPERM, EINVAL, EBADF; or as memcg_madvise().
 */
MCG_API int memcg_claim_fd(int fd, off_t offset, off_t len);

/**
 * memcg_bind_fd() - let the caller's group pay for what comes of a file from now on
 *
 * Return: 0; -1: EEXIST when it is bound; or as memcg_claim_fd(), whose arguments it has.
 */
MCG_API int memcg_bind_fd(int fd, off_t offset, off_t len);

#ifdef __cplusplus
}
#endif

#endif
