#include <stdio.h>
#include <string.h>
#include "adapters/playback/number_text.h"
#include "base/dec_text.h"

enum { GROUP = 3 };

/* "$176.07": the sign of a currency is no part of the number. *out may be `field`. */
static void currency_cut(const struct mt_field *field, struct mt_field *out)
{
    static const char *const currencies[] = { "$", "\xe2\x82\xac", "\xc2\xa3", "\xc2\xa5" }; /* $, euro, pound, yen */
    *out = *field;
    if (field->length == 0 || mt_is_digit(field->text[0]))
        return;
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++) {
        size_t length = strlen(currencies[i]);
        if (field->length > length && memcmp(field->text, currencies[i], length) == 0)
            *out = (struct mt_field){ field->text + length, field->length - length };
    }
}

/* The letter behind a size: thousands, millions. */
static const struct {
    char letter;
    const char *exponent;
} multiples[] = { { 'K', "e3" }, { 'M', "e6" }, { 'B', "e9" }, { 'T', "e12" } };
enum { MULTIPLES = sizeof multiples / sizeof multiples[0] };

/* NULL: it has none. */
static const char *multiple_of(const struct mt_field *field)
{
    if (field->length == 0 || mt_is_digit(field->text[field->length - 1]))
        return NULL;
    for (int i = 0; field->length > 1 && mt_is_digit(field->text[field->length - 2]) && i < MULTIPLES; i++)
        if (field->text[field->length - 1] == multiples[i].letter)
            return multiples[i].exponent;
    return NULL;
}

struct signs {
    size_t dots, commas;
    const char *last;
};

/* False: it is no number, however it is written. */
static bool signs_count(const struct mt_field *field, struct signs *out)
{
    size_t digits = 0;
    *out = (struct signs){ 0 };
    for (size_t i = 0; i < field->length; i++) {
        char c = field->text[i];
        bool sign = c == '.' || c == ',';
        if (!sign && !mt_is_digit(c) && c != ' ' && c != '\'' && !(i == 0 && (c == '-' || c == '+')))
            return false;
        out->dots += c == '.';
        out->commas += c == ',';
        digits += mt_is_digit(c);
        if (sign)
            out->last = field->text + i;
    }
    return digits > 0;
}

/* Close up thousands. Returns the length in buf; 0: it is not written so. */
static size_t groups_close(const struct mt_number_rule *rule, const struct mt_field *field, char buf[MT_NUMBER_TEXT])
{
    size_t length = 0, run = 0;
    bool grouped = false, behind = false;
    if (field->length + 1 >= MT_NUMBER_TEXT)
        return 0;
    for (size_t i = 0; i < field->length; i++) {
        char c = field->text[i];
        if (mt_is_digit(c)) {
            run++;
            buf[length++] = c;
        } else if (i == 0 && (c == '-' || c == '+')) {
            buf[length++] = c;
        } else if (!behind && c == rule->decimal) {
            if (grouped && run != GROUP)
                return 0;
            behind = true;
            buf[length++] = '.';
        } else if (!behind && (c == ' ' || c == '\'' || (c == rule->group && c != '\0'))) {
            if (run == 0 || run > GROUP || (grouped && run != GROUP))
                return 0;
            grouped = true;
            run = 0;
        } else if (behind && (c == 'e' || c == 'E')) { /* the exponent as it is */
            memcpy(buf + length, field->text + i, field->length - i);
            return length + field->length - i;
        } else {
            return 0;
        }
    }
    return grouped && !behind && run != GROUP ? 0 : length;
}

static void example_keep(char out[MT_NUMBER_EXAMPLE], uint64_t *at, const struct mt_field *field, uint64_t line)
{
    if (*at != 0)
        return;
    snprintf(out, MT_NUMBER_EXAMPLE, "%.*s",
             (int)(field->length < MT_NUMBER_EXAMPLE ? field->length : MT_NUMBER_EXAMPLE - 1), field->text);
    *at = line;
}

static bool is_grouped(const struct mt_field *field, char group)
{
    char buf[MT_NUMBER_TEXT];
    struct mt_number_rule rule = { .decimal = group == '.' ? ',' : '.', .group = group };
    return groups_close(&rule, field, buf) > 0;
}

