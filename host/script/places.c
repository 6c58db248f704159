/* Where keys stand: a walk over the tokens that follows constructors. */
#include "script/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "script/lex.h"
#include "script/script.h"

static void add_place(struct mt_places *places, const char *path, size_t key, unsigned table, int line)
{
    if (places->count == places->capacity && !places->failed) {
        size_t capacity = places->capacity * 2 + 64;
        struct mt_place *more = realloc(places->items, capacity * sizeof *more);
        places->failed = more == NULL;
        if (more != NULL) {
            places->items = more;
            places->capacity = capacity;
        }
    }
    char *copy = places->failed ? NULL : strdup(path);
    places->failed = copy == NULL;
    if (copy != NULL)
        places->items[places->count++] = (struct mt_place){ copy, key, table, line };
}

void mt_places_free(struct mt_places *places)
{
    for (size_t i = 0; i < places->count; i++)
        free(places->items[i].path);
    free(places->items);
}

static int by_path(const void *a, const void *b)
{
    const struct mt_place *x = a, *y = b;
    int order = strcmp(x->path, y->path);
    return order != 0 ? order : x->line - y->line;
}

static int by_table(const void *a, const void *b)
{
    const struct mt_place *x = a, *y = b;
    if (x->table != y->table)
        return x->table < y->table ? -1 : 1;
    int order = strcmp(x->path + x->key, y->path + y->key);
    return order != 0 ? order : x->line - y->line;
}

