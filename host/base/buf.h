/* buf: a growable byte buffer with a maximum, and the only place that writes JSON by hand.
 * A failed append (maximum reached, no memory) sets `failed`, and every later append is ignored: check once, at the
 * end.
 * The tick path uses buffers that were reserved before. */
#ifndef MT_BASE_BUF_H
#define MT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/dec.h"
#include "base/err.h"

struct mt_buf {
    char *data;             /* owned; not zero terminated unless mt_buf_text was asked */
    size_t length, capacity, maximum;
    bool failed;
    bool comma;             /* JSON: a comma is due before the next value */
};

void mt_buf_init(struct mt_buf *buf, size_t maximum);
void mt_buf_fini(struct mt_buf *buf);
void mt_buf_clear(struct mt_buf *buf);                          /* keeps the memory, clears `failed` */
int mt_buf_reserve(struct mt_buf *buf, size_t capacity) MT_CHECKED;
/* Raw text; no comma is due after it, so lines of JSON are written as one value, "\n", the next value. */
void mt_buf_put(struct mt_buf *buf, const void *data, size_t length);
void mt_buf_puts(struct mt_buf *buf, const char *text);
void mt_buf_printf(struct mt_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *mt_buf_text(struct mt_buf *buf);                    /* zero terminated view; "" when failed or empty */

/* JSON. Keys may be NULL inside arrays. Text is escaped; bytes that are not UTF-8 become U+FFFD. Doubles: shortest form
 * that reads back the same; NaN and infinity become null. */
void mt_json_open(struct mt_buf *buf, const char *key, char bracket);          /* '{' or '[' */
void mt_json_close(struct mt_buf *buf, char bracket);                          /* '}' or ']' */
void mt_json_text(struct mt_buf *buf, const char *key, const char *text);          /* NULL: null */
void mt_json_text_n(struct mt_buf *buf, const char *key, const char *text, size_t length);
void mt_json_int(struct mt_buf *buf, const char *key, int64_t value);
void mt_json_uint(struct mt_buf *buf, const char *key, uint64_t value);
void mt_json_bool(struct mt_buf *buf, const char *key, bool value);
void mt_json_null(struct mt_buf *buf, const char *key);
void mt_json_double(struct mt_buf *buf, const char *key, double value);
void mt_json_dec(struct mt_buf *buf, const char *key, int64_t value, int scale);       /* string, exact */
void mt_json_money(struct mt_buf *buf, const char *key, mt_money value);               /* string, 8 decimals */
void mt_json_time(struct mt_buf *buf, const char *key, int64_t ns);                    /* ISO-8601 string */
void mt_json_hex64(struct mt_buf *buf, const char *key, uint64_t value);               /* 16 hex digits, string */
void mt_json_raw(struct mt_buf *buf, const char *key, const char *json);                /* a value that is JSON */
/* Text of a stranger on its way to a terminal or a line of a file: control characters, separators of lines and what
 * turns the direction of writing become escapes as in JSON, and so do the ASCII characters of `also`; bytes that are
 * not UTF-8 become U+FFFD. With "\\" in `also` it can be read back. */
void mt_text_escape(struct mt_buf *buf, const char *text, size_t length, const char *also);
/* The inside of a JSON string, without quotes. */
void mt_json_escape(struct mt_buf *buf, const char *text, size_t length);

/* Shortest decimal text of a double that reads back the same; locale-free. buf has MT_DEC_TEXT bytes. */
size_t mt_double_format(char *buf, double value);
/* Strict, locale-free: the whole of text must be a decimal number; no hex, nan, inf. */
int mt_double_parse(const char *text, size_t length, double *out) MT_CHECKED;

#endif