/* One sign: three digits behind it and at most three, the first no zero, before it may be a thousand. */
static bool is_open(const struct mt_field *field, const char *sign)
{
    const char *from = field->text + (field->text[0] == '-' || field->text[0] == '+'),
               *end = field->text + field->length;
    return end - sign == GROUP + 1 && sign > from && sign - from <= GROUP && *from != '0';
}

/* Digits, and at most one point among them: what most numbers in most files are. False: look at it in full. */
static bool see_plain(struct mt_numbers_written *seen, const struct mt_field *field)
{
    const char *point = NULL;
    for (size_t i = 0; i < field->length; i++) {
        if (mt_is_digit(field->text[i]))
            continue;
        if (field->text[i] != '.' || point)
            return false;
        point = field->text + i;
    }
    if (!point)
        return true;                            /* nothing is told by it */
    if (seen->dot_line == 0 || field->length == 1 || is_open(field, point))
        return false;
    seen->dot++;
    return true;
}

void mt_number_see(struct mt_numbers_written *seen, const struct mt_field *written, uint64_t line)
{
    struct signs signs;
    struct mt_field number, *const field = &number;
    bool dot;
    if (see_plain(seen, written))
        return;
    currency_cut(written, &number);
    if (multiple_of(&number)) {
        number.length--;
        if (!signs_count(field, &signs) || !signs.last || signs.dots + signs.commas > 1)
            return;
        *(*signs.last == '.' ? &seen->dot : &seen->comma) += 1; /* thousands of thousands are not written so */
        example_keep(*signs.last == '.' ? seen->dot_text : seen->comma_text,
                     *signs.last == '.' ? &seen->dot_line : &seen->comma_line, written, line);
        return;
    }
    if (!signs_count(field, &signs) || !signs.last)
        return;
    size_t all = signs.dots + signs.commas;
    if (all == 1 && is_open(field, signs.last)) {
        *(*signs.last == '.' ? &seen->open_dot : &seen->open_comma) += 1;
        if (*signs.last == ',')
            example_keep(seen->open_text, &seen->open_line, field, line);
        return;
    }
    if (all == 1 || (signs.dots == 1 && *signs.last == '.') || (signs.commas == 1 && *signs.last == ','))
        dot = *signs.last == '.';
    else if (signs.dots > 1 && signs.commas == 0 && is_grouped(field, '.'))
        dot = false;
    else if (signs.commas > 1 && signs.dots == 0 && is_grouped(field, ','))
        dot = true;
    else
        return;
    if (dot) {
        seen->dot++;
        example_keep(seen->dot_text, &seen->dot_line, field, line);
    } else {
        seen->comma++;
        example_keep(seen->comma_text, &seen->comma_line, field, line);
    }
}

static void example_add(char to[MT_NUMBER_EXAMPLE], uint64_t *line, const char from[MT_NUMBER_EXAMPLE],
                        uint64_t from_line)
{
    if (from_line == 0 || (*line != 0 && *line <= from_line))
        return;
    memcpy(to, from, MT_NUMBER_EXAMPLE);
    *line = from_line;
}

void mt_numbers_add(struct mt_numbers_written *to, const struct mt_numbers_written *from)
{
    to->dot += from->dot;
    to->comma += from->comma;
    to->open_dot += from->open_dot;
    to->open_comma += from->open_comma;
    example_add(to->dot_text, &to->dot_line, from->dot_text, from->dot_line);
    example_add(to->comma_text, &to->comma_line, from->comma_text, from->comma_line);
    example_add(to->open_text, &to->open_line, from->open_text, from->open_line);
}

int mt_number_check(const char *decimal, struct mt_diag *diag)
{
    if (!decimal || strcmp(decimal, "dot") == 0 || strcmp(decimal, "comma") == 0)
        return 0;
    return mt_fail(diag, MT_ESYNTAX, "--decimal \"%s\" is none of dot, comma", decimal);
}

static void decide(struct mt_number_rule *out, char decimal, bool certain)
{
    out->decimal = decimal;
    out->group = !certain ? '\0' : decimal == '.' ? ',' : '.';
}

