/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way to report an error: a function returns 0 or a negative code and leaves its message in
 * the struct err that it was handed. No globals, no longjmp, no exit() outside main.c.
 */
#ifndef CASELINE_BASE_ERR_H
#define CASELINE_BASE_ERR_H

#include "analyzer/base/str.h"

enum {
	E_OK = 0,
	E_USAGE = -2,      /* wrong words on the command line, or in a file that the user wrote */
	E_INPUT = -3,      /* the input can't be read */
	E_OUTPUT = -4,     /* the output can't be written */
	E_INTERRUPTED = -5,
	E_SANDBOX = -6,
	E_DAMAGED = -10,   /* this piece of evidence is damaged; what came before it holds */
	E_UNSUPPORTED = -11,
	E_LIMIT = -12,
	E_INTERNAL = -20,
};

struct err {
	int code;
	char text[1000];
};

/* Sets the message and returns the code, so that a caller can `return err_set(...)`. */
int err_set(struct err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "text: " in front of the message that is there. Returns the code that is there. */
int err_wrap(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
