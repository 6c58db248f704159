#include <string.h>
#include "adapters/playback/dialects.h"
#include "adapters/playback/row.h"
#include "base/dec_text.h"
#include "base/hash.h"

const char *mt_row_fault_text(enum mt_row_fault fault)
{
    static const char *const texts[MT_ROW_FAULTS] = {
        [MT_ROW_GOOD] = "is good",
        [MT_ROW_TOO_LONG] = "the line has more than 65536 bytes: is a line end missing?",
        [MT_ROW_COUNT] = "wrong number of fields",
        [MT_ROW_TIME] =
            "is no time: expected one like those of the first rows (--columns says which column it is, --dates "
            "its order)",
        [MT_ROW_TIME_FINE] = "is finer than a nanosecond: cut its decimals",
        [MT_ROW_TIME_RANGE] = "is no time of 1970 to 2200, or of its day: check --time-unit, --date, --dates",
        [MT_ROW_TEXT] =
            "is no number: expected digits and one decimal sign: mend or remove the row (--decimal comma or dot, "
            "--columns when it is another column)",
        [MT_ROW_DECIMALS] = "has more decimals than the instrument: say a finer tick with --instrument tick=",
        [MT_ROW_RANGE] = "is too large",
        [MT_ROW_PRICE] =
            "a price at or below zero: mend the row if that is wrong, or say that the instrument has such prices with "
            "--instrument negative=true",
        [MT_ROW_SIZE] = "is negative: a size is 0 or more",
        [MT_ROW_BAR] = "open and close do not lie between low and high: check the order of the columns (--columns)",
        [MT_ROW_EMPTY] = "neither bid nor ask",
        [MT_ROW_SIDE] = "is no side (buy, sell): - in --columns skips the column",
        [MT_ROW_SYMBOL] = "is another symbol: one symbol per file, or the one that --symbols names",
        [MT_ROW_BACK] = "time steps back: sort the rows by time",
        [MT_ROW_TWICE] = "a bar of this time was there before: remove one of them",
        [MT_ROW_OVERLAP] = "the bar begins before the last one has ended: keep bars of one length in a file",
        [MT_ROW_OTHER] = "is of another symbol",
        [MT_ROW_HEADER] =
            "is the header again: were two files joined? Remove it, or give the files one after the other",
        [MT_ROW_ZEROS] = "has zero bytes: the file was not written whole: export it again",
    };
    return texts[fault];
}

enum mt_row_fault mt_row_fault_exact(enum mt_row_fault fault, const struct mt_field *field)
{
    struct mt_header_word word;
    if (!field || fault != MT_ROW_TIME)
        return fault;
    if (memchr(field->text, '\0', field->length))
        return MT_ROW_ZEROS;
    const struct mt_word *known = mt_header_word(field, &word) ? mt_word_find(word.name) : NULL;
    return known && known->role == MT_COLUMN_TIME && field->length > 0 ? MT_ROW_HEADER : fault;
}

void mt_row_time_fields(const struct mt_columns *columns, const struct mt_field *fields, struct mt_time_field *out)
{
    int clock = columns->at[MT_COLUMN_CLOCK];
    out->moment = &fields[columns->at[MT_COLUMN_TIME]];
    out->clock = clock >= 0 ? &fields[clock] : NULL;
}

static enum mt_row_fault time_read(const struct mt_row_plan *plan, const struct mt_field *fields, int64_t not_before_ns,
                                   int64_t *out)
{
    struct mt_time_field field;
    mt_row_time_fields(&plan->columns, fields, &field);
    int err = mt_row_time_read(&plan->time, &field, not_before_ns, out);
    return err == 0             ? MT_ROW_GOOD
           : err == MT_ERANGE   ? MT_ROW_TIME_RANGE
           : err == MT_EINEXACT ? MT_ROW_TIME_FINE
                                : MT_ROW_TIME;
}

static enum mt_row_fault number_fault(int err)
{
    return err == MT_EINEXACT ? MT_ROW_DECIMALS : err == MT_ERANGE ? MT_ROW_RANGE : MT_ROW_TEXT;
}

/* Whether numbers are what mt_dec_parse reads unless they say otherwise. */
static bool is_plain(const struct mt_number_rule *rule)
{
    return rule->decimal == '.' && rule->fixed == 0;
}

/* A price that is written otherwise. */
static __attribute__((noinline)) int price_rewrite(const struct mt_row_plan *plan, const struct mt_field *field,
                                                   int64_t *out)
{
    char buf[MT_NUMBER_TEXT];
    struct mt_field plain;
    mt_number_price(&plan->columns.numbers, field, buf, &plain);
    return mt_dec_parse(plain.text, plain.length, plan->price_scale, out);
}