int mt_number_decide(struct mt_number_rule *out, const struct mt_numbers_written *seen, char separator,
                     const char *decimal, const char *path, struct mt_diag *diag)
{
    enum { MOST = 9 }; /* a few rows may be bad */
    *out = (struct mt_number_rule){ 0 };
    if (decimal) {
        decide(out, strcmp(decimal, "comma") == 0 ? ',' : '.', true);
        return mt_number_check(decimal, diag);
    }
    if (seen->comma > 0 && seen->dot > 0 && seen->comma < seen->dot * MOST && seen->dot < seen->comma * MOST)
        return mt_fail(
            diag, MT_EREFUSED,
            "%s: its numbers are written in two ways: %s in line %llu, %s in line %llu: mend it, or say which is "
            "right with --decimal dot or --decimal comma",
            path, seen->dot_text, (unsigned long long)seen->dot_line, seen->comma_text,
            (unsigned long long)seen->comma_line);
    if (seen->comma > 0 || seen->dot > 0) {
        decide(out, seen->comma > seen->dot ? ',' : '.', true);
        return 0;
    }
    /* With ';' between columns a comma is the decimal sign: that is what the semicolon is for. */
    if (seen->open_comma > 0 && (seen->open_dot > 0 || separator != ';'))
        return mt_fail(
            diag, MT_EREFUSED,
            "%s:%llu: %s may be %.*s%s or %.*s.%s: say which with --decimal dot (the comma parts thousands) or "
            "--decimal comma",
            path, (unsigned long long)seen->open_line, seen->open_text, (int)strcspn(seen->open_text, ","),
            seen->open_text, strchr(seen->open_text, ',') + 1, (int)strcspn(seen->open_text, ","), seen->open_text,
            strchr(seen->open_text, ',') + 1);
    decide(out, seen->open_comma > 0 ? ',' : '.', seen->open_comma > 0);
    return 0;
}

void mt_number_plain(const struct mt_number_rule *rule, const struct mt_field *field, char buf[MT_NUMBER_TEXT],
                     struct mt_field *out)
{
    size_t length = groups_close(rule, field, buf);
    *out = *field;
    if (length > 0)
        *out = (struct mt_field){ buf, length };
}

void mt_number_price(const struct mt_number_rule *rule, const struct mt_field *field, char buf[MT_NUMBER_TEXT],
                     struct mt_field *out)
{
    static const char none[] = "9223372036854775807";
    struct mt_field number;
    currency_cut(field, &number);
    mt_number_plain(rule, &number, buf, out);
    if (rule->fixed == 0 || out->length == 0 || out->length + 4 >= MT_NUMBER_TEXT)
        return;
    for (size_t i = 0; i < out->length; i++)
        if (!mt_is_digit(out->text[i]) && !(i == 0 && out->text[i] == '-'))
            return;
    if (out->length == sizeof none - 1 && memcmp(out->text, none, sizeof none - 1) == 0) {
        out->length = 0;
        return;
    }
    size_t length = out->length;
    memmove(buf, out->text, length);
    *out =
        (struct mt_field){ buf, length + (size_t)snprintf(buf + length, MT_NUMBER_TEXT - length, "e-%d", rule->fixed) };
}

static bool is_no_size(const struct mt_field *field)
{
    static const char *const none[] = { "-", "--", "N/A", "n/a" };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (field->length == strlen(none[i]) && memcmp(field->text, none[i], field->length) == 0)
            return true;
    return field->length == 0;
}

void mt_number_size(const struct mt_number_rule *rule, const struct mt_field *field, char buf[MT_NUMBER_TEXT],
                    struct mt_field *out)
{
    const char *exponent = multiple_of(field);
    const size_t added = exponent ? strlen(exponent) : 0;
    if (is_no_size(field)) {
        *out = (struct mt_field){ field->text, 0 };
        return;
    }
    const struct mt_field number = { field->text, field->length - (exponent != NULL) };
    mt_number_plain(rule, &number, buf, out);
    if (!exponent)
        return;
    if (out->length + added > MT_NUMBER_TEXT) {
        *out = *field;
        return;
    }
    memmove(buf, out->text, out->length);
    memcpy(buf + out->length, exponent, added);
    *out = (struct mt_field){ buf, out->length + added };
}
