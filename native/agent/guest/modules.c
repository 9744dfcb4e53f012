// SPDX-License-Identifier: GPL-2.0-only
/* Loads the modules of the image. */
#include "modules.h"
#include "../buf.h"
#include "../fatal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MODULE_LIST "/modules.list"

unsigned modules_loaded;

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fatal("open module %s: %s", path, strerror(errno));
	/* EEXIST: loaded already, or built in. ENOENT is the kernel's word for a symbol that nobody exports. */
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		fatal("load module %s: %s", path, errno == ENOENT ? "it needs another module first" : strerror(errno));
	close(fd);
	modules_loaded++;
}

void load_modules(void)
{
	struct buf list = { 0 };
	char *line, *save = NULL;
	int err = buf_read_file(&list, MODULE_LIST);

	if (err == -ENOENT)
		return;
	buf_add(&list, "\0", 1);
	if (err || list.failed)
		fatal("%s: %s", MODULE_LIST, strerror(err ? -err : ENOMEM));
	for (line = strtok_r(list.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		load_module(line);
	buf_free(&list);
}
