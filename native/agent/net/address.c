// SPDX-License-Identifier: GPL-2.0-only
/* Reads addresses. */
#include "address.h"
#include "number.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

bool parse_mac(const char *text, unsigned char mac[6])
{
	int end = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
		      &mac[5], &end) == 6 && !text[end] && end == 17;
}

bool parse_address(const char *text, struct address *a)
{
	char host[64];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	int64_t prefix;

	memset(a, 0, sizeof(*a));
	if (!strcmp(text, "default")) {
		a->family = AF_INET;
		a->len = 4;
		return true;
	}
	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	a->family = strchr(host, ':') ? AF_INET6 : AF_INET;
	a->len = a->family == AF_INET6 ? 16 : 4;
	prefix = a->len * 8;
	if (inet_pton(a->family, host, a->bytes) != 1)
		return false;
	if (slash && !parse_number(slash + 1, 0, a->len * 8, &prefix))
		return false;
	a->prefix = (int)prefix;
	return true;
}
