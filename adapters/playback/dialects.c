#include <stdio.h>
#include <string.h>
#include "adapters/playback/date_text.h"
#include "adapters/playback/dialects.h"
#include "base/clock.h"
#include "base/dec.h"

/* ---- words of headers ---- */

static const struct mt_word words[] = {
    { "-", MT_COLUMN_SKIP, 0 },
    /* moments, dates, times of day: which of them a column holds is told by its values */
    { "time", MT_COLUMN_TIME, 2 },
    { "timestamp", MT_COLUMN_TIME, 2 },
    { "date", MT_COLUMN_TIME, 2 },
    { "datetime", MT_COLUMN_TIME, 2 },
    { "date_time", MT_COLUMN_TIME, 2 },
    { "open_time", MT_COLUMN_TIME, 2 },
    { "ts", MT_COLUMN_TIME, 2 },
    { "t", MT_COLUMN_TIME, 2 },
    { "time_utc", MT_COLUMN_TIME, 2 },
    { "date_utc", MT_COLUMN_TIME, 2 },
    { "gmt_time", MT_COLUMN_TIME, 2 },
    { "local_time", MT_COLUMN_TIME, 2 },
    { "utc_time", MT_COLUMN_TIME, 2 },
    { "opentime", MT_COLUMN_TIME, 2 },
    { "trade_time", MT_COLUMN_TIME, 2 },
    { "epoch", MT_COLUMN_TIME, 3 },
    { "unix", MT_COLUMN_TIME, 3 },
    { "unix_time", MT_COLUMN_TIME, 3 },
    { "unix_timestamp", MT_COLUMN_TIME, 3 },
    { "transact_time", MT_COLUMN_TIME, 3 },
    { "transaction_time", MT_COLUMN_TIME, 3 },
    { "window_start", MT_COLUMN_TIME, 3 },
    { "ts_recv", MT_COLUMN_TIME, 3 },
    { "ts_event", MT_COLUMN_TIME, 4 },
    { "sip_timestamp", MT_COLUMN_TIME, 4 },
    { "participant_timestamp", MT_COLUMN_TIME, 3 },
    { "datum", MT_COLUMN_TIME, 2 },
    { "zeit", MT_COLUMN_TIME, 2 },
    { "uhrzeit", MT_COLUMN_TIME, 2 },
    { "", MT_COLUMN_TIME, 1 }, /* the index of a table */
    /* bars */
    { "open", MT_COLUMN_OPEN, 0 },
    { "o", MT_COLUMN_OPEN, 0 },
    { "open_price", MT_COLUMN_OPEN, 0 },
    { "high", MT_COLUMN_HIGH, 0 },
    { "h", MT_COLUMN_HIGH, 0 },
    { "high_price", MT_COLUMN_HIGH, 0 },
    { "low", MT_COLUMN_LOW, 0 },
    { "l", MT_COLUMN_LOW, 0 },
    { "low_price", MT_COLUMN_LOW, 0 },
    { "close", MT_COLUMN_CLOSE, 0 },
    { "c", MT_COLUMN_CLOSE, 0 },
    { "close_price", MT_COLUMN_CLOSE, 0 },
    { "volume", MT_COLUMN_VOLUME, 0 },
    { "vol", MT_COLUMN_VOLUME, 0 },
    { "v", MT_COLUMN_VOLUME, 0 },
    { "base_volume", MT_COLUMN_VOLUME, 0 },
    { "real_volume", MT_COLUMN_VOLUME, 0 },
    { "er\xc3\xb6"
      "ffnung",
      MT_COLUMN_OPEN, 0 },
    { "er\xf6"
      "ffnung",
      MT_COLUMN_OPEN, 0 },
    { "eroeffnung", MT_COLUMN_OPEN, 0 },
    { "erster", MT_COLUMN_OPEN, 0 },
    { "close/last", MT_COLUMN_CLOSE, 0 },
    { "latest", MT_COLUMN_CLOSE, 0 },
    { "utc", MT_COLUMN_TIME, 2 },
    { "trade_date", MT_COLUMN_TIME, 2 },
    { "open_interest", MT_COLUMN_SKIP, 0 },
    { "hoch", MT_COLUMN_HIGH, 0 },
    { "tief", MT_COLUMN_LOW, 0 },
    { "schluss", MT_COLUMN_CLOSE, 0 },
    { "schlusskurs", MT_COLUMN_CLOSE, 0 },
    { "volumen", MT_COLUMN_VOLUME, 0 },
    { "stuecke", MT_COLUMN_VOLUME, 0 },
    { "tickvol", MT_COLUMN_TICKS, 0 },
    { "tick_volume", MT_COLUMN_TICKS, 0 },
    { "per", MT_COLUMN_PERIOD, 0 },
    { "more volume", MT_COLUMN_VOLUME_MORE, 0 },
    /* quotes */
    { "bid", MT_COLUMN_BID, 0 },
    { "bid_price", MT_COLUMN_BID, 0 },
    { "best_bid", MT_COLUMN_BID, 0 },
    { "best_bid_price", MT_COLUMN_BID, 0 },
    { "bid_px_00", MT_COLUMN_BID, 0 },
    { "bidprice", MT_COLUMN_BID, 0 },
    { "ask", MT_COLUMN_ASK, 0 },
    { "ask_price", MT_COLUMN_ASK, 0 },
    { "best_ask", MT_COLUMN_ASK, 0 },
    { "best_ask_price", MT_COLUMN_ASK, 0 },
    { "offer", MT_COLUMN_ASK, 0 },
    { "ask_px_00", MT_COLUMN_ASK, 0 },
    { "askprice", MT_COLUMN_ASK, 0 },
    { "bid_qty", MT_COLUMN_BID_QTY, 0 },
    { "bid_size", MT_COLUMN_BID_QTY, 0 },
    { "bid_volume", MT_COLUMN_BID_QTY, 0 },
    { "bid_amount", MT_COLUMN_BID_QTY, 0 },
    { "best_bid_qty", MT_COLUMN_BID_QTY, 0 },
    { "best_bid_size", MT_COLUMN_BID_QTY, 0 },
    { "bid_sz_00", MT_COLUMN_BID_QTY, 0 },
    { "bidvolume", MT_COLUMN_BID_QTY, 0 },
    { "bidsize", MT_COLUMN_BID_QTY, 0 },
    { "ask_qty", MT_COLUMN_ASK_QTY, 0 },
    { "ask_size", MT_COLUMN_ASK_QTY, 0 },
    { "ask_volume", MT_COLUMN_ASK_QTY, 0 },
    { "ask_amount", MT_COLUMN_ASK_QTY, 0 },
    { "best_ask_qty", MT_COLUMN_ASK_QTY, 0 },
    { "best_ask_size", MT_COLUMN_ASK_QTY, 0 },
    { "ask_sz_00", MT_COLUMN_ASK_QTY, 0 },
    { "askvolume", MT_COLUMN_ASK_QTY, 0 },
    { "asksize", MT_COLUMN_ASK_QTY, 0 },
    /* trades */
    { "price", MT_COLUMN_PRICE, 0 },
    { "p", MT_COLUMN_PRICE, 0 },
    { "last", MT_COLUMN_PRICE, 0 },
    { "rate", MT_COLUMN_PRICE, 0 },
    { "trade_price", MT_COLUMN_PRICE, 0 },
    { "qty", MT_COLUMN_QTY, 0 },
    { "q", MT_COLUMN_QTY, 0 },
    { "quantity", MT_COLUMN_QTY, 0 },
    { "amount", MT_COLUMN_QTY, 0 },
    { "size", MT_COLUMN_QTY, 0 },
    { "side", MT_COLUMN_SIDE, 0 },
    { "taker_side", MT_COLUMN_SIDE, 0 },
    { "direction", MT_COLUMN_SIDE, 0 },
    { "is_buyer_maker", MT_COLUMN_BUYER_MAKER, 0 },
    { "buyer_maker", MT_COLUMN_BUYER_MAKER, 0 },
    { "isbuyermaker", MT_COLUMN_BUYER_MAKER, 0 },
    { "taker_side_sell", MT_COLUMN_BUYER_MAKER, 0 },
    { "sell", MT_COLUMN_BUYER_MAKER, 0 },
    { "id", MT_COLUMN_ID, 0 },
    { "trade_id", MT_COLUMN_ID, 0 },
    { "tid", MT_COLUMN_ID, 0 },
    { "agg_trade_id", MT_COLUMN_ID, 0 },
    { "symbol", MT_COLUMN_SYMBOL, 0 },
    { "ticker", MT_COLUMN_SYMBOL, 0 },
    { "pair", MT_COLUMN_SYMBOL, 0 },
    /* understood, and not needed */
    { "action", MT_COLUMN_SKIP, 0 },
    { "bid_ct_00", MT_COLUMN_SKIP, 0 },
    { "ask_ct_00", MT_COLUMN_SKIP, 0 },
    { "ask_exchange", MT_COLUMN_SKIP, 0 },
    { "bid_exchange", MT_COLUMN_SKIP, 0 },
    { "close_time", MT_COLUMN_SKIP, 0 },
    { "conditions", MT_COLUMN_SKIP, 0 },
    { "correction", MT_COLUMN_SKIP, 0 },
    { "count", MT_COLUMN_SKIP, 0 },
    { "depth", MT_COLUMN_SKIP, 0 },
    { "event_time", MT_COLUMN_SKIP, 0 },
    { "exchange", MT_COLUMN_SKIP, 0 },
    { "first_trade_id", MT_COLUMN_SKIP, 0 },
    { "flags", MT_COLUMN_SKIP, 0 },
    { "ignore", MT_COLUMN_SKIP, 0 },
    { "indicators", MT_COLUMN_SKIP, 0 },
    { "instrument_id", MT_COLUMN_SKIP, 0 },
    { "is_best_match", MT_COLUMN_SKIP, 0 },
    { "last_trade_id", MT_COLUMN_SKIP, 0 },
    { "number_of_trades", MT_COLUMN_SKIP, 0 },
    { "openint", MT_COLUMN_SKIP, 0 },
    { "publisher_id", MT_COLUMN_SKIP, 0 },
    { "quote_asset_volume", MT_COLUMN_SKIP, 0 },
    { "quote_qty", MT_COLUMN_SKIP, 0 },
    { "quote_volume", MT_COLUMN_SKIP, 0 },
    { "rtype", MT_COLUMN_SKIP, 0 },
    { "sequence", MT_COLUMN_SKIP, 0 },
    { "sequence_number", MT_COLUMN_SKIP, 0 },
    { "spread", MT_COLUMN_SKIP, 0 },
    { "taker_buy_base_asset_volume", MT_COLUMN_SKIP, 0 },
    { "taker_buy_quote_asset_volume", MT_COLUMN_SKIP, 0 },
    { "taker_buy_quote_volume", MT_COLUMN_SKIP, 0 },
    { "taker_buy_volume", MT_COLUMN_SKIP, 0 },
    { "tape", MT_COLUMN_SKIP, 0 },
    { "tradecount", MT_COLUMN_SKIP, 0 },
    { "trades", MT_COLUMN_SKIP, 0 },
    { "transactions", MT_COLUMN_SKIP, 0 },
    { "trf_id", MT_COLUMN_SKIP, 0 },
    { "trf_timestamp", MT_COLUMN_SKIP, 0 },
    { "ts_in_delta", MT_COLUMN_SKIP, 0 },
    { "update_id", MT_COLUMN_SKIP, 0 },
    { "vwap", MT_COLUMN_SKIP, 0 },
    /* the product's names of roles that headers call otherwise */
    { "time of day", MT_COLUMN_CLOCK, 0 },
};
enum { WORDS = sizeof words / sizeof words[0] };

