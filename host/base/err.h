/* err: how an operation reports that it failed.
 * A function returns 0 (or a count >= 0) or a negative enum mt_err. Code that reads foreign text, files or
 * scripts also fills a struct mt_diag with a sentence for people. Refusals by risk are not errors: see core/risk.h. */
#ifndef MT_BASE_ERR_H
#define MT_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

#define MT_CHECKED __attribute__((warn_unused_result))

enum mt_err {
    MT_OK = 0,
    MT_ESYNTAX = -1,    /* text is not of the expected form */
    MT_ERANGE = -2,     /* outside the stated range, or would overflow */
    MT_EINEXACT = -3,   /* more decimals than the scale holds; nothing was rounded */
    MT_ENOMEM = -4,     /* a stated maximum or the memory is exhausted */
    MT_EIO = -5,        /* read, write, open or sync failed; errno in the diag */
    MT_ENOTFOUND = -6,
    MT_EEXIST = -7,
    MT_EDUP = -8,       /* seen before; ignored */
    MT_EOVERFILL = -9,  /* filled beyond the ordered quantity; applied */
    MT_ECORRUPT = -10,  /* checksum, chain or structure broken */
    MT_EREFUSED = -11,  /* configuration or script refused */
    MT_ESCRIPT = -12,   /* a script raised */
    MT_EEND = -13,      /* end of data */
    MT_EDIFF = -14,     /* verification differs */
    MT_EBUSY = -15,     /* owned by another process */
    MT_EFULL = -16,     /* disk or queue full */
    MT_EUSAGE = -17,
};

/* "ERANGE" for MT_ERANGE; "OK" for 0; "?" for anything else. Never NULL. */
const char *mt_err_name(int err);

/* What, where, why: filled by the first failure, kept by later ones. */
struct mt_diag {
    int code;               /* enum mt_err, 0 while nothing failed */
    char text[1024];        /* "what: where: why", one line, no newline */
};

/* Fill diag (may be NULL) unless it already holds a failure; returns code, so that `return mt_fail(...)` reads well.
 * Control characters in the result are replaced by '?', so that foreign text cannot forge log lines. */
int mt_fail(struct mt_diag *diag, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Always on, in release too. Split conditions: MT_ASSERT(a); MT_ASSERT(b). Ends the process with exit code 9. */
#define MT_ASSERT(condition) \
    ((condition) ? (void)0 : mt_assert_failed(#condition, __FILE__, __LINE__, __func__))

void mt_assert_failed(const char *condition, const char *file, int line, const char *function)
    __attribute__((noreturn, cold));

#endif
