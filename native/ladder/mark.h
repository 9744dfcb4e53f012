/* SPDX-License-Identifier: GPL-2.0-only */
/* The first bytes of everything that is sent, so that both sides know each other's packets. */
#ifndef HOPLAB_LADDER_MARK_H
#define HOPLAB_LADDER_MARK_H

#include <stdint.h>

struct mark {
	uint32_t magic;
	uint8_t rung, attempt;
	uint16_t answer;          /* of a test frame: what the answerer saw; 0 or REQUEST_BARE in a request */
	uint64_t nonce;
};
_Static_assert(sizeof(struct mark) == 16, "the mark is the whole of a small datagram");
#define MARK_MAGIC 0x484c4144u    /* "HLAD" */
#define ANSWER_UNTAGGED 0x8000    /* a test frame arrived without a tag */
#define REQUEST_BARE 0x2000       /* a frame without a tag or IP, beside the rung's own requests */
#define ANSWER_TAGGED 0x4000      /* with the tag whose id is in the low bits */
#define TEST_ETHERTYPE 0x88b5     /* IEEE 802: local experimental */

#endif
