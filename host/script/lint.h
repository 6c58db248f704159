/* lint: what of a script's text is refused before it runs. What looks like a mistake is lint.lua's. */
#ifndef MT_SCRIPT_LINT_H
#define MT_SCRIPT_LINT_H

#include <stddef.h>
#include "base/err.h"

/* MT_EREFUSED for what would make results depend on the compiler or on boxed integers: `^` with a
 * literal 2 (other bits compiled than interpreted), 64-bit and imaginary literals. diag:
 * "FILE:LINE: sentence". */
int mt_lint_refuse(const char *name, const char *text, size_t length, struct mt_diag *diag) MT_CHECKED;

/* What a line that the compiler refuses was likely meant to be, of a reader of other languages: "not equal is ~="; NULL
 * where nothing of the kind stands there. A text of ours. */
const char *mt_lint_syntax_hint(const char *text, size_t length, int line);

#endif
