// SPDX-License-Identifier: GPL-2.0-only
/* The names of errors. */
#include "words.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

static const struct { int err; const char *name; } errors[] = {
#define NAMED(err) { err, #err }
	NAMED(ECONNREFUSED), NAMED(ECONNRESET), NAMED(EHOSTUNREACH), NAMED(ENETUNREACH), NAMED(ETIMEDOUT),
	NAMED(EMSGSIZE), NAMED(ENETDOWN), NAMED(EHOSTDOWN), NAMED(EPERM), NAMED(EACCES), NAMED(EADDRNOTAVAIL),
	NAMED(EADDRINUSE), NAMED(EAFNOSUPPORT), NAMED(ENODEV), NAMED(ENXIO), NAMED(EINVAL), NAMED(ENOBUFS),
	NAMED(ENOPROTOOPT), NAMED(EPROTO), NAMED(EPIPE), NAMED(ENOMEM), NAMED(EPROTONOSUPPORT), NAMED(EBADMSG),
#undef NAMED
};

/* The C library of the static build has no strerrorname_np. */
const char *errno_name(int err)
{
	static char number[24];

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].err == err)
			return errors[i].name;
	snprintf(number, sizeof(number), "errno %d", err);
	return number;
}
