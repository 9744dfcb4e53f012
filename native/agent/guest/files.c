// SPDX-License-Identifier: GPL-2.0-only
/* The orders about the guest itself: who it is, its files, its settings, its clock, its end. */
#include "files.h"
#include "../clock.h"
#include "../reply.h"
#include "../verbs.h"
#include "../words.h"
#include "modules.h"
#include "write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define AGENT_VERSION 1

bool ending;

/* Adds "key": a file's first line as a JSON string, empty where the kernel has no such file. */
static void add_line(struct buf *b, const char *key, const char *path)
{
	struct buf text = { 0 };

	if (!buf_read_file(&text, path)) {
		buf_add(&text, "\0", 1);
		if (!text.failed)
			text.data[strcspn(text.data, "\n")] = '\0';
	}
	buf_printf(b, ",\"%s\":", key);
	buf_json(b, text.data && !text.failed ? text.data : "");
	buf_free(&text);
}

static void hello(const struct order *o)
{
	struct utsname u;
	struct buf b = { 0 };

	uname(&u);
	buf_printf(&b, "{\"agent\":%d,\"release\":", AGENT_VERSION);
	buf_json(&b, u.release);
	buf_printf(&b, ",\"machine\":");
	buf_json(&b, u.machine);
	buf_printf(&b, ",\"cpus\":%ld,\"uptimeMs\":%llu,\"modules\":%u", sysconf(_SC_NPROCESSORS_ONLN),
		   (unsigned long long)(now_ns() / 1000000), modules_loaded);
	add_line(&b, "cmdline", "/proc/cmdline");
	add_line(&b, "clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	buf_printf(&b, "}");
	reply_buf(o->id, &b);
}

static void read_clock(const struct order *o)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)now_ns());
	reply_text(o->id, text);
}

static void give_file(const struct order *o)
{
	struct buf b = { 0 };
	int err = buf_read_file(&b, o->argv[0]);

	if (!err) {
		reply_buf(o->id, &b);
		return;
	}
	reply_error(o->id, "file: %.200s: %s", o->argv[0], strerror(-err));
	buf_free(&b);
}

static void write_file(const struct order *o)
{
	unsigned mode = (unsigned)o->values[1].number;
	int fd = open(o->argv[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	int err = fd < 0 ? -errno : write_all(fd, o->payload, o->payload_len);

	if (fd >= 0 && !err && fchmod(fd, mode) < 0 && errno != EPERM)
		err = -errno;
	if (fd >= 0 && close(fd) < 0 && !err)
		err = -errno;
	if (err)
		reply_error(o->id, "write: %.200s: %s", o->argv[0], strerror(-err));
	else
		reply_text(o->id, "");
}

static void set_sysctl(const struct order *o)
{
	char path[256];
	bool slashes = strchr(o->argv[0], '/');
	int fd, err;

	if ((size_t)snprintf(path, sizeof(path), "/proc/sys/%s", o->argv[0]) >= sizeof(path) || strstr(path, "/..")) {
		reply_error(o->id, "sysctl: not a key: \"%.100s\"", o->argv[0]);
		return;
	}
	for (char *p = path + strlen("/proc/sys/"); *p && !slashes; p++)
		if (*p == '.')
			*p = '/';
	fd = open(path, O_WRONLY | O_CLOEXEC);
	err = fd < 0 ? -errno : write_all(fd, o->rest, strlen(o->rest));
	if (fd >= 0)
		close(fd);
	if (err)
		reply_error(o->id, "sysctl: %.200s: %s", path, strerror(-err));
	else
		reply_text(o->id, "");
}

static void power_off(const struct order *o)
{
	reply_text(o->id, "");
	ending = true;
}

const struct verb file_verbs[] = {
	{ .name = "hello", .serve = hello, .help = "JSON: who is here" },
	{ .name = "clock", .serve = read_clock, .help = "CLOCK_MONOTONIC in ns" },
	{ .name = "file", .words = { WORD("PATH", take_text) }, .serve = give_file, .help = "a file's bytes" },
	{ .name = "write", .words = { WORD("PATH", take_text), WORD("MODE", take_octal) }, .payload = true, .serve = write_file,
	  .wrong = "not an octal mode: \"%.40s\"", .shown = 1, .help = "creates or replaces a file, MODE octal" },
	{ .name = "sysctl", .words = { WORD("KEY", take_text), WORD("VALUE", take_text) }, .more = true, .serve = set_sysctl,
	  .help = "KEY with dots, or with slashes where a name has dots; VALUE may have spaces" },
	{ .name = "poweroff", .serve = power_off, .help = "ends the guest after the reply" },
	{ 0 },
};
