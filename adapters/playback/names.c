#include <stdio.h>
#include <string.h>
#include "adapters/playback/names.h"
#include "base/clock.h"

enum { PAIR_LENGTH = 6, DATE_DIGITS = 8 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

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
        if (!is_letter(text[i]) && !is_digit(text[i]) &&
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
        while (is_digit(*at))
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

static bool pair_find(const char *name, char out[MT_SYMBOL_MAX])
{
    for (const char *at = name; strlen(at) >= PAIR_LENGTH; at++) {
        char pair[PAIR_LENGTH + 1] = "";
        struct mt_instrument found;
        if ((at > name && is_letter(at[-1])) || is_letter(at[PAIR_LENGTH]))
            continue;
        for (int i = 0; i < PAIR_LENGTH; i++)
            pair[i] = upper(at[i]);
        if (mt_instrument_builtin(pair, &found) == 0) {
            memcpy(out, found.symbol, MT_SYMBOL_MAX);
            return true;
        }
    }
    return false;
}

/* Whether the word is a market like "btcusd": something in front of a currency that prices are
 * quoted in. */
static bool is_market(const char *word, size_t length)
{
    static const char *const quotes[] = {
        "USDT", "USDC", "USD", "EUR", "GBP", "JPY", "BTC", "ETH"
    };
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
        size_t size = strlen(quotes[i]);
        if (length >= size + 2 && memcmp(word + length - size, quotes[i], size) == 0)
            return true;
    }
    return false;
}

enum mt_name_says mt_name_symbol(const char *path, char out[MT_SYMBOL_MAX])
{
    const char *name = name_of(path);
    bool found = false;
    if (pair_find(name, out))
        return MT_NAME_MARKET;
    for (const char *at = name; *at;) {
        size_t length = strcspn(at, "_. ");
        char word[MT_SYMBOL_MAX] = "";
        if (mt_name_is_symbol(at, length)) {
            for (size_t i = 0; i < length; i++)
                word[i] = upper(at[i]);
            if (!found || is_market(word, length))
                memcpy(out, word, sizeof word);
            found = true;
            if (is_market(word, length))
                return MT_NAME_MARKET;
        }
        at += length + (at[length] != '\0');
    }
    return found ? MT_NAME_WORD : MT_NAME_NOTHING;
}