static inline enum mt_row_fault price_read(const struct mt_row_plan *plan, const struct mt_field *field, int64_t *out)
{
    int err = MT_ESYNTAX;
    if (is_plain(&plan->columns.numbers))
        err = mt_dec_parse(field->text, field->length, plan->price_scale, out);
    if (err == MT_ESYNTAX)
        err = price_rewrite(plan, field, out);
    return err != 0 ? number_fault(err) : MT_ROW_GOOD;
}

/* The nearest unit, a half away from zero. More digits than 128 bits hold are a text, not a
 * size. */
static enum mt_row_fault size_round(const struct mt_field *field, int scale, int64_t *out)
{
    struct mt_dec_text number;
    if (mt_dec_text_read(field->text, field->length, &number) != 0 || number.too_long)
        return MT_ROW_TEXT;
    int64_t places = -(number.exponent + scale);
    unsigned __int128 units = 0;
    if (places <= 38) {
        unsigned __int128 divisor = (unsigned __int128)mt_pow10_wide((int)places);
        units = number.mantissa / divisor;
        units += number.mantissa % divisor >= divisor - number.mantissa % divisor;
    }
    if (units > INT64_MAX)
        return MT_ROW_RANGE;
    if (number.negative)
        return MT_ROW_SIZE;
    *out = (int64_t)units;
    return MT_ROW_GOOD;
}

static enum mt_row_fault size_exact(const struct mt_row_plan *plan, const struct mt_field *field, int64_t *out,
                                    int *rounded)
{
    int err = mt_dec_parse(field->text, field->length, plan->qty_scale, out);
    if (err == MT_EINEXACT) {
        (*rounded)++;
        return size_round(field, plan->qty_scale, out);
    }
    if (err != 0)
        return number_fault(err);
    return *out >= 0 ? MT_ROW_GOOD : MT_ROW_SIZE;
}

/* An empty field, "-" or "N/A" is a size that is not known: 0. */
static enum mt_row_fault size_read(const struct mt_row_plan *plan, const struct mt_field *field, int64_t *out,
                                   int *rounded)
{
    enum mt_row_fault fault = MT_ROW_TEXT;
    *out = 0;
    if (field->length == 0)
        return MT_ROW_GOOD;
    if (is_plain(&plan->columns.numbers) || plan->columns.numbers.fixed != 0)
        fault = size_exact(plan, field, out, rounded);
    if (fault == MT_ROW_TEXT) {
        char buf[MT_NUMBER_TEXT];
        struct mt_field plain;
        mt_number_size(&plan->columns.numbers, field, buf, &plain);
        fault = plain.length > 0 ? size_exact(plan, &plain, out, rounded) : MT_ROW_GOOD;
    }
    return fault;
}

/* The fields of a row, read one after the other until the first fault. */
struct reader {
    const struct mt_row_plan *plan;
    const struct mt_field *fields;
    struct mt_row_sides *sides;
    struct mt_row_note *note;
    enum mt_row_fault fault;
};

static const struct mt_field *field_of(struct reader *reader, enum mt_column role)
{
    int at = reader->plan->columns.at[role];
    if (at < 0 || reader->fault != MT_ROW_GOOD)
        return NULL;
    reader->note->at = at;
    return &reader->fields[at];
}

static void price_take(struct reader *reader, enum mt_column role, int64_t *out)
{
    const struct mt_field *field = field_of(reader, role);
    if (field)
        reader->fault = price_read(reader->plan, field, out);
}

static void size_take(struct reader *reader, enum mt_column role, int64_t *out)
{
    const struct mt_field *field = field_of(reader, role);
    *out = 0;
    if (field)
        reader->fault = size_read(reader->plan, field, out, &reader->note->rounded);
}

/* The number by which a file with fixed decimals says that there is none. */
static bool is_none(const struct mt_row_plan *plan, const struct mt_field *field)
{
    char buf[MT_NUMBER_TEXT];
    struct mt_field plain;
    mt_number_price(&plan->columns.numbers, field, buf, &plain);
    return plain.length == 0;
}

/* Whether the side has a price. An empty field is an empty side of the book, or in files that say so its last price.
 * A 0 is an empty side, too, unless it can be a price. */
