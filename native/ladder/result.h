/* SPDX-License-Identifier: GPL-2.0-only */
/* What came of a rung, and the line that says it. */
#ifndef HOPLAB_LADDER_RESULT_H
#define HOPLAB_LADDER_RESULT_H

#include "ladder.h"
#include "text.h"

struct result {
	enum rung rung;
	bool passed;
	int sent, answered;
	int err;                  /* positive errno; 0 = no call failed */
	struct text detail, data;
	char detail_bytes[640], data_bytes[640];
};

void start_result(struct result *r, enum rung rung);
void say(struct result *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void put_data(struct result *r, const char *key, const char *value);
void put_number(struct result *r, const char *key, int64_t value);
void print_result(const struct result *r, double ms);

#endif
