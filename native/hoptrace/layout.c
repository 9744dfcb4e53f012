// SPDX-License-Identifier: GPL-2.0-only
/* Prints the layout of the file. */
#include "layout.h"
#include "load/points.h"
#include "record.h"

#include <stddef.h>
#include <stdio.h>

#define FIELD(type, field) \
	{ #type, #field, offsetof(struct type, field), sizeof(((struct type *)0)->field) }

int print_layout(void)
{
	static const struct { const char *type, *field; size_t offset, size; } fields[] = {
		FIELD(file_head, magic), FIELD(file_head, version), FIELD(file_head, mechanism),
		FIELD(file_head, record_bytes), FIELD(file_head, header_bytes),
		FIELD(block_head, magic), FIELD(block_head, kind), FIELD(block_head, bytes), FIELD(block_head, crc32),
		FIELD(record, time_ns), FIELD(record, skb), FIELD(record, source), FIELD(record, destination),
		FIELD(record, source_port), FIELD(record, destination_port), FIELD(record, number), FIELD(record, ifindex),
		FIELD(record, netns), FIELD(record, tid), FIELD(record, length), FIELD(record, point), FIELD(record, cpu),
		FIELD(record, protocol), FIELD(record, flags), FIELD(record, payload), FIELD(record, aux),
	};

	printf("{\"magic\":\"%s\",\"version\":%d,\"blockMagic\":%u,", TRACE_MAGIC, TRACE_VERSION, BLOCK_MAGIC);
	printf("\"mechanisms\":{\"bpf\":%d,\"tracefs\":%d},\"kinds\":{\"records\":%d,\"trailer\":%d,\"pages\":%d,\"round\":%d},",
	       MECHANISM_BPF,
	       MECHANISM_TRACEFS, BLOCK_RECORDS, BLOCK_TRAILER, BLOCK_PAGES, BLOCK_ROUND);
	printf("\"flags\":{\"byState\":%d,\"ack\":%d,\"gso\":%d,\"retransmit\":%d,\"name\":%d,\"noNumber\":%d,\"ipv6\":%d},",
	       RECORD_BY_STATE, RECORD_ACK, RECORD_GSO, RECORD_RETRANSMIT, RECORD_NAME, RECORD_NO_NUMBER, RECORD_IPV6);
	printf("\"sizes\":{\"file_head\":%zu,\"block_head\":%zu,\"record\":%zu},\"points\":[", sizeof(struct file_head),
	       sizeof(struct block_head), sizeof(struct record));
	for (int i = 1; i < N_POINTS; i++)
		printf("%s{\"number\":%d,\"name\":\"%s\",\"meaning\":\"%s\"}", i > 1 ? "," : "", i, point_name(i), point_meaning(i));
	printf("],\"fields\":[");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		printf("%s{\"type\":\"%s\",\"field\":\"%s\",\"offset\":%zu,\"size\":%zu}", i ? "," : "", fields[i].type,
		       fields[i].field, fields[i].offset, fields[i].size);
	printf("]}\n");
	return 0;
}
