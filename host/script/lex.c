#include "script/lex.h"
#include "base/dec_text.h"

#include <string.h>

void mt_lex_init(struct mt_lex *lex, const char *text, size_t length)
{
    lex->at = text;
    lex->end = text + length;
    lex->line = 1;
    /* What the compiler skips too: a byte order mark and a first line for the shell. */
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        lex->at += 3;
    if (lex->at < lex->end && *lex->at == '#')
        while (lex->at < lex->end && *lex->at != '\n')
            lex->at++;
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || mt_is_digit(c) || c == '_' || (unsigned char)c >= 128;
}

static char peek(const struct mt_lex *lex, size_t ahead)
{
    return (size_t)(lex->end - lex->at) > ahead ? lex->at[ahead] : 0;
}

static void step(struct mt_lex *lex)
{
    if (*lex->at == '\n')
        lex->line++;
    lex->at++;
}

/* At '[': the number of '=' when a long bracket opens here, else -1. */
static int long_level(const struct mt_lex *lex)
{
    size_t n = 1;
    while (peek(lex, n) == '=')
        n++;
    return peek(lex, n) == '[' ? (int)n - 1 : -1;
}

static void skip_long(struct mt_lex *lex, int level)
{
    for (int i = 0; i < level + 2; i++)
        step(lex);
    while (lex->at < lex->end) {
        if (*lex->at == ']') {
            size_t n = 1;
            while (peek(lex, n) == '=')
                n++;
            if ((int)n - 1 == level && peek(lex, n) == ']') {
                lex->at += n + 1;
                return;
            }
        }
        step(lex);
    }
}

static void skip_blanks(struct mt_lex *lex)
{
    while (lex->at < lex->end) {
        char c = *lex->at;
        if (c == '-' && peek(lex, 1) == '-') {
            lex->at += 2;
            int level = peek(lex, 0) == '[' ? long_level(lex) : -1;
            if (level >= 0)
                skip_long(lex, level);
            else
                while (lex->at < lex->end && *lex->at != '\n')
                    lex->at++;
        } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
            step(lex);
        } else {
            return;
        }
    }
}

static void read_string(struct mt_lex *lex)
{
    char quote = *lex->at++;
    while (lex->at < lex->end && *lex->at != quote && *lex->at != '\n') {
        if (*lex->at == '\\' && lex->at + 1 < lex->end) {
            bool skip_space = lex->at[1] == 'z';
            lex->at++;
            step(lex);
            while (skip_space && lex->at < lex->end && strchr(" \t\r\n\v\f", *lex->at) != NULL && *lex->at != 0)
                step(lex);
        } else {
            lex->at++;
        }
    }
    if (lex->at < lex->end && *lex->at == quote)
        lex->at++;
}

static void read_number(struct mt_lex *lex)
{
    char before = 0;
    bool hex = *lex->at == '0' && (peek(lex, 1) | 32) == 'x';
    while (lex->at < lex->end) {
        char c = *lex->at, low = (char)(before | 32);
        bool sign = (c == '+' || c == '-') && (hex ? low == 'p' : low == 'e');
        if (!is_name(c) && c != '.' && !sign)
            return;
        before = c;
        lex->at++;
    }
}

static void read_symbol(struct mt_lex *lex)
{
    char c = *lex->at++;
    if (c == '.' && peek(lex, 0) == '.')
        lex->at += peek(lex, 1) == '.' ? 2 : 1;
    else if (strchr("=~<>", c) != NULL && peek(lex, 0) == '=')
        lex->at++;
    else if (c == ':' && peek(lex, 0) == ':')
        lex->at++;
}

struct mt_token mt_lex_next(struct mt_lex *lex)
{
    skip_blanks(lex);
    struct mt_token token = { MT_TOKEN_END, lex->line, lex->at, 0 };
    if (lex->at == lex->end)
        return token;
    char c = *lex->at;
    int level = c == '[' ? long_level(lex) : -1;
    if (mt_is_digit(c) || (c == '.' && mt_is_digit(peek(lex, 1)))) {
        token.kind = MT_TOKEN_NUMBER;
        read_number(lex);
    } else if (is_name(c)) {
        token.kind = MT_TOKEN_NAME;
        while (lex->at < lex->end && is_name(*lex->at))
            lex->at++;
    } else if (c == '"' || c == '\'') {
        token.kind = MT_TOKEN_STRING;
        read_string(lex);
    } else if (level >= 0) {
        token.kind = MT_TOKEN_STRING;
        skip_long(lex, level);
    } else {
        token.kind = MT_TOKEN_SYMBOL;
        read_symbol(lex);
    }
    token.length = (size_t)(lex->at - token.text);
    return token;
}

bool mt_token_is(const struct mt_token *token, const char *text)
{
    return token->kind != MT_TOKEN_STRING && token->length == strlen(text)
        && memcmp(token->text, text, token->length) == 0;
}
