/* opt: options are declared once (name, type, default, range, help) and read from the command line or a configuration
 * with the same checks. */
#ifndef MT_BASE_OPT_H
#define MT_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum mt_opt_type {
    MT_OPT_FLAG,        /* bool *            --json */
    MT_OPT_TEXT,        /* const char **     borrowed from argv */
    MT_OPT_INT,         /* int64_t * */
    MT_OPT_DURATION,    /* int64_t * ns      30s 10m */
    MT_OPT_LIST,        /* struct mt_opt_list *, repeatable; a value with commas is split if `split` */
    MT_OPT_FILES,       /* struct mt_opt_list *, takes all following words up to the next --option */
};

enum { MT_OPT_LIST_MAX = 256 };
struct mt_opt_list { const char *items[MT_OPT_LIST_MAX]; size_t count; };     /* items borrowed from argv or `store` */

struct mt_opt {
    const char *name;           /* without the dashes */
    enum mt_opt_type type;
    void *target;
    const char *value_name;     /* for the help: "FILE…" */
    const char *help;
    int64_t min, max;           /* INT, DURATION; both 0 = no bounds */
    bool split;                 /* LIST: split at commas (the pieces live until the process ends) */
};

/* Parse argv[1..argc) by the table (ends with name NULL). Words that are no option go to `words` in their order. "--"
 * ends the options; "--name=value" and "--name value" are the same. MT_EUSAGE with a diag that names the option and,
 * for an unknown one, the nearest known if one is near (near.h). An option that is given twice has the last value;
 * lists collect. */
int mt_opt_parse(const struct mt_opt *table, int argc, char **argv, struct mt_opt_list *words, struct mt_diag *diag)
    MT_CHECKED;
/* The table as text for --help, one option a line, aligned, with the bounds. `out` must be large enough. */
void mt_opt_help(const struct mt_opt *table, char *out, size_t size);

#endif
