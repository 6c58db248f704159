#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/near.h"
#include "base/opt.h"

enum { VALUE_COLUMN_MAX = 30 };

/* Pieces of a split list live until the process ends; the chain keeps them reachable, so that a leak checker agrees. */
struct kept { struct kept *next; char text[]; };
static struct kept *kept_chain;

struct parser {
    const struct mt_opt *table;
    struct mt_opt_list *words;
    struct mt_diag *diag;
    int argc, at;
    char **argv;
};

static int unknown_fail(const struct mt_opt *table, const char *name, size_t length, struct mt_diag *diag)
{
    struct mt_near near = mt_near(name, length);
    for (const struct mt_opt *opt = table; opt->name; opt++)
        mt_near_look(&near, opt->name);
    return mt_fail(diag, MT_EUSAGE, "--%.*s: unknown option%s%s", (int)length, name,
                   near.name ? ", the nearest is --" : "", near.name ? near.name : "");
}

static int list_add(struct mt_opt_list *list, const char *item, const char *name, struct mt_diag *diag)
{
    if (list->count == MT_OPT_LIST_MAX)
        return mt_fail(diag, MT_EUSAGE, "%s: more than %d values", name, MT_OPT_LIST_MAX);
    list->items[list->count++] = item;
    return 0;
}

static int list_split(struct mt_opt_list *list, const char *value, const char *name, struct mt_diag *diag)
{
    size_t size = strlen(value) + 1;
    struct kept *kept = malloc(sizeof *kept + size);
    if (!kept)
        return mt_fail(diag, MT_ENOMEM, "--%s: no memory", name);
    memcpy(kept->text, value, size);
    kept->next = kept_chain;
    kept_chain = kept;
    for (char *piece = kept->text; piece;) {
        char *comma = strchr(piece, ',');
        if (comma)
            *comma++ = '\0';
        if (*piece == '\0')
            return mt_fail(diag, MT_EUSAGE, "--%s: %s: an empty piece between commas", name, value);
        int err = list_add(list, piece, name, diag);
        if (err != 0)
            return err;
        piece = comma;
    }
    return 0;
}

static int number_parse(const struct mt_opt *opt, const char *value, int64_t *out)
{
    int err = opt->type == MT_OPT_INT ? mt_dec_parse(value, strlen(value), 0, out)
                                      : mt_duration_parse(value, strlen(value), out);
    if (err == 0 && (opt->min != 0 || opt->max != 0) && (*out < opt->min || *out > opt->max))
        err = MT_ERANGE;
    return err;
}

/* A bound as it would be written on the command line: "10m", not 600000000000. */
static void bound_put(struct mt_buf *buf, const struct mt_opt *opt, int64_t value)
{
    static const struct { const char *name; int64_t ns; } units[] = {
        { "d", 86400 * MT_NS_PER_S }, { "h", 3600 * MT_NS_PER_S }, { "m", 60 * MT_NS_PER_S }, { "s", MT_NS_PER_S },
        { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 },
    };
    size_t unit = 0;
    char text[MT_DEC_TEXT];
    if (opt->type == MT_OPT_INT) {
        mt_dec_format(text, value, 0);
        mt_buf_puts(buf, text);
        return;
    }
    while (value % units[unit].ns != 0)
        unit++;
    mt_dec_format(text, value / units[unit].ns, 0);
    mt_buf_puts(buf, text);
    mt_buf_puts(buf, units[unit].name);
}

static int number_set(const struct mt_opt *opt, const char *value, struct mt_diag *diag)
{
    int64_t number;
    int err = number_parse(opt, value, &number);
    if (err == 0) {
        *(int64_t *)opt->target = number;
        return 0;
    }
    if (err == MT_ERANGE && (opt->min != 0 || opt->max != 0)) {
        struct mt_buf bounds;
        mt_buf_init(&bounds, 256);
        bound_put(&bounds, opt, opt->min);
        mt_buf_puts(&bounds, " to ");
        bound_put(&bounds, opt, opt->max);
        mt_fail(diag, MT_EUSAGE, "--%s: %s: must be %s", opt->name, value, mt_buf_text(&bounds));
        mt_buf_fini(&bounds);
        return MT_EUSAGE;
    }
    return mt_fail(diag, MT_EUSAGE, "--%s: %s: not %s", opt->name, value,
                   err == MT_ERANGE ? "in range"
                   : opt->type == MT_OPT_INT ? "a whole number" : "a duration such as 500ms, 30s, 1m30s");
}

