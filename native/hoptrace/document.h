/* SPDX-License-Identifier: GPL-2.0-only */
/* The two JSON documents of a file: before the records, and after them. */
#ifndef HOPLAB_HOPTRACE_DOCUMENT_H
#define HOPLAB_HOPTRACE_DOCUMENT_H

#include "drain.h"

/* What was asked and granted; NULL = no memory. The caller frees it. */
char *header_json(const struct plan *plan);
/* What came of it. */
char *trailer_json(const struct loaded *loaded, const struct drained *drained, enum end end);

#endif
