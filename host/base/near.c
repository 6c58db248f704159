#include <stdbool.h>
#include <string.h>
#include "base/near.h"

enum { NAME_MAX_BYTES = 64, TYPED_BEGINNING = 3, NAME_BEGINNING = 4 };

/* Not tolower: the locale must not matter. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* By three rows: this one, the one above, and the one above that, for swaps. */
static size_t edits(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NAME_MAX_BYTES + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = smaller(smaller(row[j - 1], above[j]) + 1, above[j - 1] + !same);
            bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped)
                row[j] = smaller(row[j], second[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

/* "dat" for data, "dataset" for data; but neither "d" for data nor "force" for "for". */
static bool begins(const char *typed, size_t typed_length, const char *name, size_t name_length)
{
    size_t shorter = smaller(typed_length, name_length);
    for (size_t i = 0; i < shorter; i++)
        if (lower(typed[i]) != lower(name[i]))
            return false;
    if (typed_length <= name_length)
        return shorter >= TYPED_BEGINNING || (shorter > 0 && name_length - typed_length <= 1);
    size_t rest = typed_length - name_length;
    return shorter > 0 && (rest == 1 || (shorter >= NAME_BEGINNING && rest <= shorter));
}

void mt_near_look(struct mt_near *near, const char *name)
{
    size_t length = strlen(name);
    if (length > NAME_MAX_BYTES || near->length > NAME_MAX_BYTES)
        return;
    size_t longer = length > near->length ? length : near->length;
    size_t far = edits(near->typed, near->length, name, length);
    if (far > longer / 3 && !begins(near->typed, near->length, name, length))
        return;
    if (near->name && far >= near->edits)
        return;
    near->name = name;
    near->edits = far;
}
