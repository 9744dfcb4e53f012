/* SPDX-License-Identifier: GPL-2.0-only */
/* Modules of the guest's kernel. */
#ifndef HOPLAB_AGENT_MODULES_H
#define HOPLAB_AGENT_MODULES_H

extern unsigned modules_loaded;

/* Loads those that the image lists, in its order. */
void load_modules(void);

#endif