static bool quote_price_take(struct reader *reader, enum mt_column role, const int64_t *last, int64_t *out)
{
    const struct mt_field *field = field_of(reader, role);
    *out = 0;
    if (field && field->length > 0) {
        reader->fault = price_read(reader->plan, field, out);
        if (reader->fault == MT_ROW_TEXT && reader->plan->columns.numbers.fixed != 0 && is_none(reader->plan, field)) {
            reader->fault = MT_ROW_GOOD;
            return false;
        }
        return *out != 0 || reader->plan->negative;
    }
    if (field && last)
        *out = *last;
    return field && last;
}

static bool word_is(const struct mt_field *field, const char *words)
{
    char word[16];
    if (field->length + 3 > sizeof word)
        return false;
    word[0] = ' ';
    for (size_t i = 0; i < field->length; i++) {
        char c = field->text[i];
        if (c == '\0' || c == ' ')
            return false;
        word[i + 1] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    word[field->length + 1] = ' ';
    word[field->length + 2] = '\0';
    return strstr(words, word) != NULL;
}

static void side_take(struct reader *reader, enum mt_column role, const char *buys,
                      const char *sells, int32_t *out)
{
    const struct mt_field *field = field_of(reader, role);
    if (!field || field->length == 0 || word_is(field, " n none "))
        return;
    if (word_is(field, buys))
        *out = 1;
    else if (word_is(field, sells))
        *out = -1;
    else
        reader->fault = MT_ROW_SIDE;
}

/* An id that is no number (some venues count in letters) becomes the hash of its text. */
static void id_take(struct reader *reader, uint64_t *out)
{
    const struct mt_field *field = field_of(reader, MT_COLUMN_ID);
    uint64_t value = 0;
    bool number = field && field->length > 0;
    *out = 0;
    for (size_t i = 0; number && i < field->length; i++) {
        unsigned digit = (unsigned char)field->text[i] - (unsigned)'0';
        number = digit < 10 && !__builtin_mul_overflow(value, UINT64_C(10), &value) &&
                 !__builtin_add_overflow(value, (uint64_t)digit, &value);
    }
    if (number)
        *out = value;
    else if (field && field->length > 0)
        *out = mt_hash64(field->text, field->length);
}

static bool is_symbol_of(const struct mt_row_plan *plan, const struct mt_field *field)
{
    return field->length == strlen(plan->symbol) && memcmp(field->text, plan->symbol, field->length) == 0;
}

static void symbol_check(struct reader *reader)
{
    const struct mt_field *field = reader->plan->symbol[0] != '\0' ? field_of(reader, MT_COLUMN_SYMBOL) : NULL;
    if (field && !is_symbol_of(reader->plan, field))
        reader->fault = MT_ROW_SYMBOL;
}

/* The other part of a volume that a file has in two: what traded on rising and on falling prices. */
static void volume_add(struct reader *reader, int64_t *volume)
{
    int64_t more;
    if (reader->plan->columns.at[MT_COLUMN_VOLUME_MORE] < 0)
        return;
    size_take(reader, MT_COLUMN_VOLUME_MORE, &more);
    if (reader->fault == MT_ROW_GOOD && __builtin_add_overflow(*volume, more, volume))
        reader->fault = MT_ROW_RANGE;
}

static void bar_take(struct reader *reader, struct mt_event *out)
{
    struct mt_bar *bar = &out->bar;
    int64_t open_ns = out->time_ns;
    out->kind = MT_EV_BAR;
    price_take(reader, MT_COLUMN_OPEN, &bar->open);
    price_take(reader, MT_COLUMN_HIGH, &bar->high);
    price_take(reader, MT_COLUMN_LOW, &bar->low);
    price_take(reader, MT_COLUMN_CLOSE, &bar->close);
    size_take(reader, MT_COLUMN_VOLUME, &bar->volume);
    volume_add(reader, &bar->volume);
    bar->open_ns = open_ns;
    bar->tf_s = reader->plan->tf_s;
    bar->ticks = 1;
    out->time_ns = open_ns + bar->tf_s * MT_NS_PER_S;
}

static void quote_take(struct reader *reader, struct mt_event *out)
{
    const struct mt_row_sides *last = reader->sides;
    const uint8_t carried = reader->plan->columns.carry ? last->known : 0;
    out->kind = MT_EV_QUOTE;
    out->quote.sides = 0;
    if (quote_price_take(reader, MT_COLUMN_BID, carried & MT_QUOTE_BID ? &last->bid : NULL, &out->quote.bid))
        out->quote.sides |= MT_QUOTE_BID;
    if (quote_price_take(reader, MT_COLUMN_ASK, carried & MT_QUOTE_ASK ? &last->ask : NULL, &out->quote.ask))
        out->quote.sides |= MT_QUOTE_ASK;
    size_take(reader, MT_COLUMN_BID_QTY, &out->quote.bid_qty);
    size_take(reader, MT_COLUMN_ASK_QTY, &out->quote.ask_qty);
}

static void trade_take(struct reader *reader, struct mt_event *out)
{
    out->kind = MT_EV_TRADE;
    out->trade.side = 0;
    price_take(reader, MT_COLUMN_PRICE, &out->trade.price);
    size_take(reader, MT_COLUMN_QTY, &out->trade.qty);
    side_take(reader, MT_COLUMN_SIDE, " buy b bid 1 +1 ", " sell s a ask -1 ", &out->trade.side);
    side_take(reader, MT_COLUMN_BUYER_MAKER, " false f 0 ", " true t 1 ", &out->trade.side);
    id_take(reader, &out->trade.id);
}

static bool is_other(const struct mt_row_plan *plan, const struct mt_field *fields)
{
    return plan->others && !is_symbol_of(plan, &fields[plan->columns.at[MT_COLUMN_SYMBOL]]);
}

enum mt_row_fault mt_row_read(const struct mt_row_plan *plan, const struct mt_field *fields, int count,
                              int64_t not_before_ns, struct mt_row_sides *sides, struct mt_event *out,
                              struct mt_row_note *note)
{
    struct reader reader = { plan, fields, sides, note, MT_ROW_GOOD };
    *note = (struct mt_row_note){ .at = -1 };
    if (count != plan->columns.count)
        return MT_ROW_COUNT;
    if (is_other(plan, fields))
        return MT_ROW_OTHER;
    note->at = plan->columns.at[MT_COLUMN_TIME];
    reader.fault = time_read(plan, fields, not_before_ns, &out->time_ns);
    if (reader.fault != MT_ROW_GOOD)
        return reader.fault;
    if (plan->columns.format == MT_DATA_BARS)
        bar_take(&reader, out);
    else if (plan->columns.format == MT_DATA_QUOTES)
        quote_take(&reader, out);
    else
        trade_take(&reader, out);
    symbol_check(&reader);
    out->venue_ns = out->time_ns;
    if (reader.fault != MT_ROW_GOOD)
        return reader.fault;
    note->at = -1;
    enum mt_row_fault fault = mt_row_check(out, plan->negative);
    if (fault == MT_ROW_GOOD && plan->columns.carry)
        *sides = (struct mt_row_sides){ out->quote.bid, out->quote.ask, out->quote.sides };
    return fault;
}

static enum mt_row_fault bar_check(const struct mt_bar *bar, bool negative)
{
    if (!negative && (bar->open <= 0 || bar->high <= 0 || bar->low <= 0 || bar->close <= 0))
        return MT_ROW_PRICE;
    if (bar->volume < 0)
        return MT_ROW_SIZE;
    bool holds = bar->high >= bar->open && bar->high >= bar->close && bar->low <= bar->open &&
                 bar->low <= bar->close;
    return holds ? MT_ROW_GOOD : MT_ROW_BAR;
}

static bool side_is_wrong(int64_t price, bool there, bool negative)
{
    return there ? price <= 0 && !negative : price != 0;
}

static enum mt_row_fault quote_check(const struct mt_quote *quote, bool negative)
{
    if (side_is_wrong(quote->bid, quote->sides & MT_QUOTE_BID, negative)
        || side_is_wrong(quote->ask, quote->sides & MT_QUOTE_ASK, negative))
        return MT_ROW_PRICE;
    if (quote->sides == 0 || quote->sides > MT_QUOTE_BOTH)
        return MT_ROW_EMPTY;
    return quote->bid_qty < 0 || quote->ask_qty < 0 ? MT_ROW_SIZE : MT_ROW_GOOD;
}

enum mt_row_fault mt_row_check(const struct mt_event *event, bool negative)
{
    if (event->kind == MT_EV_BAR)
        return bar_check(&event->bar, negative);
    if (event->kind == MT_EV_QUOTE)
        return quote_check(&event->quote, negative);
    const struct mt_trade *trade = &event->trade;
    if (trade->side < -1 || trade->side > 1)
        return MT_ROW_SIDE;
    return trade->price <= 0 && !negative ? MT_ROW_PRICE : trade->qty < 0 ? MT_ROW_SIZE : MT_ROW_GOOD;
}