const struct mt_word *mt_word_find(const char *name)
{
    for (size_t i = 0; i < WORDS; i++)
        if (strcmp(words[i].name, name) == 0)
            return &words[i];
    return NULL;
}

const struct mt_word *mt_word_of(enum mt_column role)
{
    size_t i = 0;
    while (words[i].role != role)
        i++;
    return &words[i];
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t word_trim(char *word, size_t length)
{
    while (length > 0 && (word[length - 1] == '_' || word[length - 1] == '.'))
        length--;
    word[length] = '\0';
    return length;
}

bool mt_header_word(const struct mt_field *field, struct mt_header_word *out)
{
    size_t lengths[2] = { 0, 0 };
    char *parts[2] = { out->name, out->inside };
    int part = 0;
    if (field->length >= MT_WORD_MAX)
        return false;
    for (size_t i = 0; i < field->length; i++) {
        char c = field->text[i];
        if (c == '(') {
            part = 1;
            continue;
        }
        if (c == '<' || c == '>' || c == ')')
            continue;
        bool joint = c == ' ' || (c == '-' && field->length > 1);
        parts[part][lengths[part]++] = joint ? '_' : small(c);
    }
    for (int i = 0; i < 2; i++)
        word_trim(parts[i], lengths[i]);
    return true;
}

static bool header_has(const struct mt_field *header, int count, const char *word, size_t length)
{
    for (int i = 0; i < count; i++) {
        size_t k = 0;
        while (k < length && k < header[i].length && small(header[i].text[k]) == word[k])
            k++;
        if (k == length && header[i].length == length)
            return true;
    }
    return false;
}

const struct mt_dialect *mt_dialect_find(const struct mt_field *header, int count)
{
    static const struct mt_dialect dialects[] = {
        { .name = "MetaTrader 5 ticks", .words = "<bid> <ask> <flags>", .carry = true },
        { .name = "Databento", .words = "rtype publisher_id instrument_id", .fixed = 9, .action = "action" },
        { .name = "TradeStation",
          .words = "date time open up down",
          .without = "volume",
          .volume = "up",
          .volume_more = "down",
          .note = "the volume is Up and Down together, the times are taken as opens (TradeStation writes the ends of "
                  "its bars)" },
    };
    for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++) {
        bool all = true;
        for (const char *at = dialects[i].words; all && *at;) {
            size_t length = strcspn(at, " ");
            all = header_has(header, count, at, length);
            at += length + (at[length] == ' ');
        }
        const char *without = dialects[i].without;
        if (all && !(without && header_has(header, count, without, strlen(without))))
            return &dialects[i];
    }
    return NULL;
}

