#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"

/* Length of the UTF-8 character at text[0..length), 0 if there is none: too long forms, surrogates and what lies beyond
 * U+10FFFF are not characters. */
static size_t character_length(const unsigned char *text, size_t length)
{
    unsigned char lead = text[0], low = 0x80, high = 0xbf;
    size_t need;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        need = 2;
    else if (lead >= 0xe0 && lead <= 0xef)
        need = 3;
    else if (lead >= 0xf0 && lead <= 0xf4)
        need = 4;
    else
        return 0;
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    if (length < need || text[1] < low || text[1] > high)
        return 0;
    for (size_t at = 2; at < need; at++)
        if ((text[at] & 0xc0) != 0x80)
            return 0;
    return need;
}

/* What a terminal, a spreadsheet or a reader of lines takes for a command: C0, DEL, C1, the separators of lines and
 * paragraphs, and what turns the direction of writing. 0: the character stands for itself. */
static unsigned control_of(const unsigned char *text, size_t length)
{
    if (length == 1)
        return text[0] < 0x20 || text[0] == 0x7f ? text[0] : 0;
    if (length == 2)
        return text[0] == 0xc2 && text[1] < 0xa0 ? text[1] : 0;
    if (length != 3 || text[0] != 0xe2)
        return 0;
    unsigned code = 0x2000 + (text[1] & 0x3fu) * 64 + (text[2] & 0x3fu);
    return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ? code : 0;
}

/* The escape for the character, NULL when it stands for itself; `room` has 8 bytes. */
static const char *escape_of(const unsigned char *text, size_t length, const char *also, char *room)
{
    static const char *const plain[] = { ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f",
                                         ['\r'] = "\\r" };
    if (length == 0)
        return "\xef\xbf\xbd";
    if (length == 1 && text[0] < sizeof plain / sizeof plain[0] && plain[text[0]])
        return plain[text[0]];
    if (length == 1 && text[0] != '\0' && strchr(also, text[0])) {
        snprintf(room, 8, "\\%c", text[0]);
        return room;
    }
    unsigned code = control_of(text, length);
    if (code == 0 && !(length == 1 && text[0] == '\0'))
        return NULL;
    snprintf(room, 8, "\\u%04x", code);
    return room;
}

void mt_text_escape(struct mt_buf *buf, const char *text, size_t length, const char *also)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t from = 0, at = 0;
    while (at < length) {
        char room[8];
        size_t size = character_length(bytes + at, length - at);
        const char *escape = escape_of(bytes + at, size, also, room);
        if (escape) {
            mt_buf_put(buf, text + from, at - from);
            mt_buf_puts(buf, escape);
            from = at + (size ? size : 1);
        }
        at += size ? size : 1;
    }
    mt_buf_put(buf, text + from, length - from);
}

void mt_json_escape(struct mt_buf *buf, const char *text, size_t length)
{
    mt_text_escape(buf, text, length, "\"\\");
}

static void value_begin(struct mt_buf *buf, const char *key)
{
    if (buf->comma)
        mt_buf_put(buf, ",", 1);
    if (key) {
        mt_buf_put(buf, "\"", 1);
        mt_json_escape(buf, key, strlen(key));
        mt_buf_put(buf, "\":", 2);
    }
}

static void value_write(struct mt_buf *buf, const char *key, const char *text, size_t length)
{
    value_begin(buf, key);
    mt_buf_put(buf, text, length);
    buf->comma = true;
}

static void quoted_write(struct mt_buf *buf, const char *key, const char *text, size_t length)
{
    value_begin(buf, key);
    mt_buf_put(buf, "\"", 1);
    mt_buf_put(buf, text, length);
    mt_buf_put(buf, "\"", 1);
    buf->comma = true;
}

void mt_json_open(struct mt_buf *buf, const char *key, char bracket)
{
    MT_ASSERT(bracket == '{' || bracket == '[');
    value_write(buf, key, &bracket, 1);
    buf->comma = false;
}

void mt_json_close(struct mt_buf *buf, char bracket)
{
    MT_ASSERT(bracket == '}' || bracket == ']');
    mt_buf_put(buf, &bracket, 1);
    buf->comma = true;
}

void mt_json_text_n(struct mt_buf *buf, const char *key, const char *text, size_t length)
{
    value_begin(buf, key);
    mt_buf_put(buf, "\"", 1);
    mt_json_escape(buf, text, length);
    mt_buf_put(buf, "\"", 1);
    buf->comma = true;
}

void mt_json_text(struct mt_buf *buf, const char *key, const char *text)
{
    if (text)
        mt_json_text_n(buf, key, text, strlen(text));
    else
        mt_json_null(buf, key);
}

void mt_json_int(struct mt_buf *buf, const char *key, int64_t value)
{
    char text[MT_DEC_TEXT];
    value_write(buf, key, text, mt_dec_format(text, value, 0));
}

void mt_json_uint(struct mt_buf *buf, const char *key, uint64_t value)
{
    char text[MT_DEC_TEXT];
    value_write(buf, key, text, mt_wide_format(text, (mt_i128)value, 0));
}

void mt_json_bool(struct mt_buf *buf, const char *key, bool value)
{
    const char *text = value ? "true" : "false";
    value_write(buf, key, text, strlen(text));
}

void mt_json_null(struct mt_buf *buf, const char *key)
{
    value_write(buf, key, "null", 4);
}

void mt_json_double(struct mt_buf *buf, const char *key, double value)
{
    char text[MT_DEC_TEXT];
    if (isfinite(value))
        value_write(buf, key, text, mt_double_format(text, value));
    else
        mt_json_null(buf, key);
}

void mt_json_dec(struct mt_buf *buf, const char *key, int64_t value, int scale)
{
    char text[MT_DEC_TEXT];
    quoted_write(buf, key, text, mt_dec_format(text, value, scale));
}

void mt_json_money(struct mt_buf *buf, const char *key, mt_money value)
{
    char text[MT_DEC_TEXT];
    quoted_write(buf, key, text, mt_money_format(text, value));
}

void mt_json_time(struct mt_buf *buf, const char *key, int64_t ns)
{
    char text[MT_TIME_TEXT];
    quoted_write(buf, key, text, mt_time_format(text, ns));
}

void mt_json_hex64(struct mt_buf *buf, const char *key, uint64_t value)
{
    char text[17];
    for (int at = 15; at >= 0; at--, value >>= 4)
        text[at] = "0123456789abcdef"[value & 15];
    quoted_write(buf, key, text, 16);
}

void mt_json_raw(struct mt_buf *buf, const char *key, const char *json)
{
    value_write(buf, key, json, strlen(json));
}
