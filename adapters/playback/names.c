#include <stdio.h>
#include <string.h>
#include "adapters/playback/names.h"
#include "base/clock.h"
#include "base/dec_text.h"

enum { PAIR_LENGTH = 6, DATE_DIGITS = 8 };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool mt_name_is_symbol(const char *text, size_t length)
{
    if (length == 0 || length >= MT_SYMBOL_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!is_letter(text[i]) && !mt_is_digit(text[i]) &&
            (text[i] == '\0' || !strchr("._/-", text[i])))
            return false;
    return true;
}

bool mt_name_date(const char *path, char out[11])
{
    char date[11];
    bool found = false;
    for (const char *at = name_of(path); *at; at++) {
        const char *start = at;
        int64_t ns;
        while (mt_is_digit(*at))
            at++;
        if (at - start == DATE_DIGITS) {
            snprintf(date, sizeof date, "%.4s-%.2s-%.2s", start, start + 4, start + 6);
            if (mt_time_parse(date, 10, &ns) == 0) {
                if (found && memcmp(date, out, sizeof date) != 0)
                    return false;
                memcpy(out, date, sizeof date);
                found = true;
            }
        }
        if (*at == '\0')
            break;
    }
    return found;
}

/* "eurusd", "EUR_USD", "eur-usd": six letters, one sign may part the two currencies. Their length in the text; 0. */
static size_t pair_read(const char *at, char pair[PAIR_LENGTH + 1])
{
    size_t length = 0;
    for (int i = 0; i < PAIR_LENGTH; i++) {
        if (i == PAIR_LENGTH / 2 && (at[length] == '_' || at[length] == '-'))
            length++;
        if (!is_letter(at[length]))
            return 0;
        pair[i] = upper(at[length++]);
    }
    pair[PAIR_LENGTH] = '\0';
    return length;
}

static bool pair_find(const char *name, char out[MT_SYMBOL_MAX])
{
    for (const char *at = name; *at; at++) {
        char pair[PAIR_LENGTH + 1];
        struct mt_instrument found;
        size_t length = at > name && is_letter(at[-1]) ? 0 : pair_read(at, pair);
        if (length == 0 || is_letter(at[length]))
            continue;
        if (mt_instrument_builtin(pair, &found) == 0) {
            memcpy(out, found.symbol, MT_SYMBOL_MAX);
            return true;
        }
    }
    return false;
}

/* ---- words ---- */

/* Words of file names that are no symbols, in small letters: what the rows are, how long a bar is, who wrote the
 * file. */
static const char *const no_symbols[] = {
    /* kinds of rows and of files */
    "aggtrades", "ascii", "ask", "asks", "bar", "bars", "bid", "bids", "bookticker", "booktickers", "candle", "candles",
    "candlestick", "candlesticks", "csv", "dat", "data", "dump", "export", "hist", "historic", "historical",
    "historicaldata", "history", "intraday", "kline", "klines", "ohlc", "ohlcv", "prices", "quote", "quotes", "tick",
    "ticks", "trade", "trades",
    "bz2", "gz", "mts", "parquet", "txt", "xz", "zip", "zst",
    /* lengths of bars, beside those with a number in them */
    "d", "daily", "day", "h", "hour", "hourly", "m", "min", "minute", "minutes", "mn", "mo", "month", "monthly", "s",
    "sec", "w", "week", "weekly", "y",
    /* sources */
    "binance", "bitfinex", "bitget", "bitmex", "bitstamp", "bittrex", "bybit", "coinbase", "cryptodatadownload",
    "databento", "deribit", "dukascopy", "ftx", "fxcm", "gateio", "gemini", "histdata", "huobi", "kaiko", "kraken",
    "kucoin", "metatrader", "mt4", "mt5", "nasdaq", "nyse", "oanda", "okex", "okx", "poloniex", "polygon", "stooq",
    "truefx", "yahoo",
};
static const char *const quotes[] = { "USDT", "USDC", "USD", "EUR", "GBP", "JPY", "BTC", "ETH" };
/* What follows a coin behind a '-' or '_' and is part of the market's name. */
static const char *const suffixes[] = { "PERP", "PERPETUAL", "SWAP" };
/* What a vendor calls every file, whatever is in it. */
static const char *const nameless[] = { "HISTORICALDATA" };
/* What stands before the number of a security and is part of its name. */
static const char *const numbered[] = { "WKN", "ISIN", "CUSIP", "SEDOL" };
enum {
    NO_SYMBOLS = sizeof no_symbols / sizeof no_symbols[0], QUOTES = sizeof quotes / sizeof quotes[0],
    SUFFIXES = sizeof suffixes / sizeof suffixes[0], NUMBERED = sizeof numbered / sizeof numbered[0],
    NAMELESS = sizeof nameless / sizeof nameless[0], WORDS_MAX = 32,
};

