// SPDX-License-Identifier: GPL-2.0-only
/* Makes, sets and removes instances of tracefs (Documentation/trace/ftrace.rst). */
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int read_small(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got;

	text[0] = 0;
	if (fd < 0)
		return -errno;
	while ((got = read(fd, text + used, size - 1 - used)) > 0)
		used += got;
	close(fd);
	text[used] = 0;
	return got < 0 ? -errno : 0;
}

int set_instance(const struct instance *instance, const char *file, const char *value)
{
	char path[700];
	size_t length = strlen(value);
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", instance->path, file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, value, length) != (ssize_t)length)
		err = -errno;
	close(fd);
	return err;
}

int make_instance(struct instance *instance, const char *path, unsigned long buffer_kb)
{
	char size[32];
	int err;

	snprintf(instance->path, sizeof(instance->path), "%s", path);
	if (mkdir(path, 0700))
		return -errno;
	instance->made = true;
	err = set_instance(instance, "tracing_on", "0");
	/* The records' clock: what is merged with stamps of applications. */
	if (!err)
		err = set_instance(instance, "trace_clock", "mono");
	/* A full buffer drops and counts what comes; the other way what is there already would be lost. */
	if (!err)
		err = set_instance(instance, "options/overwrite", "0");
	snprintf(size, sizeof(size), "%lu", buffer_kb);
	if (!err)
		err = set_instance(instance, "buffer_size_kb", size);
	return err;
}

int open_pipes(struct instance *instance)
{
	instance->n_cpus = sysconf(_SC_NPROCESSORS_CONF);
	if (instance->n_cpus > MAX_CPUS)
		return -E2BIG;
	for (int cpu = 0; cpu < instance->n_cpus; cpu++) {
		char path[700];

		snprintf(path, sizeof(path), "%s/per_cpu/cpu%d/trace_pipe_raw", instance->path, cpu);
		instance->pipes[cpu] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (instance->pipes[cpu] < 0 && errno != ENOENT && errno != ENODEV)
			return -errno;
	}
	return 0;
}

void remove_instance(struct instance *instance)
{
	for (int cpu = 0; cpu < instance->n_cpus; cpu++)
		if (instance->pipes[cpu] >= 0)
			close(instance->pipes[cpu]);
	instance->n_cpus = 0;
	if (instance->made)
		rmdir(instance->path);
	instance->made = false;
}

unsigned long long lost_on_cpu(const struct instance *instance, int cpu)
{
	static const char *const keys[] = { "\noverrun: ", "\ncommit overrun: ", "\ndropped events: " };
	unsigned long long lost = 0;
	char path[700], text[1024];

	snprintf(path, sizeof(path), "%s/per_cpu/cpu%d/stats", instance->path, cpu);
	if (read_small(path, text, sizeof(text)))
		return 0;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *at = strstr(text, keys[i]);

		if (at)
			lost += strtoull(at + strlen(keys[i]), NULL, 10);
	}
	return lost;
}

/* Entries look like "[  12.3] event filter parse error: error: Field not found\n  Command: ..."; the last one counts. */
void last_error(const struct instance *instance, char *said, size_t size)
{
	char path[700], text[8192];
	char *at, *last = NULL;

	said[0] = 0;
	snprintf(path, sizeof(path), "%s/error_log", instance->path);
	if (read_small(path, text, sizeof(text)))
		return;
	for (at = text; (at = strstr(at, "error: ")); at++)
		last = at;
	if (!last)
		return;
	last[strcspn(last, "\n")] = 0;
	snprintf(said, size, "%s", last + strlen("error: "));
}
