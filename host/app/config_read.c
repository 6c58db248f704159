/* Reading values of the configuration by their declarations. Every value goes through its text, so that a number that a
 * person wrote is taken exactly as written, and a default is held to the same rules. */
#include "app/config_private.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/log.h"
#include "base/near.h"

enum { BP_SCALE = 4 };

int mt_config_fail(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place,
                   const char *format, ...)
{
    char why[512], where[32] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    if (node && node->line > 0)
        snprintf(where, sizeof where, "%d: ", node->line);
    const char *key = node && node->key ? node->key : "";
    const char *dot = place[0] && key[0] && key[0] != '[' ? "." : "";
    return mt_fail(reader->diag, MT_EREFUSED, "%s:%s%s%s%s%s: %s", reader->file, where[0] ? where : " ", place, dot,
                   key, place[0] || key[0] ? "" : "configuration", why);
}

const struct mt_config_option *mt_config_find(const struct mt_config_option *options, const char *name)
{
    for (; options->name; options++)
        if (strcmp(options->name, name) == 0)
            return options;
    return NULL;
}

int mt_config_unknown(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place,
                      const struct mt_config_option *options, bool limits)
{
    struct mt_near near = mt_near(node->key, strlen(node->key));
    struct mt_buf known;
    mt_buf_init(&known, 320);                   /* what does not fit is in the manual */
    for (; options->name; options++) {
        mt_near_look(&near, options->name);
        mt_buf_printf(&known, " %s", options->name);
    }
    for (unsigned id = 0; limits && id < MT_LIMITS; id++) {
        mt_near_look(&near, mt_limit_info(id)->name);
        mt_buf_printf(&known, " %s", mt_limit_info(id)->name);
    }
    int rc = near.name ? mt_config_fail(reader, node, place, "no such option, the nearest is %s", near.name)
             : known.failed || known.length == 0
                 ? mt_config_fail(reader, node, place, "no such option: docs/configuration.md has all")
                 : mt_config_fail(reader, node, place, "no such option: there are%s", mt_buf_text(&known));
    mt_buf_fini(&known);
    return rc;
}

int mt_config_table(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place)
{
    return node->kind == MT_CONF_TABLE ? 0 : mt_config_fail(reader, node, place, "must be a table { … }");
}