struct word { const char *at; size_t length; char text[MT_SYMBOL_MAX]; };       /* text: in capitals */

static bool is_one_of(const char *word, const char *const *words, int count, bool small)
{
    for (int i = 0; i < count; i++) {
        size_t k = 0;
        while (word[k] != '\0' && word[k] == (small ? upper(words[i][k]) : words[i][k]))
            k++;
        if (word[k] == '\0' && words[i][k] == '\0')
            return true;
    }
    return false;
}

static size_t digits_of(const char *text)
{
    size_t count = 0;
    while (mt_is_digit(text[count]))
        count++;
    return count;
}

/* "1m", "15MIN", "4H", "M5", "H1", "MN1", a number alone (a date, an interval, a part). */
static bool is_interval(const char *word)
{
    static const char *const units[] = { "", "S", "M", "MIN", "MINS", "H", "HR", "D", "W", "MN", "MO", "Y" };
    char letters[MT_SYMBOL_MAX] = "";
    size_t digits = digits_of(word), front = 0;
    if (digits > 0)
        return is_one_of(word + digits, units, sizeof units / sizeof units[0], false);
    while (is_letter(word[front]))
        front++;
    memcpy(letters, word, front);
    digits = digits_of(word + front);
    return digits > 0 && digits <= 2 && word[front + digits] == '\0' &&
           is_one_of(letters, units, sizeof units / sizeof units[0], false);
}

/* Whether the word is a market like "BTCUSD": something in front of a currency that prices are quoted in. */
static bool is_market(const char *word, size_t length)
{
    for (size_t i = 0; i < QUOTES; i++) {
        size_t size = strlen(quotes[i]);
        if (length >= size + 2 && memcmp(word + length - size, quotes[i], size) == 0)
            return true;
    }
    return false;
}

/* MetaTrader 4 puts the minutes behind the symbol: "XAUUSD60". */
static void minutes_cut(struct word *word)
{
    static const char *const minutes[] = { "1", "5", "15", "30", "60", "240", "1440", "10080", "43200" };
    size_t front = word->length;
    while (front > 0 && mt_is_digit(word->text[front - 1]))
        front--;
    if (front == word->length || !is_market(word->text, front) ||
        !is_one_of(word->text + front, minutes, sizeof minutes / sizeof minutes[0], false))
        return;
    word->length = front;
    memset(word->text + front, 0, MT_SYMBOL_MAX - front);
}

static int words_of(const char *name, struct word *out)
{
    static const char signs[] = "@#$%^&=+~!'()[]{}"; /* "@ES", "^GSPC", "ES=F": around a symbol, and none of it */
    int count = 0;
    for (const char *at = name; *at && count < WORDS_MAX;) {
        at += strspn(at, signs);
        size_t length = strcspn(at, "_-,. "), whole = length;
        length = strcspn(at, signs) < length ? strcspn(at, signs) : length;
        if (mt_name_is_symbol(at, length)) {
            struct word *word = &out[count++];
            *word = (struct word){ .at = at, .length = length };
            for (size_t i = 0; i < length; i++)
                word->text[i] = upper(at[i]);
            minutes_cut(word);
        }
        at += whole + (at[whole] != '\0');
    }
    return count;
}

/* "BTC_USDT", "BTC-PERP": two words that are one market, as they stand there. */
static bool joined(const struct word *first, const struct word *second, char out[MT_SYMBOL_MAX])
{
    char between = first->at[first->length];
    size_t length = first->length + 1 + second->length;
    bool one = second->at == first->at + first->length + 1 && (between == '-' || between == '_') &&
               (is_one_of(second->text, quotes, QUOTES, false) || is_one_of(second->text, suffixes, SUFFIXES, false)
                || is_one_of(first->text, numbered, NUMBERED, false));
    if (!one || length >= MT_SYMBOL_MAX)
        return false;
    snprintf(out, MT_SYMBOL_MAX, "%s%c%s", first->text, between, second->text);
    return true;
}

