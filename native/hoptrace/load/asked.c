// SPDX-License-Identifier: GPL-2.0-only
/* Keeps what came of each point that was asked for. */
#include "asked.h"

#include <stdarg.h>
#include <string.h>

static __attribute__((format(printf, 3, 4))) void append(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, size - used, format, args);
	va_end(args);
}

struct asked *asked_for(struct plan *plan, int point)
{
	for (int i = 0; i < plan->n_asked; i++)
		if (plan->asked[i].point == point)
			return &plan->asked[i];
	return NULL;
}

void refuse(struct plan *plan, const struct way *way, const char *why)
{
	struct asked *asked = asked_for(plan, way->point);

	append(asked->why, sizeof(asked->why), "%s%s %s: %s", asked->why[0] ? "; " : "", way_name(way->kind), way->target, why);
}

void refuse_all(struct plan *plan, const char *why)
{
	for (int i = 0; i < plan->n_asked; i++)
		if (plan->asked[i].point)
			snprintf(plan->asked[i].why, MAX_WHY, "%s", why);
}

void use(struct plan *plan, const struct way *way)
{
	struct asked *asked = asked_for(plan, way->point);

	append(asked->how, sizeof(asked->how), "%s%s %s", asked->how[0] ? ", " : "", way_name(way->kind), way->target);
}