int mt_config_decimal(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place, char *out,
                      size_t size)
{
    char number[MT_DEC_TEXT];
    const char *text = node->text;
    if (node->kind == MT_CONF_NUMBER && isfinite(node->number)) {
        mt_double_format(number, node->number);
        text = number;
    } else if (node->kind != MT_CONF_TEXT) {
        return mt_config_fail(reader, node, place, "must be a number, or a number as text");
    }
    if (mt_dec_decimals(text, strlen(text)) < 0 || strlen(text) >= size)
        return mt_config_fail(reader, node, place, "'%.40s' is no number", text);
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

static int choice_find(const char *choices, const char *text)
{
    size_t length = strlen(text);
    for (int index = 0; *choices; index++) {
        size_t have = strcspn(choices, "|");
        if (have == length && memcmp(choices, text, length) == 0)
            return index;
        choices += have + (choices[have] == '|');
    }
    return -1;
}

/* The value in words of the type, or why not. */
static const char *set_text(const struct mt_config_option *option, const char *text, void *field)
{
    size_t length = strlen(text);
    int64_t number;
    int rc;
    switch (option->type) {
    case MT_CONFIG_BOOL:
        *(bool *)field = strcmp(text, "true") == 0;
        return NULL;
    case MT_CONFIG_INT:
        rc = mt_dec_parse(text, length, 0, &number);
        if (rc != 0)
            return rc == MT_ERANGE ? "is out of range" : "must be a whole number";
        if (number < option->min || number > option->max)
            return "is out of range";
        if (option->size == sizeof(int32_t))
            *(int32_t *)field = (int32_t)number;
        else
            *(int64_t *)field = number;
        return NULL;
    case MT_CONFIG_BP:
        rc = mt_dec_parse(text, length, BP_SCALE, &number);
        if (rc != 0)
            return rc == MT_ERANGE ? "is out of range" : "must be a number of basis points with at most 4 decimals";
        if (number < option->min * mt_pow10(BP_SCALE) || number > option->max * mt_pow10(BP_SCALE))
            return "is out of range";
        *(int64_t *)field = number;
        return NULL;
    case MT_CONFIG_MONEY: {
        mt_money money;
        rc = mt_money_parse(text, length, &money);
        if (rc != 0 && rc != MT_ERANGE)
            return "must be an amount with at most 8 decimals";
        if (rc != 0 || money > MT_CASH_MAX)
            return "is out of range: at most 10^18";
        if (money < 0)
            return "is below 0";
        *(mt_money *)field = money;
        return NULL;
    }
    case MT_CONFIG_CHOICE:
        if (choice_find(option->choices, text) < 0)
            return "must be one of its words";
        *(int *)field = choice_find(option->choices, text);
        return NULL;
    case MT_CONFIG_LEVEL: {
        enum mt_log_level level;
        if (mt_log_level_parse(text, &level) != 0)
            return "must be one of its words";
        memcpy(field, mt_log_level_name(level), strlen(mt_log_level_name(level)) + 1);
        return NULL;
    }
    default:
        if (length >= option->size)
            return "is too long";
        memcpy(field, text, length + 1);
        return NULL;
    }
}

void mt_config_defaults(const struct mt_config_option *options, void *target)
{
    for (; options->name; options++)
        if (options->fallback)
            MT_ASSERT(set_text(options, options->fallback, (char *)target + options->offset) == NULL);
}

int mt_config_set(const struct mt_config_reader *reader, const struct mt_config_option *option,
                  const struct mt_conf *node, const char *place, void *target)
{
    char text[512];
    int rc = 0;
    switch (option->type) {
    case MT_CONFIG_BOOL:
        if (node->kind != MT_CONF_BOOL)
            return mt_config_fail(reader, node, place, "must be true or false");
        snprintf(text, sizeof text, "%s", node->boolean ? "true" : "false");
        break;
    case MT_CONFIG_TEXT: case MT_CONFIG_CHOICE: case MT_CONFIG_LEVEL:
        if (node->kind != MT_CONF_TEXT)
            return mt_config_fail(reader, node, place, "must be a text");
        if (strlen(node->text) >= sizeof text)
            return mt_config_fail(reader, node, place, "is too long");
        memcpy(text, node->text, strlen(node->text) + 1);
        break;
    default:
        rc = mt_config_decimal(reader, node, place, text, sizeof text);
        if (rc != 0)
            return rc;
    }
    const char *why = set_text(option, text, (char *)target + option->offset);
    if (!why)
        return 0;
    if (option->choices)
        return mt_config_fail(reader, node, place, "'%.40s' %s: %s", text, why, option->choices);
    if (option->max > 0)
        return mt_config_fail(reader, node, place, "%.40s %s (%lld to %lld)", text, why, (long long)option->min,
                              (long long)option->max);
    return mt_config_fail(reader, node, place, "'%.40s' %s", text, why);
}

int mt_config_read(const struct mt_config_reader *reader, const struct mt_config_option *options,
                   const struct mt_conf *table, const char *place, void *target)
{
    int rc = mt_config_table(reader, table, place);
    if (rc != 0)
        return rc;
    char inside[256];
    const char *key = table->key ? table->key : "";
    snprintf(inside, sizeof inside, "%s%s%s", place, place[0] && key[0] && key[0] != '[' ? "." : "", key);
    mt_config_defaults(options, target);
    for (const struct mt_conf *child = table->child; rc == 0 && child; child = child->next) {
        const struct mt_config_option *option = mt_config_find(options, child->key);
        if (!option)
            rc = mt_config_unknown(reader, child, inside, options, false);
        else if (option->type != MT_CONFIG_SECTION)
            rc = mt_config_set(reader, option, child, inside, target);
    }
    return rc;
}

int mt_config_symbols(const struct mt_config_reader *reader, const struct mt_conf *node, const char *place,
                      char (**out)[MT_SYMBOL_MAX], size_t *count)
{
    enum { SYMBOLS_MAX = 1024 };
    char inside[256];
    snprintf(inside, sizeof inside, "%s.%s", place, node->key);
    int rc = mt_config_table(reader, node, place);
    if (rc != 0)
        return rc;
    size_t total = 0;
    for (const struct mt_conf *child = node->child; child; child = child->next)
        total++;
    if (total > SYMBOLS_MAX)
        return mt_config_fail(reader, node, place, "more than %d symbols", SYMBOLS_MAX);
    char (*symbols)[MT_SYMBOL_MAX] = calloc(total + 1, MT_SYMBOL_MAX);
    if (!symbols)
        return mt_fail(reader->diag, MT_ENOMEM, "%s: no memory", reader->file);
    *out = symbols;
    *count = total;
    size_t i = 0;
    for (const struct mt_conf *child = node->child; child; child = child->next, i++) {
        if (child->key[0] != '[' || child->kind != MT_CONF_TEXT || !child->text[0]
            || strlen(child->text) >= MT_SYMBOL_MAX)
            return mt_config_fail(reader, child, inside, "must be a list of symbols { \"EURUSD\", … }");
        memcpy(symbols[i], child->text, strlen(child->text));
    }
    return 0;
}
