/* SPDX-License-Identifier: GPL-2.0-only */
/* IP addresses with a prefix, and MAC addresses. */
#ifndef HOPLAB_AGENT_ADDRESS_H
#define HOPLAB_AGENT_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

struct address {
	int family, len, prefix; /* len in bytes: 4 or 16; 0 = there is none */
	unsigned char bytes[16];
};

bool parse_mac(const char *text, unsigned char mac[6]);
/* "10.0.0.2/24", "fd00::2/64", "default", and without a prefix a single address. */
bool parse_address(const char *text, struct address *a);

#endif