static bool says_nothing(const struct word *word)
{
    return is_interval(word->text) || is_one_of(word->text, no_symbols, NO_SYMBOLS, true);
}

/* MetaTrader 5 writes SYMBOL_PERIOD_FROM_TO, and a point in the symbol parts the broker's suffix: "GBPUSD.r" is another
 * instrument than GBPUSD. */
static bool metatrader_find(const char *name, char out[MT_SYMBOL_MAX])
{
    static const char *const words[] = { "DAILY", "WEEKLY", "MONTHLY" };
    enum { STAMP_DIGITS = 12 };
    char period[MT_SYMBOL_MAX] = "";
    size_t length = strcspn(name, "_"), until = name[length] ? strcspn(name + length + 1, "_") : 0;
    const char *stamps = name + length + 1;
    if (name[length] == '\0' || !memchr(name, '.', length) || !mt_name_is_symbol(name, length)
        || until >= sizeof period)
        return false;
    if (digits_of(stamps) != STAMP_DIGITS) { /* of ticks there is no period */
        for (size_t i = 0; i < until; i++)
            period[i] = upper(stamps[i]);
        if (stamps[until] != '_' || (!is_interval(period) && !is_one_of(period, words, 3, false)))
            return false;
        stamps += until + 1;
    }
    if (digits_of(stamps) != STAMP_DIGITS || stamps[STAMP_DIGITS] != '_'
        || digits_of(stamps + STAMP_DIGITS + 1) != STAMP_DIGITS)
        return false;
    memcpy(out, name, length);
    memset(out + length, 0, MT_SYMBOL_MAX - length);
    return true;
}

void mt_name_of_column(const char *text, size_t length, char out[MT_SYMBOL_MAX])
{
    const char *slash = memchr(text, '/', length);
    bool capitals = false, small = false;
    char second[MT_SYMBOL_MAX] = "", pair[PAIR_LENGTH + 1];
    struct mt_instrument found;
    size_t count = 0, front = slash ? (size_t)(slash - text) : length;
    memset(out, 0, MT_SYMBOL_MAX);
    if (slash)
        memcpy(second, slash + 1, length - front - 1);
    for (size_t i = 0; second[i]; i++)
        second[i] = upper(second[i]);
    for (size_t i = 0; i < length; i++) {
        capitals |= text[i] >= 'A' && text[i] <= 'Z';
        small |= text[i] >= 'a' && text[i] <= 'z';
        if (i != front)
            out[count++] = text[i];
    }
    bool is_pair = slash && front > 0
                   && (is_one_of(second, quotes, QUOTES, false)
                       || (pair_read(out, pair) == count && mt_instrument_builtin(pair, &found) == 0));
    if (!is_pair) {
        memset(out, 0, MT_SYMBOL_MAX);
        memcpy(out, text, length);
    }
    for (size_t i = 0; small && !capitals && out[i]; i++)
        out[i] = upper(out[i]);
}

enum mt_name_says mt_name_symbol(const char *path, char out[MT_SYMBOL_MAX])
{
    const char *name = name_of(path);
    struct word words[WORDS_MAX];
    if (metatrader_find(name, out) || pair_find(name, out))
        return MT_NAME_MARKET;
    int count = words_of(name, words), first = -1;
    for (int i = 0; i < count; i++) {
        if (says_nothing(&words[i]))
            continue;
        if (i + 1 < count && joined(&words[i], &words[i + 1], out))
            return MT_NAME_MARKET;
        if (is_market(words[i].text, words[i].length)) {
            memcpy(out, words[i].text, sizeof words[i].text);
            return MT_NAME_MARKET;
        }
        first = first < 0 ? i : first;
    }
    if (count == 0 || (first < 0 && is_one_of(words[0].text, nameless, NAMELESS, false)))
        return MT_NAME_NOTHING;
    memcpy(out, words[first < 0 ? 0 : first].text, sizeof words[0].text);
    return MT_NAME_WORD;
}
