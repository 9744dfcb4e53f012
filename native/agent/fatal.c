// SPDX-License-Identifier: GPL-2.0-only
/* Ends the guest, or as an ordinary process itself alone, with a word to the console where that is an accident. */
#include "fatal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <unistd.h>

/* Resets rather than powers off: that needs no ACPI, and QEMU is run with -no-reboot. */
void end_machine(void)
{
	if (getpid() != 1)
		exit(1);
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

void fatal(const char *fmt, ...)
{
	va_list args;

	fputs("hoplab-agent: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("\n", stderr);
	end_machine();
}