/* The places stand by path; of several the first. 0: unknown. */
int mt_places_line(const struct mt_places *places, const char *path)
{
    size_t low = 0, high = places->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(places->items[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < places->count && strcmp(places->items[low].path, path) == 0 ? places->items[low].line : 0;
}

int mt_places_twice(struct mt_places *places, const char *name, struct mt_diag *diag)
{
    const struct mt_place *first = NULL, *again = NULL;
    if (places->count > 1)
        qsort(places->items, places->count, sizeof *places->items, by_table);
    for (size_t i = 1; i < places->count; i++) {
        const struct mt_place *a = &places->items[i - 1], *b = &places->items[i];
        bool counts = a->table > 0 || places->return_line == 0;
        if (counts && a->table == b->table && strcmp(a->path + a->key, b->path + b->key) == 0
            && (again == NULL || b->line < again->line)) {
            first = a;
            again = b;
        }
    }
    if (again == NULL)
        return 0;
    return mt_fail(diag, MT_EREFUSED, "%s:%d: %.200s: stands here for the second time, the first is in line %d: only "
        "one of them would count; put both into one", name, again->line, again->path, first->line);
}

struct level { size_t length; int index; unsigned table; };     /* of the path outside; the last array item */
struct scan {
    struct mt_places *places;
    char path[1024];
    size_t length;
    struct level levels[MT_PLACES_DEPTH];
    int depth;
    unsigned tables;
    bool fresh;             /* at the start of an item: after `{` `,` `;` */
    bool local;             /* behind `local` and the like: no global, whatever was called so before */
};

static size_t outside(const struct scan *scan)
{
    return scan->depth > 0 ? scan->levels[scan->depth - 1].length : 0;
}

/* Put a key behind the path of the table outside. */
static void found_key(struct scan *scan, const char *dot, const char *text, int length, int line)
{
    size_t base = outside(scan), room = sizeof scan->path - base, key = base + (base > 0 ? strlen(dot) : 0);
    int n = snprintf(scan->path + base, room, "%s%.*s", base > 0 ? dot : "", length, text);
    bool fits = n >= 0 && (size_t)n < room;
    scan->length = base + (fits ? (size_t)n : 0);
    scan->path[scan->length] = 0;
    unsigned table = scan->depth > 0 ? scan->levels[scan->depth - 1].table : scan->local ? ++scan->tables : 0;
    if (fits)
        add_place(scan->places, scan->path, key, table, line);
}

static size_t put_utf8(char *out, unsigned long code)
{
    if (code < 0x80)
        return *out = (char)code, 1;
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length; --i > 0; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(code | (length == 2 ? 0xc0 : length == 3 ? 0xe0 : 0xf0));
    return length;
}

/* One escape of a quoted text; `at` stands behind the backslash. Up to 4 bytes; how many. */
static size_t unescape(const char **at, const char *end, char *out)
{
    static const char from[] = "abfnrtv", to[] = "\a\b\f\n\r\t\v";
    char c = *(*at)++, *behind;
    const char *letter = c != 0 ? strchr(from, c) : NULL;
    if (c == 'z') {
        while (*at < end && **at != 0 && strchr(" \t\r\n\v\f", **at) != NULL)
            ++*at;
        return 0;
    }
    if (c >= '0' && c <= '9') {
        int value = c - '0';
        for (int i = 1; i < 3 && *at < end && **at >= '0' && **at <= '9'; i++)
            value = value * 10 + *(*at)++ - '0';
        *out = (char)value;
    } else if (c == 'x' && end - *at >= 2) {
        char digits[3] = { (*at)[0], (*at)[1], 0 };
        *at += 2;
        *out = (char)strtol(digits, NULL, 16);
    } else if (c == 'u' && *at < end && **at == '{') {
        unsigned long code = strtoul(*at + 1, &behind, 16);
        *at = behind < end ? behind + 1 : end;
        return put_utf8(out, code);
    } else {
        *out = letter != NULL ? to[letter - from] : c;
    }
    return 1;
}

/* What a text says, so that "a" and "\97" are one key. */
static int text_of(const struct mt_token *token, char *out, size_t size)
{
    const char *at = token->text, *end = at + token->length;
    size_t length = 0;
    if (*at == '[') {
        size_t frame = strcspn(at + 1, "[") + 2;
        bool empty = token->length < 2 * frame;
        at += empty ? token->length : frame;
        end -= empty ? 0 : frame;
        at += at < end && *at == '\n';
        while (at < end && length + 1 < size)
            out[length++] = *at++;
    } else {
        bool closed = token->length >= 2 && end[-1] == *at;
        for (at++, end -= closed; at < end && length + 5 < size;) {
            bool escape = *at == '\\' && at + 1 < end;
            at += escape;
            if (escape)
                length += unescape(&at, end, out + length);
            else
                out[length++] = *at++;
        }
    }
    out[length] = 0;
    return (int)length;
}

static void named_key(struct scan *scan, const struct mt_token *key)
{
    char text[256];
    if (key->kind == MT_TOKEN_STRING)
        found_key(scan, ".", text, text_of(key, text, sizeof text), key->line);
    else
        found_key(scan, ".", key->text, (int)key->length, key->line);
}

static void numbered_key(struct scan *scan, const struct mt_token *key)
{
    char text[32], number[64];
    double value;
    snprintf(number, sizeof number, "%.*s", (int)key->length, key->text);
    if (mt_double_parse(number, strlen(number), &value) != 0)
        value = (double)strtoul(number, NULL, 0);       /* 0x2 */
    int length = snprintf(text, sizeof text, "[%.14g]", value);
    found_key(scan, "", text, length, key->line);
}

static void array_item(struct scan *scan, int line)
{
    char text[32];
    int length = snprintf(text, sizeof text, "[%d]", ++scan->levels[scan->depth - 1].index);
    found_key(scan, "", text, length, line);
}

static void open_table(struct scan *scan)
{
    if (scan->depth < MT_PLACES_DEPTH)
        scan->levels[scan->depth++] = (struct level){ scan->length, 0, ++scan->tables };
}

/* A name or `[…]` before `=`, or the item of a list. */
static void scan_item(struct scan *scan, const struct mt_token *a, const struct mt_token *b, const struct mt_token *c)
{
    bool item = scan->fresh && scan->depth > 0;
    bool bracket = item && mt_token_is(a, "[") && mt_token_is(c, "]");
    if (a->kind == MT_TOKEN_NAME && mt_token_is(b, "=") && (item || scan->depth == 0))
        named_key(scan, a);
    else if (bracket && b->kind == MT_TOKEN_STRING)
        named_key(scan, b);
    else if (bracket && b->kind == MT_TOKEN_NUMBER)
        numbered_key(scan, b);
    else if (item && !mt_token_is(a, "}") && !mt_token_is(a, "["))
        array_item(scan, a->line);
}

/* a: the token; b, c: the two that follow. */
static void scan_token(struct scan *scan, const struct mt_token *a, const struct mt_token *b, const struct mt_token *c)
{
    scan_item(scan, a, b, c);
    scan->fresh = false;
    scan->local = mt_token_is(a, "local") || mt_token_is(a, "for") || mt_token_is(a, ",") || mt_token_is(a, ".");
    if (mt_token_is(a, "return") && scan->depth == 0) {
        scan->length = 0;
        scan->places->return_line = a->line;
    }
    scan->places->functions |= scan->depth > 0 && mt_token_is(a, "function");
    if (mt_token_is(a, "{")) {
        open_table(scan);
        scan->fresh = true;
    } else if (mt_token_is(a, "}")) {
        scan->depth -= scan->depth > 0;
    } else if (mt_token_is(a, ",") || mt_token_is(a, ";")) {
        scan->fresh = true;
    }
}

void mt_places_find(struct mt_places *places, const char *text, size_t length)
{
    struct scan scan = { .places = places };
    struct mt_lex lex;
    mt_lex_init(&lex, text, length);
    struct mt_token a = mt_lex_next(&lex), b = mt_lex_next(&lex);
    while (a.kind != MT_TOKEN_END) {
        struct mt_token c = mt_lex_next(&lex);
        scan_token(&scan, &a, &b, &c);
        a = b;
        b = c;
    }
    if (places->count > 1)
        qsort(places->items, places->count, sizeof *places->items, by_path);
}

int mt_conf_line(const char *text, size_t length, const char *path)
{
    struct mt_places places = { 0 };
    char at[512];
    snprintf(at, sizeof at, "%s", path);
    mt_places_find(&places, text, length);
    int line = mt_places_line(&places, at);
    while (line == 0 && at[0] != 0) {
        char *dot = strrchr(at, '.'), *bracket = strrchr(at, '[');
        *(dot > bracket ? dot : bracket != NULL ? bracket : at) = 0;
        line = mt_places_line(&places, at);
    }
    line = line > 0 ? line : places.return_line > 0 ? places.return_line : 1;
    mt_places_free(&places);
    return line;
}

int mt_conf_twice(const char *text, size_t length, const char *name, struct mt_diag *diag)
{
    struct mt_places places = { 0 };
    mt_places_find(&places, text, length);
    int rc = places.failed ? mt_fail(diag, MT_ENOMEM, "%s: no memory", name)
             : places.functions ? 0
                                : mt_places_twice(&places, name, diag);
    mt_places_free(&places);
    return rc;
}
