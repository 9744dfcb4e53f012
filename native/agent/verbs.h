/* SPDX-License-Identifier: GPL-2.0-only */
/* All orders, by what they are about. Each table ends with a verb without a name. */
#ifndef HOPLAB_AGENT_VERBS_H
#define HOPLAB_AGENT_VERBS_H

#include "order.h"

extern const struct verb file_verbs[];		/* guest/files.c */
extern const struct verb net_verbs[];		/* net/net.c */
extern const struct verb offload_verbs[];	/* net/offload.c */
extern const struct verb process_verbs[];	/* process/processes.c */
extern const struct verb wait_verbs[];		/* process/wait.c */
extern const struct verb shell_verbs[];		/* guest/shell.c */

#endif
