/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzer/correlate/learn.h"

void case_learn(struct case_file *c, const struct knowledge *kb, const struct case_options *o)
{
	case_measure_clocks(c, kb);
	if (case_apply_clocks(c))
		case_arrange(c, o);
	case_read_marks(c, kb);
}
