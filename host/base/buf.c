#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"

enum { FIRST_CAPACITY = 256 };

void mt_buf_init(struct mt_buf *buf, size_t maximum)
{
    *buf = (struct mt_buf){ .maximum = maximum };
}

void mt_buf_fini(struct mt_buf *buf)
{
    free(buf->data);
    *buf = (struct mt_buf){ .maximum = buf->maximum };
}

void mt_buf_clear(struct mt_buf *buf)
{
    buf->length = 0;
    buf->failed = false;
    buf->comma = false;
}

/* One byte more than `capacity` is kept, so that mt_buf_text always has room for its zero. */
int mt_buf_reserve(struct mt_buf *buf, size_t capacity)
{
    if (capacity <= buf->capacity)
        return 0;
    if (capacity > buf->maximum || capacity == SIZE_MAX)
        return MT_ENOMEM;
    char *data = realloc(buf->data, capacity + 1);
    if (!data)
        return MT_ENOMEM;
    buf->data = data;
    buf->capacity = capacity;
    return 0;
}

static bool room_make(struct mt_buf *buf, size_t more)
{
    if (buf->failed)
        return false;
    if (more <= buf->capacity - buf->length)
        return true;
    size_t capacity = buf->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buf->capacity;
    if (more > buf->maximum - buf->length) {
        buf->failed = true;
        return false;
    }
    while (capacity - buf->length < more && capacity <= buf->maximum / 2)
        capacity *= 2;
    if (capacity - buf->length < more || capacity > buf->maximum)
        capacity = buf->maximum;
    if (mt_buf_reserve(buf, capacity) != 0)
        buf->failed = true;
    return !buf->failed;
}

void mt_buf_put(struct mt_buf *buf, const void *data, size_t length)
{
    buf->comma = false;
    if (length == 0 || !room_make(buf, length))
        return;
    memcpy(buf->data + buf->length, data, length);
    buf->length += length;
}

void mt_buf_puts(struct mt_buf *buf, const char *text)
{
    mt_buf_put(buf, text, strlen(text));
}

void mt_buf_printf(struct mt_buf *buf, const char *format, ...)
{
    va_list args, again;
    buf->comma = false;
    if (!room_make(buf, 1))
        return;
    va_start(args, format);
    va_copy(again, args);
    /* The terminating zero may use the extra byte behind the capacity. */
    size_t room = buf->capacity - buf->length + 1;
    int length = vsnprintf(buf->data + buf->length, room, format, args);
    if (length < 0)
        buf->failed = true;
    else if ((size_t)length >= room && room_make(buf, (size_t)length))
        vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
    if (!buf->failed)
        buf->length += (size_t)length;
    va_end(again);
    va_end(args);
}

const char *mt_buf_text(struct mt_buf *buf)
{
    if (buf->failed || buf->length == 0)
        return "";
    buf->data[buf->length] = '\0';
    return buf->data;
}