static int value_set(const struct mt_opt *opt, const char *value, struct mt_diag *diag)
{
    switch (opt->type) {
    case MT_OPT_TEXT:
        *(const char **)opt->target = value;
        return 0;
    case MT_OPT_INT:
    case MT_OPT_DURATION:
        return number_set(opt, value, diag);
    default:
        return opt->split ? list_split(opt->target, value, opt->name, diag)
                          : list_add(opt->target, value, opt->name, diag);
    }
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] == '-';
}

/* A single dash before a letter is an option of other programs; "-", "-5" and "-.5" are words. */
static bool is_short_option(const char *word)
{
    return word[0] == '-' && ((word[1] >= 'a' && word[1] <= 'z') || (word[1] >= 'A' && word[1] <= 'Z'));
}

static int files_take(struct parser *parser, const struct mt_opt *opt, const char *attached)
{
    int err = attached ? list_add(opt->target, attached, opt->name, parser->diag) : 0;
    int taken = attached != NULL;
    while (err == 0 && parser->at < parser->argc && !is_option(parser->argv[parser->at])
           && !is_short_option(parser->argv[parser->at])) {
        err = list_add(opt->target, parser->argv[parser->at++], opt->name, parser->diag);
        taken++;
    }
    if (taken == 0)
        return mt_fail(parser->diag, MT_EUSAGE, "--%s: at least one value is needed", opt->name);
    return err;
}

static int option_take(struct parser *parser, const char *word)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    const char *attached = name[length] == '=' ? name + length + 1 : NULL;
    const struct mt_opt *opt = parser->table;
    while (opt->name && (strlen(opt->name) != length || memcmp(opt->name, name, length) != 0))
        opt++;
    if (!opt->name)
        return unknown_fail(parser->table, name, length, parser->diag);
    if (opt->type == MT_OPT_FLAG) {
        if (attached)
            return mt_fail(parser->diag, MT_EUSAGE, "--%s: takes no value", opt->name);
        *(bool *)opt->target = true;
        return 0;
    }
    if (opt->type == MT_OPT_FILES)
        return files_take(parser, opt, attached);
    if (!attached) {
        if (parser->at == parser->argc || is_option(parser->argv[parser->at]))
            return mt_fail(parser->diag, MT_EUSAGE, "--%s: a value is needed", opt->name);
        attached = parser->argv[parser->at++];
    }
    return value_set(opt, attached, parser->diag);
}

int mt_opt_parse(const struct mt_opt *table, int argc, char **argv, struct mt_opt_list *words, struct mt_diag *diag)
{
    struct parser parser = { .table = table, .words = words, .diag = diag, .argc = argc, .at = 1, .argv = argv };
    bool ended = false;
    int err = 0;
    while (err == 0 && parser.at < argc) {
        const char *word = argv[parser.at++];
        if (ended)
            err = list_add(words, word, "arguments", diag);
        else if (strcmp(word, "--") == 0)
            ended = true;
        else if (is_option(word))
            err = option_take(&parser, word);
        else if (is_short_option(word))
            err = mt_fail(diag, MT_EUSAGE, "%s: unknown option, options begin with two dashes", word);
        else
            err = list_add(words, word, "arguments", diag);
    }
    return err;
}

static size_t columns(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static void option_put(struct mt_buf *buf, const struct mt_opt *opt, size_t width)
{
    const char *value = opt->value_name ? opt->value_name : "";
    size_t used = strlen(opt->name) + (*value ? 1 : 0) + columns(value);
    mt_buf_printf(buf, "  --%s%s%s", opt->name, *value ? " " : "", value);
    mt_buf_printf(buf, "%*s%s", used < width ? (int)(width - used) + 2 : 2, "", opt->help);
    if (opt->min != 0 || opt->max != 0) {
        mt_buf_puts(buf, " (");
        bound_put(buf, opt, opt->min);
        mt_buf_puts(buf, " to ");
        bound_put(buf, opt, opt->max);
        mt_buf_puts(buf, ")");
    }
    mt_buf_puts(buf, "\n");
}

void mt_opt_help(const struct mt_opt *table, char *out, size_t size)
{
    struct mt_buf buf;
    size_t width = 0;
    MT_ASSERT(size > 0);
    for (const struct mt_opt *opt = table; opt->name; opt++) {
        size_t used = strlen(opt->name) + (opt->value_name ? 1 + columns(opt->value_name) : 0);
        if (used > width && used <= VALUE_COLUMN_MAX)
            width = used;
    }
    mt_buf_init(&buf, size - 1);
    for (const struct mt_opt *opt = table; opt->name; opt++)
        option_put(&buf, opt, width);
    const char *text = mt_buf_text(&buf);
    memcpy(out, text, strlen(text) + 1);
    bool complete = !buf.failed;
    mt_buf_fini(&buf);
    MT_ASSERT(complete);
}
