/* ta: one object of the script library over rows of numbers, for `mthost ta` and the bench. It lives in a VM of its
 * own, in the sandbox of scripts, and its update is called from a compiled loop over arrays of C. */
#ifndef MT_SCRIPT_TA_H
#define MT_SCRIPT_TA_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

enum { MT_TA_INPUTS_MAX = 8, MT_TA_OUTPUTS_MAX = 16, MT_TA_TEXT = 256 };

/* What a row of market data can have. Sizes in units of the instrument, time in seconds since 1970, side 1, -1 or 0. */
enum mt_ta_field {
    MT_TA_TIME, MT_TA_OPEN, MT_TA_HIGH, MT_TA_LOW, MT_TA_CLOSE, MT_TA_VOLUME,
    MT_TA_BID, MT_TA_ASK, MT_TA_MID, MT_TA_BID_QTY, MT_TA_ASK_QTY, MT_TA_PRICE, MT_TA_QTY, MT_TA_SIDE, MT_TA_FIELDS
};
enum mt_ta_kind { MT_TA_BARS, MT_TA_QUOTES, MT_TA_TRADES };

struct mt_ta_info {             /* one object that rows of numbers can be given to */
    char name[64];              /* "rsi", "volume.surge" */
    char params[MT_TA_TEXT];    /* "n=14" or "k=5 slow=3", with the defaults */
    char inputs[MT_TA_TEXT], outputs[MT_TA_TEXT];       /* "high low close" */
    char family[32];            /* the file that holds it: "ta_momentum" */
    bool talib;                 /* TA-Lib has it by this name */
};

struct mt_ta_choice {
    const char *name;
    const char *const *words;   /* its arguments: numbers by position, NAME=NUMBER, OPTION=TEXT */
    size_t word_count;
    enum mt_ta_kind kind;       /* what the rows are */
    const char *columns;        /* "close": stands for the close or the price; "open,close": all inputs; NULL: usual */
    size_t rows;                /* room for so many at a time */
};

/* Which fields the object wants, what it gives, and where. Arrays of `rows`, owned by struct mt_ta until the next
 * choice. out: NaN where there is no value. */
struct mt_ta_plan {
    int input_count, output_count;
    enum mt_ta_field inputs[MT_TA_INPUTS_MAX];
    double *in[MT_TA_INPUTS_MAX], *out[MT_TA_OUTPUTS_MAX];
    char outputs[MT_TA_OUTPUTS_MAX][64];
};

struct mt_ta;
/* Loads the library from the roots (see struct mt_script_options). MT_ENOTFOUND, MT_ESCRIPT, MT_ENOMEM. */
int mt_ta_new(struct mt_ta **out, const char *scripts_env, const char *const *share, bool jit_off,
              struct mt_diag *diag) MT_CHECKED;
void mt_ta_free(struct mt_ta *ta);
/* All of them in the order of the library; 1, or 0 past the end, or an error. */
int mt_ta_at(struct mt_ta *ta, size_t index, struct mt_ta_info *out, struct mt_diag *diag) MT_CHECKED;
/* Make the object. MT_EUSAGE with a sentence for an unknown name (and the nearest known), a wrong argument with the
 * allowed range, or inputs that such rows do not have. */
int mt_ta_choose(struct mt_ta *ta, const struct mt_ta_choice *choice, struct mt_diag *diag) MT_CHECKED;
const struct mt_ta_plan *mt_ta_plan(const struct mt_ta *ta);
/* The first `rows` rows of plan->in, one update each, to plan->out. When one is refused MT_ESCRIPT, and *done tells
 * how many were taken before it. */
int mt_ta_run(struct mt_ta *ta, size_t rows, size_t *done, struct mt_diag *diag) MT_CHECKED;
/* As new: the next row is the first. */
int mt_ta_reset(struct mt_ta *ta, struct mt_diag *diag) MT_CHECKED;

#endif
