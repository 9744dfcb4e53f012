/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel grants. */
#ifndef HOPLAB_HOPTRACE_ABILITIES_H
#define HOPLAB_HOPTRACE_ABILITIES_H

/* A JSON object on stdout: kind -> why it is refused, "" = it is granted. */
int print_abilities(void);

#endif
