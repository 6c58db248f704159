#include <string.h>
#include "adapters/playback/columns.h"
#include "base/clock.h"
#include "base/dec.h"

enum { SHAPE_ROWS = 64, NAME_MAX_LENGTH = 32 };

struct alias {
    const char *name;
    enum mt_column role;
};

/* The first name of a role is the product's own. */
static const struct alias aliases[] = {
    { "-", MT_COLUMN_SKIP }, { "time", MT_COLUMN_TIME }, { "timestamp", MT_COLUMN_TIME },
    { "date", MT_COLUMN_TIME }, { "datetime", MT_COLUMN_TIME }, { "date_time", MT_COLUMN_TIME },
    { "open_time", MT_COLUMN_TIME }, { "ts", MT_COLUMN_TIME }, { "t", MT_COLUMN_TIME },
    { "time_utc", MT_COLUMN_TIME }, { "gmt_time", MT_COLUMN_TIME }, { "epoch", MT_COLUMN_TIME },
    { "unix", MT_COLUMN_TIME }, { "unix_time", MT_COLUMN_TIME },
    { "transact_time", MT_COLUMN_TIME }, { "transaction_time", MT_COLUMN_TIME },
    { "open", MT_COLUMN_OPEN }, { "o", MT_COLUMN_OPEN }, { "high", MT_COLUMN_HIGH },
    { "h", MT_COLUMN_HIGH }, { "low", MT_COLUMN_LOW }, { "l", MT_COLUMN_LOW },
    { "close", MT_COLUMN_CLOSE }, { "c", MT_COLUMN_CLOSE }, { "volume", MT_COLUMN_VOLUME },
    { "vol", MT_COLUMN_VOLUME }, { "v", MT_COLUMN_VOLUME }, { "base_volume", MT_COLUMN_VOLUME },
    { "bid", MT_COLUMN_BID }, { "bid_price", MT_COLUMN_BID }, { "best_bid", MT_COLUMN_BID },
    { "best_bid_price", MT_COLUMN_BID }, { "ask", MT_COLUMN_ASK }, { "ask_price", MT_COLUMN_ASK },
    { "best_ask", MT_COLUMN_ASK }, { "best_ask_price", MT_COLUMN_ASK }, { "offer", MT_COLUMN_ASK },
    { "bid_qty", MT_COLUMN_BID_QTY }, { "bid_size", MT_COLUMN_BID_QTY },
    { "bid_volume", MT_COLUMN_BID_QTY }, { "bid_amount", MT_COLUMN_BID_QTY },
    { "best_bid_qty", MT_COLUMN_BID_QTY }, { "best_bid_size", MT_COLUMN_BID_QTY },
    { "ask_qty", MT_COLUMN_ASK_QTY }, { "ask_size", MT_COLUMN_ASK_QTY },
    { "ask_volume", MT_COLUMN_ASK_QTY }, { "ask_amount", MT_COLUMN_ASK_QTY },
    { "best_ask_qty", MT_COLUMN_ASK_QTY }, { "best_ask_size", MT_COLUMN_ASK_QTY },
    { "price", MT_COLUMN_PRICE }, { "p", MT_COLUMN_PRICE }, { "last", MT_COLUMN_PRICE },
    { "rate", MT_COLUMN_PRICE }, { "qty", MT_COLUMN_QTY }, { "q", MT_COLUMN_QTY },
    { "quantity", MT_COLUMN_QTY }, { "amount", MT_COLUMN_QTY }, { "size", MT_COLUMN_QTY },
    { "side", MT_COLUMN_SIDE }, { "taker_side", MT_COLUMN_SIDE }, { "direction", MT_COLUMN_SIDE },
    { "is_buyer_maker", MT_COLUMN_BUYER_MAKER }, { "buyer_maker", MT_COLUMN_BUYER_MAKER },
    { "id", MT_COLUMN_ID }, { "trade_id", MT_COLUMN_ID }, { "tid", MT_COLUMN_ID },
    { "agg_trade_id", MT_COLUMN_ID }, { "symbol", MT_COLUMN_SYMBOL },
    { "ticker", MT_COLUMN_SYMBOL }, { "pair", MT_COLUMN_SYMBOL },
};
enum { ALIASES = sizeof aliases / sizeof aliases[0] };

const char *mt_column_name(enum mt_column role)
{
    size_t i = 0;
    while (aliases[i].role != role)
        i++;
    return aliases[i].name;
}

