// SPDX-License-Identifier: GPL-2.0-only
/* Moves pages of the kernel's buffers to the file, as they come. */
#include "pages.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Of a page's commit word: events were lost before it; how many stands behind its last event (kernel/trace/ring_buffer.c). */
#define MISSED_EVENTS (1U << 31)
#define MISSED_STORED (1U << 30)
#define PAGE_HEAD 16

static void flush_pages(struct pages *pages)
{
	if (pages->n_gathered)
		put_block(&pages->file, BLOCK_PAGES, &pages->gathered, offsetof(struct gathered, bytes) + pages->n_gathered);
	pages->n_gathered = 0;
}

/* One page as the kernel gives it, without its empty end. */
static void keep_page(struct pages *pages, const unsigned char *page, ssize_t got)
{
	unsigned long commit = *(const unsigned long *)(page + 8);
	size_t used = commit & ~(unsigned long)(MISSED_EVENTS | MISSED_STORED) & 0xffffffff;

	if (commit & MISSED_STORED)
		used += 8;
	used = (PAGE_HEAD + used + 7) & ~(size_t)7;
	if (used > (size_t)got)
		used = got;
	if (pages->n_gathered + used > BLOCK_BYTES)
		flush_pages(pages);
	memcpy(pages->gathered.bytes + pages->n_gathered, page, used);
	pages->n_gathered += used;
	pages->written++;
}

static int drain_pipe(const struct tracefs *trace, struct pages *pages, int stream, int cpu)
{
	static _Alignas(8) unsigned char page[MAX_PAGE];
	int fd = trace->streams[stream].instance.pipes[cpu];
	ssize_t got = 0;

	pages->gathered.stream = stream;
	pages->gathered.cpu = cpu;
	while (fd >= 0 && !pages->file.err && (got = read(fd, page, trace->page_bytes)) > 0)
		keep_page(pages, page, got);
	flush_pages(pages);
	return got < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

int drain_streams(const struct tracefs *trace, struct pages *pages, __u64 until)
{
	int err = 0;

	for (int stream = 0; stream < trace->n_streams && !err; stream++)
		for (int cpu = 0; cpu < trace->streams[stream].instance.n_cpus && !err; cpu++)
			err = drain_pipe(trace, pages, stream, cpu);
	put_block(&pages->file, BLOCK_ROUND, &until, sizeof(until));
	return err;
}
