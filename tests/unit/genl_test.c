// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module says, read from bytes: as it should be, cut short, and random. Needs no
 * module.
 */
#include "unit.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>

#include "bind.h"
#include "claim.h"
#include "charged.h"
#include "dead.h"
#include "event.h"
#include "genl.h"
#include "genl_fixture.h"
#include "kmem.h"
#include "status.h"

static int count(const struct nlmsghdr *message, void *data)
{
	(void)message;
	++*(int *)data;
	return 0;
}

static struct mcg_exchange exchange_for(int *counter)
{
	return (struct mcg_exchange){
		.seq = SEQ, .portid = PORT, .type = TYPE, .reply = count, .data = counter
	};
}

/*
 * An acknowledgement or error as the kernel sends it, with the request in it or not, and words or
 * none.
 */
static size_t put_error(void *where, int error, bool capped, const char *words)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(where);
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(m, sizeof(*e));

	m->nlmsg_type = NLMSG_ERROR;
	m->nlmsg_seq = SEQ;
	m->nlmsg_pid = PORT;
	m->nlmsg_flags = capped ? NLM_F_CAPPED : 0;
	e->error = error;
	e->msg.nlmsg_len = sizeof(e->msg) + 20;
	if (!capped)
		memset(mnl_nlmsg_put_extra_header(m, 20), 0xff, 20);
	if (words) {
		m->nlmsg_flags |= NLM_F_ACK_TLVS;
		mnl_attr_put_u32(m, NLMSGERR_ATTR_OFFS, 16);
		mnl_attr_put_strz(m, NLMSGERR_ATTR_MSG, words);
	}
	return m->nlmsg_len;
}

static void reads_exchanges(void **state)
{
	struct nlmsghdr *m = kmem_message(), *done;
	int n = 0, minus = -EBUSY;
	struct mcg_exchange x = exchange_for(&n);

	(void)state;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), 1);
	assert_int_equal(n, 1);
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, 0, true, NULL)), 0);

	/* The end of a dump, good and bad. */
	done = mnl_nlmsg_put_header(buf);
	done->nlmsg_type = NLMSG_DONE;
	done->nlmsg_seq = SEQ;
	assert_int_equal(mcg_genl_read(&x, buf, done->nlmsg_len), -1);
	assert_int_equal(errno, EBADMSG);
	memcpy(mnl_nlmsg_put_extra_header(done, sizeof(minus)), &minus, sizeof(minus));
	assert_int_equal(mcg_genl_read(&x, buf, done->nlmsg_len), -1);
	assert_int_equal(errno, EBUSY);
	done->nlmsg_flags = NLM_F_ACK_TLVS;
	mnl_attr_put_strz(done, NLMSGERR_ATTR_MSG, "in the middle");
	assert_int_equal(mcg_genl_read(&x, buf, done->nlmsg_len), -1);
	assert_string_equal(x.extack, "in the middle");
}

static void reads_the_kernels_words(void **state)
{
	int n = 0;
	struct mcg_exchange x = exchange_for(&n);

	(void)state;
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, -EPERM, true, "because")), -1);
	assert_int_equal(errno, EPERM);
	assert_string_equal(x.extack, "because");
	x = exchange_for(&n);
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, -EINVAL, false, "of the request")),
			 -1);
	assert_int_equal(errno, EINVAL);
	assert_string_equal(x.extack, "of the request");
	x = exchange_for(&n);
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, -ENOENT, false, NULL)), -1);
	assert_int_equal(errno, ENOENT);
	assert_string_equal(x.extack, "");
	/* No error number that Linux knows. */
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, 5, true, NULL)), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, INT32_MIN, true, NULL)), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(n, 0);
}

static void refuses_what_is_not_for_it(void **state)
{
	int n = 0;
	struct mcg_exchange x = exchange_for(&n);
	struct nlmsghdr *m = kmem_message();

	(void)state;
	m->nlmsg_seq++;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	m = kmem_message();
	m->nlmsg_pid++;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	m = kmem_message();
	m->nlmsg_type++;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	assert_int_equal(errno, EBADMSG);
	m = kmem_message();
	m->nlmsg_flags |= NLM_F_DUMP_INTR;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	assert_int_equal(errno, EINTR);
	m = kmem_message();
	x.command = MEMCGCTL_CMD_EVENT;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	/* A message too short for its generic header. */
	x = exchange_for(&n);
	m = mnl_nlmsg_put_header(buf);
	m->nlmsg_type = TYPE;
	m->nlmsg_seq = SEQ;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	assert_int_equal(n, 0);
}

