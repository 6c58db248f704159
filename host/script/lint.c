#include "script/lint.h"

#include <string.h>
#include "base/buf.h"
#include "script/lex.h"

/* Does the literal denote 2? Of the hexadecimal ones only whole numbers are looked at. */
static bool is_two(const struct mt_token *token)
{
    const char *text = token->text;
    double value;
    if (token->kind != MT_TOKEN_NUMBER)
        return false;
    if (token->length > 2 && (text[1] | 32) == 'x') {
        size_t zeros = 2;
        while (zeros < token->length && text[zeros] == '0')
            zeros++;
        return zeros + 1 == token->length && text[zeros] == '2';
    }
    return mt_double_parse(text, token->length, &value) == 0 && value >= 2 && value <= 2;
}

static bool is_boxed(const struct mt_token *token)
{
    if (token->kind != MT_TOKEN_NUMBER)
        return false;
    char last = (char)(token->text[token->length - 1] | 32);
    bool hex = token->length > 1 && (token->text[1] | 32) == 'x';
    return last == 'i' || last == 'l' || (last == 'u' && !hex);
}

int mt_lint_refuse(const char *name, const char *text, size_t length, struct mt_diag *diag)
{
    struct mt_lex lex;
    mt_lex_init(&lex, text, length);
    bool after_power = false;
    for (struct mt_token token = mt_lex_next(&lex); token.kind != MT_TOKEN_END; token = mt_lex_next(&lex)) {
        if (is_boxed(&token))
            return mt_fail(diag, MT_EREFUSED, "%s:%d: '%.*s': 64-bit and imaginary literals are not numbers of Lua",
                name, token.line, (int)token.length, token.text);
        if (after_power && is_two(&token))
            return mt_fail(diag, MT_EREFUSED,
                "%s:%d: x^2 gives other bits compiled than interpreted: write x*x, or mt.pow(x, y)", name, token.line);
        /* x^(2), x^((2)), x^+2 is no Lua. */
        after_power = mt_token_is(&token, "^") || (after_power && mt_token_is(&token, "("));
    }
    return 0;
}

/* Two tokens of other languages, and what Lua writes. An empty second one is any. */
static const struct { const char *first, *second, *hint; } foreign[] = {
    { "!", "=", "not equal is ~=" }, { "!", "", "a negation is `not x`" },
    { "+", "=", "write x = x + y" }, { "-", "=", "write x = x - y" }, { "*", "=", "write x = x * y" },
    { "/", "=", "write x = x / y" }, { "+", "+", "write x = x + 1" }, { "&", "&", "write `and`" },
    { "|", "|", "write `or`" }, { "?", "", "write `a and b or c`" },
    { "/", "/", "write math.floor(x / y); a comment begins with --" },
    { "elif", "", "write `elseif`" }, { "elsif", "", "write `elseif`" },
    { "continue", "", "Lua has no continue: write an if around the rest, or goto" },
    { "else", "if", "`else if` needs an `end` of its own: write `elseif`" }, { "def", "", "write `function`" },
    { "let", "", "write `local`" }, { "var", "", "write `local`" },
};

const char *mt_lint_syntax_hint(const char *text, size_t length, int line)
{
    struct mt_lex lex;
    mt_lex_init(&lex, text, length);
    struct mt_token token = mt_lex_next(&lex);
    while (token.kind != MT_TOKEN_END) {
        struct mt_token next = mt_lex_next(&lex);
        for (size_t i = 0; token.line == line && i < sizeof foreign / sizeof *foreign; i++)
            if (mt_token_is(&token, foreign[i].first) && (!*foreign[i].second || mt_token_is(&next, foreign[i].second)))
                return foreign[i].hint;
        token = next;
    }
    return NULL;
}
