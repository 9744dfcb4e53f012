// SPDX-License-Identifier: GPL-2.0-only
/* Speaks netlink with the kernel. */
#include "netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_BYTES (64 << 10)

struct request new_request(int type, int flags, size_t body)
{
	struct request request = { .head = { .nlmsg_type = (__u16)type, .nlmsg_len = NLMSG_LENGTH(body) } };

	request.head.nlmsg_flags = (__u16)(NLM_F_REQUEST | flags);
	return request;
}

void add_attribute(struct request *request, int type, const void *value, size_t size)
{
	struct nlattr *attribute = (void *)((char *)request + NLMSG_ALIGN(request->head.nlmsg_len));

	attribute->nla_type = (__u16)type;
	attribute->nla_len = (__u16)(NLA_HDRLEN + size);
	memcpy((char *)attribute + NLA_HDRLEN, value, size);
	request->head.nlmsg_len = NLMSG_ALIGN(request->head.nlmsg_len) + NLA_ALIGN(attribute->nla_len);
}

int open_netlink(int protocol, unsigned int groups)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), err;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&local, sizeof(local)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* The messages of one datagram: 1 = more are to come; 0 = it was all; else -errno. */
static int see_all(const char *answer, ssize_t bytes, bool one, see_message *see, void *context)
{
	unsigned int left = (unsigned int)bytes;

	for (const struct nlmsghdr *head = (const void *)answer; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left)) {
		if (head->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(head))->error ?: one ? -EBADMSG : 0;
		if (head->nlmsg_type == NLMSG_DONE || (see && !see(head, context)) || one)
			return 0;
	}
	return one ? -EBADMSG : 1;
}

int ask_kernel(int protocol, struct request *request, see_message *see, void *context)
{
	static char answer[ANSWER_BYTES] __attribute__((aligned(8)));
	bool one = !(request->head.nlmsg_flags & (NLM_F_DUMP | NLM_F_ACK));
	int fd = open_netlink(protocol, 0), more = 1;

	if (fd < 0)
		return fd;
	if (send(fd, request, request->head.nlmsg_len, 0) < 0)
		more = -errno;
	while (more > 0) {
		ssize_t got = recv(fd, answer, sizeof(answer), 0);

		if (got > 0)
			more = see_all(answer, got, one, see, context);
		else if (!got || errno != EINTR)
			more = got ? -errno : -EBADMSG;
	}
	close(fd);
	return more;
}

const struct nlattr *find_attribute(const struct nlmsghdr *message, size_t body, int type)
{
	const char *at = (const char *)message + NLMSG_HDRLEN + NLMSG_ALIGN(body), *end = (const char *)message + message->nlmsg_len;

	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *attribute = (const void *)at;

		if (attribute->nla_len < NLA_HDRLEN || at + attribute->nla_len > end)
			return NULL;
		if ((attribute->nla_type & NLA_TYPE_MASK) == type)
			return attribute;
		at += NLA_ALIGN(attribute->nla_len);
	}
	return NULL;
}

size_t value_bytes(const struct nlattr *attribute)
{
	return attribute ? attribute->nla_len - NLA_HDRLEN : 0;
}

const void *value_of(const struct nlattr *attribute, size_t size)
{
	return attribute && value_bytes(attribute) >= size ? (const char *)attribute + NLA_HDRLEN : NULL;
}
