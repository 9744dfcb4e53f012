// SPDX-License-Identifier: GPL-2.0-only
/* Serves connections, each in a process of its own: one byte back, or a bulk both ways. */
#include "answer.h"
#include "mark.h"
#include "pattern.h"
#include "roles.h"
#include "sockets.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A peer that is gone is not waited for. */
#define PATIENCE_S 10

int open_tcp(const struct answer *a, bool v6)
{
	struct sockaddr_in at = ipv4(a->plan->local, a->plan->port);
	struct sockaddr_in6 at6 = ipv6(&a->plan->local6, a->plan->port);
	int err, fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	bind_freely(fd);
	err = v6 ? bind(fd, (struct sockaddr *)&at6, sizeof(at6)) : bind(fd, (struct sockaddr *)&at, sizeof(at));
	if (!err)
		err = listen(fd, 32);
	if (!err)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static bool read_all(int fd, void *bytes, size_t len)
{
	for (char *at = bytes; len;) {
		ssize_t n = recv(fd, at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= n;
	}
	return true;
}

static bool write_all(int fd, const void *bytes, size_t len)
{
	for (const char *at = bytes; len;) {
		ssize_t n = send(fd, at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= n;
	}
	return true;
}

static void serve_bulk(int fd)
{
	static uint8_t bytes[BULK_CHUNK];
	uint64_t hash = HASH_START;
	struct bulk bulk;

	if (!read_all(fd, &bulk, sizeof(bulk)))
		return;
	for (uint64_t done = 0; done < bulk.bytes;) {
		size_t n = bulk.bytes - done < BULK_CHUNK ? (size_t)(bulk.bytes - done) : BULK_CHUNK;

		if (!read_all(fd, bytes, n))
			return;
		hash = hash_add(hash, bytes, n);
		done += n;
	}
	if (!write_all(fd, &hash, sizeof(hash)))
		return;
	for (uint64_t done = 0; done < bulk.bytes;) {
		size_t n = bulk.bytes - done < BULK_CHUNK ? (size_t)(bulk.bytes - done) : BULK_CHUNK;

		fill_pattern(bytes, n, BACK_SEED(bulk.seed), done);
		if (!write_all(fd, bytes, n))
			return;
		done += n;
	}
}

static void serve(struct answer *a, int fd)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	struct mark mark;
	char byte;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!read_all(fd, &mark, sizeof(mark)) || mark.magic != MARK_MAGIC || mark.rung >= N_RUNGS)
		return;
	__atomic_add_fetch(&a->seen->requests[mark.rung], 1, __ATOMIC_RELAXED);
	if (mark.rung == RUNG_TCP_BULK)
		serve_bulk(fd);
	else if (read_all(fd, &byte, 1))
		write_all(fd, &byte, 1);
}

void answer_connection(struct answer *a, int listener, bool v6)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	pid_t parent = getpid(), pid;

	if (fd < 0)
		return;
	if (!v6)
		__atomic_add_fetch(&a->seen->requests[RUNG_TCP_CONNECT], 1, __ATOMIC_RELAXED);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			serve(a, fd);
		_exit(0);
	}
	close(fd);
}