const char *mt_header_zone(const char *word)
{
    static const struct {
        const char *word, *zone;
    } zones[] = {
        { "utc", "UTC" },           { "gmt", "UTC" },          { "z", "UTC" },
        { "eet", "Europe/Athens" }, { "cet", "Europe/Paris" }, /* with the summer time of the European Union */
    };
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        if (strcmp(zones[i].word, word) == 0)
            return zones[i].zone;
    return NULL;
}

static bool begins_with(const char *text, size_t length, const char *begin)
{
    return length >= strlen(begin) && memcmp(text, begin, strlen(begin)) == 0;
}

bool mt_is_preamble(const char *text, size_t length)
{
    static const char *const begins[] = { "#", "http://", "https://", "sep=", "\"sep=" };
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        if (begins_with(text, length, begins[i]))
            return true;
    return false;
}

bool mt_is_footer(const char *text, size_t length)
{
    static const char *const begins[] = { "Downloaded from ", "\"Downloaded from " };
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        if (begins_with(text, length, begins[i]))
            return true;
    return false;
}

const char *mt_not_data(const char *text, size_t length)
{
    static const struct {
        const char *begin, *what;
    } others[] = {
        { "{\"code\"", "is the error message of an API, not data: mend the request and download it again" },
        { "{\"error\"", "is the error message of an API, not data: mend the request and download it again" },
        { "{\"msg\"", "is the error message of an API, not data: mend the request and download it again" },
        { "{\"message\"", "is the error message of an API, not data: mend the request and download it again" },
        { "[", "is JSON, the answer of an API, not CSV: write it as CSV, a line for each row" },
        { "version https://git-lfs", "is a pointer of Git LFS, not the data itself: fetch them with git lfs pull" },
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (begins_with(text, length, others[i].begin))
            return others[i].what;
    return NULL;
}

const struct mt_levels mt_levels[] = {
    { "price", "ticker", "date datetime" }, /* yfinance */
    { NULL, NULL, NULL },
};

/* ---- shapes of files without a header ---- */

/* T a moment or a number from midnight, E an epoch time, D a date, C a time of day, O H L K open high low close, V
 * a size, N a number, I a whole number, Z a zero, X the end of the bar (an epoch time after E), W a price between
 * low and high, P S price and size, Q about price times size,
 * B true or false, b a bid and ask, R r a price and a size with twelve decimals. */
const struct mt_shape mt_shapes[] = {
    { "time,open,high,low,close,volume", "time,open,high,low,close,volume", "TOHLKV" },
    { "time,bid,ask", "time,bid,ask", "Tba" },
    { "time,price,qty of Bitcoincharts", "time,price,qty", "ERr" },
    { "time,bid,ask of HistData", "time,bid,ask,-", "TbaZ" },
    { "date,time,open,high,low,close,volume of MetaTrader 4", "date,time,open,high,low,close,volume", "DCOHLKV" },
    { "klines of Binance", "time,open,high,low,close,volume,-,-,-,-,-,-", "EOHLKVXNINNN" },
    { "trades of Binance", "id,price,qty,-,time,is_buyer_maker,-", "IPSQEBB" },
    { "trades of Binance", "id,price,qty,-,time,is_buyer_maker", "IPSQEB" },
    { "aggregate trades of Binance", "id,price,qty,-,-,time,is_buyer_maker,-", "IPSIIEBB" },
    { "aggregate trades of Binance", "id,price,qty,-,-,time,is_buyer_maker", "IPSIIEB" },
    { "time,open,high,low,close,volume,count of Kraken", "time,open,high,low,close,volume,-", "EOHLKVI" },
    { "time,count,open,high,low,close,volume,vwap of Kaiko", "time,-,open,high,low,close,volume,-", "EIOHLKVW" },
    { NULL, NULL, NULL },
};

const char *mt_usual_order(enum mt_data_format format, int count)
{
    static const char *const bars[] = { "time,open,high,low,close", "time,open,high,low,close,volume" };
    static const char *const trades[] = { "time,price,qty", "time,price,qty,side", "time,price,qty,side,id" };
    if (format == MT_DATA_BARS)
        return count == 5 || count == 6 ? bars[count - 5] : NULL;
    if (format == MT_DATA_QUOTES)
        return count == 3 ? "time,bid,ask" : count == 5 ? "time,bid,ask,bid_qty,ask_qty" : NULL;
    return count >= 3 && count <= 5 ? trades[count - 3] : NULL;
}

bool mt_is_time(const struct mt_field *field)
{
    int64_t ns;
    return mt_dec_decimals(field->text, field->length) != MT_ESYNTAX
           || mt_time_parse(field->text, field->length, &ns) == 0
           || mt_date_orders(field->text, field->length).orders != 0;
}

static bool is_epoch(const struct mt_field *field, int64_t *out)
{
    const int64_t least = 86400000;
    return mt_dec_parse(field->text, field->length, 0, out) == 0 && *out >= least;
}

/* In units of 10^-8, what is finer cut off: for comparing, not for trading. */
static bool number_read(const struct mt_number_rule *numbers, const struct mt_field *field, int64_t *out)
{
    char buf[MT_NUMBER_TEXT];
    struct mt_field plain;
    mt_number_plain(numbers, field, buf, &plain);
    int err = mt_dec_parse(plain.text, plain.length, MT_MONEY_SCALE, out);
    const char *point = memchr(plain.text, '.', plain.length);
    if (err == MT_EINEXACT && point) {
        size_t keep = (size_t)(point - plain.text) + 1 + MT_MONEY_SCALE;
        err = mt_dec_parse(plain.text, keep < plain.length ? keep : plain.length, MT_MONEY_SCALE, out);
    }
    return err == 0;
}

static bool is_flag(const struct mt_field *field)
{
    static const char *const flags[] = { "true", "false", "t", "f", "0", "1" };
    char word[8] = "";
    if (field->length >= sizeof word)
        return false;
    for (size_t i = 0; i < field->length; i++)
        word[i] = small(field->text[i]);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (strcmp(word, flags[i]) == 0)
            return true;
    return false;
}

static bool has_twelve_decimals(const struct mt_field *field)
{
    enum { TWELVE = 12 };
    const char *point = memchr(field->text, '.', field->length);
    return point && field->text + field->length - point == TWELVE + 1;
}

static bool is_moment_of(char check, const struct mt_field *field)
{
    struct mt_moment moment;
    struct mt_date_orders date = { 0 };
    if (check == 'C')
        return mt_daytime_read(field->text, field->length, &moment) == 0;
    if (check == 'D')
        date = mt_date_orders(field->text, field->length);
    return check == 'D' ? date.orders != 0 : mt_is_time(field);
}

/* What the fields of a row say by themselves; numbers go to `n` under their letter. */
static bool fields_read(const struct mt_shape *shape, const struct mt_field *fields,
                        const struct mt_number_rule *numbers, int64_t n[128])
{
    for (int i = 0; shape->checks[i]; i++) {
        char check = shape->checks[i];
        int64_t value = 0;
        bool holds;
        if (strchr("TDC", check))
            holds = is_moment_of(check, &fields[i]);
        else if (check == 'B')
            holds = is_flag(&fields[i]);
        else if (check == 'E' || check == 'X')
            holds = is_epoch(&fields[i], &value);
        else
            holds = number_read(numbers, &fields[i], &value) && (check != 'I' || value % mt_pow10(MT_MONEY_SCALE) == 0)
                    && (check != 'Z' || value == 0) && (!strchr("VSNIr", check) || value >= 0)
                    && (check != 'R' || value > 0) && (!strchr("Rr", check) || has_twelve_decimals(&fields[i]));
        if (!holds)
            return false;
        n[(unsigned char)check] = value;
    }
    return true;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

/* How the numbers of a row stand to each other. A price and an amount are no bid and ask: those are within 2 %. */
static bool numbers_hold(const struct mt_shape *shape, const int64_t n[128])
{
    if (strchr(shape->checks, 'O')
        && !(n['L'] > 0 && n['H'] >= n['O'] && n['H'] >= n['K'] && n['L'] <= n['O'] && n['L'] <= n['K']))
        return false;
    if (strchr(shape->checks, 'W') && !(n['W'] >= n['L'] && n['W'] <= n['H']))
        return false;
    if (strchr(shape->checks, 'X') && n['X'] < n['E'])
        return false;
    if (strchr(shape->checks, 'b') && !(n['b'] > 0 && n['a'] > 0 && distance(n['b'], n['a']) <= n['b'] / 50))
        return false;
    if (strchr(shape->checks, 'P') && n['P'] <= 0)
        return false;
    if (!strchr(shape->checks, 'Q'))
        return true;
    __int128 product = (__int128)n['P'] * n['S'] / mt_pow10(MT_MONEY_SCALE), off = product - n['Q'];
    return (off < 0 ? -off : off) <= product / 100 + 1;
}

int mt_shape_holds(const struct mt_shape *shape, const struct mt_field *fields, int count,
                   const struct mt_number_rule *numbers)
{
    int64_t n[128] = { 0 };
    if ((int)strlen(shape->checks) != count || !fields_read(shape, fields, numbers, n))
        return -1;
    return numbers_hold(shape, n);
}
