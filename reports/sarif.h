/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of incidents.sarif. */
#ifndef CASELINE_REPORTS_SARIF_H
#define CASELINE_REPORTS_SARIF_H

#include "reports/json.h"
#include "reports/report.h"

/* A message object; its text is never empty. */
void sarif_text(struct json *j, const char *key, struct str text);
/* What a location object holds; the object is the caller's. */
void sarif_place(struct json *j, const struct case_file *c, struct ref at, struct str host);
/* `locations` with one member as a whole. */
void sarif_member(struct json *j, const struct evidence *ev, size_t member);
/* `artifacts`: every member, in its order, which is what `index` of a location counts. */
void sarif_artifacts(struct json *j, const struct evidence *ev);

#endif
