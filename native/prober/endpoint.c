// SPDX-License-Identifier: GPL-2.0-only
/* Takes the paths and listeners of a plan, with their addresses. */
#include "endpoint.h"
#include "number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>

static const char *const listen_protocols[] = { "tcp", "udp", "crr", NULL };

int reject(int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "hoplab-prober: plan line %d: ", line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return -EINVAL;
}

static int parse_address(const char *word, int port, const char *device, struct sockaddr_storage *to, socklen_t *len)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	if (inet_pton(AF_INET, word, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		*len = sizeof(*v4);
		return 0;
	}
	if (inet_pton(AF_INET6, word, &v6->sin6_addr) != 1)
		return -EINVAL;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
		v6->sin6_scope_id = if_nametoindex(device);
	*len = sizeof(*v6);
	return 0;
}

/* path INDEX ADDRESS PORT [local ADDRESS] [dev IFNAME]; listen INDEX PROTOCOL ADDRESS PORT [dev IFNAME] */
static int add_endpoint(struct plan *plan, enum role role, const struct plan_line *from)
{
	char **words = from->words;
	struct endpoint *ep = &plan->endpoint[plan->endpoints];
	int line = from->number, n = from->n, fixed = role == ROLE_SERVER ? 5 : 4;
	const char *address;
	int64_t index, port;

	if (n < fixed)
		return reject(line, "%s needs %d values", words[0], fixed - 1);
	address = words[fixed - 2];
	if (plan->endpoints == MAX_ENDPOINTS)
		return reject(line, "more than %d", MAX_ENDPOINTS);
	if (!parse_number(words[1], 0, UINT8_MAX, &index))
		return reject(line, "index %s is not within 0 to 255", words[1]);
	for (int i = 0; i < plan->endpoints; i++)
		if (plan->endpoint[i].index == index)
			return reject(line, "index %s is there twice", words[1]);
	if (!parse_number(words[fixed - 1], 1, UINT16_MAX, &port))
		return reject(line, "port %s is not within 1 to 65535", words[fixed - 1]);
	ep->index = index;
	if (role == ROLE_SERVER) {
		ep->protocol = find_word(listen_protocols, words[2]);
		if (ep->protocol < 0)
			return reject(line, "%s is none of tcp, udp, crr", words[2]);
	}
	/* The device first: an IPv6 link-local address needs its index. */
	for (int i = fixed; i + 1 < n; i += 2) {
		if (strcmp(words[i], "dev"))
			continue;
		if (!*words[i + 1] || strlen(words[i + 1]) >= sizeof(ep->device))
			return reject(line, "dev %s is not an interface name", words[i + 1]);
		strcpy(ep->device, words[i + 1]);
	}
	if (parse_address(address, port, ep->device, &ep->addr, &ep->addr_len))
		return reject(line, "%s is not an IP address", address);
	for (int i = fixed; i < n; i += 2) {
		bool local = role == ROLE_CLIENT && !strcmp(words[i], "local");

		if (i + 1 == n || (!local && strcmp(words[i], "dev")))
			return reject(line, "%s is not understood", words[i]);
		if (local && (parse_address(words[i + 1], 0, ep->device, &ep->local, &ep->local_len) ||
			      ep->local.ss_family != ep->addr.ss_family))
			return reject(line, "local %s does not fit %s", words[i + 1], address);
	}
	snprintf(ep->text, sizeof(ep->text), "%s port %d", address, (int)port);
	plan->endpoints++;
	return 0;
}

int add_path(void *plan, const struct plan_line *line)
{
	return add_endpoint(plan, ROLE_CLIENT, line);
}

int add_listener(void *plan, const struct plan_line *line)
{
	return add_endpoint(plan, ROLE_SERVER, line);
}