/* "Bid Size" is bid_size. -1: no name that we know. */
static int role_find(const struct mt_field *field)
{
    char name[NAME_MAX_LENGTH] = "";
    if (field->length >= sizeof name)
        return -1;
    for (size_t i = 0; i < field->length; i++) {
        char c = field->text[i];
        bool joint = c == ' ' || (c == '-' && field->length > 1);
        name[i] = joint ? '_' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    for (int i = 0; i < ALIASES; i++)
        if (strcmp(aliases[i].name, name) == 0)
            return aliases[i].role;
    return -1;
}

static bool is_number(const struct mt_field *field)
{
    return mt_dec_decimals(field->text, field->length) != MT_ESYNTAX;
}

static bool is_time(const struct mt_field *field)
{
    int64_t ns;
    return is_number(field) || mt_time_parse(field->text, field->length, &ns) == 0;
}

/* A header is a first line in which nothing could be data and at least one word is a name of a
 * column. */
static bool is_header(const struct mt_field *fields, int count)
{
    bool known = false;
    for (int i = 0; i < count; i++) {
        if (is_time(&fields[i]))
            return false;
        known |= role_find(&fields[i]) > MT_COLUMN_SKIP;
    }
    return known;
}

static bool has(const struct mt_columns *columns, enum mt_column role)
{
    return columns->at[role] >= 0;
}

struct need {
    enum mt_data_format format;
    const char *names;
    enum mt_column roles[5];
};
static const struct need needs[] = {
    { MT_DATA_BARS,
      "bars need time, open, high, low, close",
      { MT_COLUMN_TIME, MT_COLUMN_OPEN, MT_COLUMN_HIGH, MT_COLUMN_LOW, MT_COLUMN_CLOSE } },
    { MT_DATA_QUOTES,
      "quotes need time, bid, ask",
      { MT_COLUMN_TIME, MT_COLUMN_BID, MT_COLUMN_ASK } },
    { MT_DATA_TRADES,
      "trades need time, price, qty",
      { MT_COLUMN_TIME, MT_COLUMN_PRICE, MT_COLUMN_QTY } },
};
enum { NEEDS = sizeof needs / sizeof needs[0] };

static bool need_is_met(const struct need *need, const struct mt_columns *columns)
{
    for (int i = 0; i < 5; i++)
        if (need->roles[i] != MT_COLUMN_SKIP && !has(columns, need->roles[i]))
            return false;
    return true;
}

/* The one kind of data that the named columns make. */
static int format_decide(struct mt_columns *out, const char *path, enum mt_data_format wanted,
                         struct mt_diag *diag)
{
    int met = 0;
    for (int i = 0; i < NEEDS; i++) {
        bool fits = need_is_met(&needs[i], out);
        if (wanted == needs[i].format && !fits)
            return mt_fail(diag, MT_ESYNTAX, "%s: wrong columns: %s", path, needs[i].names);
        if (fits && (wanted == MT_DATA_AUTO || wanted == needs[i].format)) {
            out->format = needs[i].format;
            met++;
        }
    }
    if (met == 0)
        return mt_fail(diag, MT_ESYNTAX, "%s: wrong columns: %s; %s; %s", path, needs[0].names,
                       needs[1].names, needs[2].names);
    if (met > 1)
        return mt_fail(diag, MT_EREFUSED,
                       "%s: its columns make more than one kind of data: give --format bars, "
                       "quotes or "
                       "trades",
                       path);
    return 0;
}

/* `strict`: every name must be known (--columns); else unknown ones are skipped (a header). */
static int names_take(struct mt_columns *out, const struct mt_field *fields, int count, bool strict,
                      const char *path, struct mt_diag *diag)
{
    out->count = count;
    memset(out->at, -1, sizeof out->at);
    for (int i = 0; i < count; i++) {
        int role = role_find(&fields[i]);
        if (role < 0 && strict)
            return mt_fail(diag, MT_ESYNTAX,
                           "--columns: \"%.*s\" is no column: time, open, high, low, close, "
                           "volume, bid, "
                           "ask, bid_qty, ask_qty, price, qty, side, id, symbol, or - to skip one",
                           (int)fields[i].length, fields[i].text);
        if (role <= MT_COLUMN_SKIP)
            continue;
        if (has(out, (enum mt_column)role))
            return mt_fail(diag, MT_ESYNTAX,
                           "%s: columns %d and %d both mean %s: name them with --columns", path,
                           out->at[role] + 1, i + 1, mt_column_name((enum mt_column)role));
        out->at[role] = (int8_t)i;
    }
    return 0;
}

int mt_columns_check(const char *names, struct mt_diag *diag)
{
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    struct mt_columns columns;
    int count = mt_csv_split(names, strlen(names), fields);
    if (count > MT_CSV_FIELDS_MAX)
        return mt_fail(diag, MT_ESYNTAX, "--columns: more than %d", MT_CSV_FIELDS_MAX);
    return names_take(&columns, fields, count, true, "--columns", diag);
}

static void roles_set(struct mt_columns *out, const enum mt_column *roles, int count)
{
    memset(out->at, -1, sizeof out->at);
    for (int i = 0; i < count; i++)
        out->at[roles[i]] = (int8_t)i;
}

/* Columns of a file without header in the order of the documentation. False: that kind has no form
 * of this width. */
static bool order_set(struct mt_columns *out, enum mt_data_format format, int count)
{
    static const enum mt_column bars[] = { MT_COLUMN_TIME, MT_COLUMN_OPEN,  MT_COLUMN_HIGH,
                                           MT_COLUMN_LOW,  MT_COLUMN_CLOSE, MT_COLUMN_VOLUME };
    static const enum mt_column quotes[] = { MT_COLUMN_TIME, MT_COLUMN_BID, MT_COLUMN_ASK,
                                             MT_COLUMN_BID_QTY, MT_COLUMN_ASK_QTY };
    static const enum mt_column trades[] = { MT_COLUMN_TIME, MT_COLUMN_PRICE, MT_COLUMN_QTY,
                                             MT_COLUMN_SIDE, MT_COLUMN_ID };
    bool fits = format == MT_DATA_BARS     ? count == 5 || count == 6
                : format == MT_DATA_QUOTES ? count == 3 || count == 5
                                           : count >= 3 && count <= 5;
    if (!fits)
        return false;
    roles_set(out,
              format == MT_DATA_BARS     ? bars
              : format == MT_DATA_QUOTES ? quotes
                                         : trades,
              count);
    out->format = format;
    out->count = count;
    return true;
}

/* All of a row's numbers in units of 10^-8; false when one is none or does not fit: such a row says
 * nothing. */
static bool numbers_read(const struct mt_field *fields, int count, int64_t *out)
{
    for (int i = 1; i < count; i++) {
        int err = mt_dec_parse(fields[i].text, fields[i].length, MT_MONEY_SCALE, &out[i]);
        if (err == MT_EINEXACT && fields[i].length > 0) {
            struct mt_field whole = fields[i];
            const char *point = memchr(whole.text, '.', whole.length);
            size_t keep = point ? (size_t)(point - whole.text) + 1 + MT_MONEY_SCALE : whole.length;
            err = mt_dec_parse(whole.text, keep < whole.length ? keep : whole.length,
                               MT_MONEY_SCALE, &out[i]);
        }
        if (err != 0)
            return false;
    }
    return true;
}

/* Whether a row holds as a bar, or as a quote: bid and ask within 2 % of each other (a price and an
 * amount are not). */
static bool row_holds(enum mt_data_format format, const int64_t *n)
{
    if (format == MT_DATA_BARS)
        return n[3] > 0 && n[2] >= n[1] && n[2] >= n[4] && n[3] <= n[1] && n[3] <= n[4] &&
               n[5] >= 0;
    int64_t distance = n[1] < n[2] ? n[2] - n[1] : n[1] - n[2];
    return n[1] > 0 && n[2] > 0 && distance <= n[1] / 50;
}

struct shape {
    int rows, bars, quotes;
};

/* Count over the first lines how many hold as what. */
static int shape_read(struct mt_csv *csv, int count, struct shape *out, struct mt_diag *diag)
{
    struct mt_csv_line line;
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    int64_t numbers[MT_CSV_FIELDS_MAX];
    int err = mt_csv_rewind(csv, diag);
    *out = (struct shape){ 0 };
    for (int i = 0; err == 0 && i < SHAPE_ROWS && mt_csv_next(csv, &line, NULL) == 1; i++) {
        if (line.too_long || mt_csv_split(line.text, line.length, fields) != count ||
            !is_time(&fields[0]) || !numbers_read(fields, count, numbers))
            continue;
        out->rows++;
        out->bars += count == 6 && row_holds(MT_DATA_BARS, numbers);
        out->quotes += count == 3 && row_holds(MT_DATA_QUOTES, numbers);
    }
    return err;
}

static int shape_decide(struct mt_columns *out, struct mt_csv *csv, int count, const char *path,
                        struct mt_diag *diag)
{
    struct shape shape;
    int err = shape_read(csv, count, &shape, diag);
    if (err != 0)
        return err;
    out->guessed = true;
    /* A few rows may be bad; a wrong guess fails on most of them. */
    if (shape.rows > 0 && count == 6 && shape.bars * 10 >= shape.rows * 9 &&
        order_set(out, MT_DATA_BARS, count))
        return 0;
    if (shape.rows > 0 && count == 3 && shape.quotes * 10 >= shape.rows * 9 &&
        order_set(out, MT_DATA_QUOTES, count))
        return 0;
    if (count == 6)
        return mt_fail(diag, MT_EREFUSED,
                       "%s: six columns without a header that are no "
                       "time,open,high,low,close,volume: "
                       "name them with --columns, for example time,open,close,high,low,volume",
                       path);
    if (count == 3)
        return mt_fail(diag, MT_EREFUSED,
                       "%s: three columns without a header that are no time,bid,ask: name them "
                       "with "
                       "--columns, for example time,price,qty",
                       path);
    return mt_fail(diag, MT_EREFUSED,
                   "%s: %d columns without a header: name them with --columns (- skips one)", path,
                   count);
}

/* The first line that can be split, in place. */
static int first_line(struct mt_csv *csv, const char *path, struct mt_field *fields, int *count,
                      bool *raw, struct mt_diag *diag)
{
    struct mt_csv_line line;
    uint64_t too_long = 0;
    int got = mt_csv_rewind(csv, diag);
    if (got != 0)
        return got;
    while ((got = mt_csv_next(csv, &line, diag)) == 1 && line.too_long)
        too_long = line.number;
    if (got < 0)
        return got;
    if (got == 0 && too_long > 0)
        return mt_fail(diag, MT_ESYNTAX, "%s:%llu: the line has more than %d bytes, and no other can be read",
                       path, (unsigned long long)too_long, MT_CSV_LINE_MAX);
    if (got == 0)
        return mt_fail(diag, MT_ESYNTAX, "%s: the file is empty", path);
    *raw = memchr(line.text, '{', line.length) != NULL;
    *count = mt_csv_split(line.text, line.length, fields);
    return 0;
}

static int unnamed_decide(struct mt_columns *out, struct mt_csv *csv, const struct mt_field *fields,
                          int count, const char *path, enum mt_data_format format,
                          struct mt_diag *diag)
{
    if (out->header) {
        int err = names_take(out, fields, count, false, path, diag);
        return err != 0 ? err : format_decide(out, path, format, diag);
    }
    if (!is_time(&fields[0]))
        return mt_fail(diag, MT_ESYNTAX,
                       "%s: its first line \"%.*s\" is neither a header with known column names "
                       "nor a row",
                       path, (int)(fields[0].length > 40 ? 40 : fields[0].length), fields[0].text);
    if (format == MT_DATA_AUTO)
        return shape_decide(out, csv, count, path, diag);
    if (!order_set(out, format, count))
        return mt_fail(diag, MT_ESYNTAX,
                       "%s: %d columns without a header: name them with --columns (- skips one)",
                       path, count);
    return 0;
}

int mt_columns_decide(struct mt_columns *out, struct mt_csv *csv, const char *path,
                      const char *names, enum mt_data_format format, struct mt_diag *diag)
{
    struct mt_field fields[MT_CSV_FIELDS_MAX], given[MT_CSV_FIELDS_MAX];
    int count = 0;
    bool raw = false;
    *out = (struct mt_columns){ 0 };
    int err = first_line(csv, path, fields, &count, &raw, diag);
    if (err != 0)
        return err;
    if (raw)
        return mt_fail(diag, MT_EREFUSED,
                       "%s: looks like a raw venue recording: raw recordings are not built yet",
                       path);
    if (count > MT_CSV_FIELDS_MAX)
        return mt_fail(diag, MT_ESYNTAX, "%s: more than %d columns", path, MT_CSV_FIELDS_MAX);
    out->header = is_header(fields, count);
    if (!names)
        return unnamed_decide(out, csv, fields, count, path, format, diag);
    int given_count = mt_csv_split(names, strlen(names), given);
    if (given_count != count)
        return mt_fail(diag, MT_ESYNTAX,
                       "%s: wrong columns: the file has %d, --columns names %d (- skips one)", path,
                       count, given_count);
    err = names_take(out, given, given_count, true, path, diag);
    return err != 0 ? err : format_decide(out, path, format, diag);
}