/* Runs every decoder over one message; the sanitizers watch. */
static void ignore(uint64_t id, uint64_t bytes, void *data)
{
	(void)id;
	(void)bytes;
	(void)data;
}

static int decode_all(const struct nlmsghdr *message, void *data)
{
	struct mcg_charged_visit visit = { .visit = ignore };
	struct mcg_binding binding;
	struct mcg_receipt receipt;
	struct mcg_health health;
	struct mcg_event event;
	struct mcg_kmem kmem;
	struct mcg_dead dead;
	uint64_t cursor;

	(void)data;
	mcg_bind_decode(message, &binding);
	mcg_binding_free(&binding);
	mcg_kmem_decode(message, &kmem);
	mcg_kmem_free(&kmem);
	mcg_claim_decode(message, &receipt, &cursor);
	mcg_health_decode(message, &health);
	mcg_health_free(&health);
	mcg_event_decode(message, &event);
	mcg_event_free(&event);
	mcg_dead_decode(message, &dead);
	mcg_dead_free(&dead);
	mcg_charged_decode(message, &visit);
	return 0;
}

/*
 * Feeds a copy that ends at @len, so that a read beyond it is seen. libmnl takes the end of a
 * message rounded up to 4 bytes; the real buffer has that room.
 */
static void feed(const void *bytes, size_t len)
{
	struct mcg_exchange x = { .type = TYPE, .reply = decode_all };
	void *copy = calloc(1, MNL_ALIGN(len) + !len);

	memcpy(copy, bytes, len);
	mcg_genl_read(&x, copy, len);
	free(copy);
}

static size_t make_message(unsigned int kind)
{
	switch (kind % 9) {
	case 0:
		return kmem_message()->nlmsg_len;
	case 1:
		return claim_message(81920, 65536)->nlmsg_len;
	case 2:
		return status_message()->nlmsg_len;
	case 3:
		return event_message()->nlmsg_len;
	case 4:
		return bind_message()->nlmsg_len;
	case 5:
		return dead_message(NULL)->nlmsg_len;
	case 6:
		return dead_message("pids")->nlmsg_len;
	case 7:
		return charged_message(48)->nlmsg_len;
	default:
		return put_error(buf, -EPERM, kind & 2, "words");
	}
}

static void survives_truncation(void **state)
{
	(void)state;
	for (unsigned int kind = 0; kind < 16; kind++) {
		size_t len = make_message(kind);

		for (size_t cut = 0; cut <= len; cut++) {
			make_message(kind);
			feed(buf, cut);
			/* Cut, and honest about it. */
			((struct nlmsghdr *)buf)->nlmsg_len = cut;
			feed(buf, cut);
		}
	}
}

static void survives_damage(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		size_t len = make_message(next_random(&seed));
		unsigned int hits = 1 + next_random(&seed) % 8;

		while (hits--)
			buf[next_random(&seed) % len] = next_random(&seed);
		feed(buf, len);
	}
}

static void survives_noise(void **state)
{
	uint64_t seed = 4;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		size_t len = next_random(&seed) % 256;
		struct nlmsghdr *m = (void *)buf;

		for (size_t c = 0; c < len; c++)
			buf[c] = next_random(&seed);
		/*
		 * Behind a plausible header half of the time, or hardly anything would be looked
		 * at.
		 */
		if (i % 2 && len >= sizeof(*m)) {
			m->nlmsg_len = len;
			m->nlmsg_type = i % 4 == 1 ? TYPE : next_random(&seed) % 4;
			m->nlmsg_flags = next_random(&seed) & ~NLM_F_DUMP_INTR;
		}
		feed(buf, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_exchanges),
		cmocka_unit_test(reads_the_kernels_words),
		cmocka_unit_test(refuses_what_is_not_for_it),
		cmocka_unit_test(survives_truncation),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(survives_noise),
	};

	return cmocka_run_group_tests_name("genl", tests, NULL, NULL);
}
