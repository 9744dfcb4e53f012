// SPDX-License-Identifier: GPL-2.0-only
/* A bulk both ways over one connection, whose content is checked. */
#include "mark.h"
#include "pattern.h"
#include "result.h"
#include "roles.h"
#include "sockets.h"
#include "stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* How far a transfer came, for the detail of a failure. */
struct transfer {
	int64_t out, back;
	bool hash_wrong, bytes_wrong;
};

static int move_bulk(struct climb *c, int fd, struct transfer *t, int patience_ms)
{
	static uint8_t bytes[BULK_CHUNK], wanted[BULK_CHUNK];
	struct mark mark = mark_of(c, RUNG_TCP_BULK, 0);
	struct bulk bulk = { .bytes = (uint64_t)c->plan->bulk, .seed = c->nonce };
	uint64_t hash = HASH_START, theirs;
	int err = send_all(fd, &mark, sizeof(mark), patience_ms);

	if (!err)
		err = send_all(fd, &bulk, sizeof(bulk), patience_ms);
	while (!err && t->out < c->plan->bulk) {
		int64_t left = c->plan->bulk - t->out;
		size_t n = left < BULK_CHUNK ? (size_t)left : BULK_CHUNK;

		fill_pattern(bytes, n, bulk.seed, (uint64_t)t->out);
		hash = hash_add(hash, bytes, n);
		err = send_all(fd, bytes, n, patience_ms);
		t->out += err ? 0 : (int64_t)n;
	}
	if (!err)
		err = receive_all(fd, &theirs, sizeof(theirs), patience_ms);
	t->hash_wrong = !err && theirs != hash;
	while (!err && t->back < c->plan->bulk) {
		int64_t left = c->plan->bulk - t->back;
		ssize_t n = receive_some(fd, bytes, left < BULK_CHUNK ? (size_t)left : BULK_CHUNK, patience_ms);

		if (n < 0)
			return (int)n;
		fill_pattern(wanted, (size_t)n, BACK_SEED(bulk.seed), (uint64_t)t->back);
		t->bytes_wrong = t->bytes_wrong || memcmp(bytes, wanted, (size_t)n);
		t->back += n;
	}
	return err;
}

int climb_tcp_bulk(struct climb *c, struct result *r, const struct wish *wish)
{
	struct wish connecting = { .tries = wish->tries, .limit_ms = (wish->limit_ms + 2) / 3 };
	int fd = open_connection(c, r, &connecting, false), err;
	struct transfer t = { 0 };
	int64_t start = now_us();

	put_number(r, "bytes", c->plan->bulk);
	if (fd < 0)
		return 0;
	r->sent = 1;
	r->answered = 0;
	err = move_bulk(c, fd, &t, 2 * wish->limit_ms / 3);
	close(fd);
	put_number(r, "bytesOut", t.out);
	put_number(r, "bytesBack", t.back);
	if (!err && !t.hash_wrong && !t.bytes_wrong) {
		r->passed = true;
		r->answered = 1;
		say(r, "%lld bytes each way in %.0f ms, content right", (long long)c->plan->bulk,
		    (now_us() - start) / 1e3);
		return 0;
	}
	if (err) {
		r->err = -err;
		say(r, "stopped after %lld bytes taken for sending and %lld received, of %lld each way: %s",
		    (long long)t.out, (long long)t.back, (long long)c->plan->bulk,
		    err == -ETIMEDOUT ? "nothing moved any more" : strerror(-err));
		say_errors(c, r, IPPROTO_TCP);
	}
	if (t.hash_wrong)
		say(r, "what arrived has another hash than what was sent");
	if (t.bytes_wrong)
		say(r, "what came back has other bytes than what the far side sent");
	return 0;
}
