#include "script/lint.h"

#include <stdio.h>
#include <string.h>
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

/* Where the walk through a file stands. Blocks: function do then repeat … end until; braces are not
 * blocks. */
struct walk {
    const char *name;
    struct mt_buf *out;
    int depth, braces;
    int tick_depth;                 /* depth of the tick handler that we are in; 0 = in none */
    char locals[256][48];           /* file-level locals with a plain value; assigned later: a warning */
    size_t local_count;
};

static bool opens_block(const struct mt_token *token)
{
    return mt_token_is(token, "function") || mt_token_is(token, "do") || mt_token_is(token, "then")
        || mt_token_is(token, "repeat");
}

/* `elseif` and `else` end one block and begin another: the following `then` must not count twice.
 */
static bool closes_block(const struct mt_token *token)
{
    return mt_token_is(token, "end") || mt_token_is(token, "until") || mt_token_is(token, "elseif");
}

static bool is_tick_handler(const struct mt_token *token)
{
    return mt_token_is(token, "on_quote") || mt_token_is(token, "on_trade") || mt_token_is(token, "on_book")
        || mt_token_is(token, "on_bar");
}

static void remember_local(struct walk *walk, const struct mt_token *name)
{
    if (walk->local_count < 256 && name->length < sizeof walk->locals[0])
        snprintf(walk->locals[walk->local_count++], sizeof walk->locals[0], "%.*s", (int)name->length, name->text);
}

static bool is_local(const struct walk *walk, const struct mt_token *name)
{
    for (size_t i = 0; i < walk->local_count; i++)
        if (mt_token_is(name, walk->locals[i]))
            return true;
    return false;
}

static void warn(struct walk *walk, int line, const char *what, const struct mt_token *name)
{
    mt_buf_printf(walk->out, "%s:%d: ", walk->name, line);
    if (name != NULL)
        mt_buf_printf(walk->out, "'%.*s': ", (int)name->length, name->text);
    mt_buf_puts(walk->out, what);
    mt_buf_puts(walk->out, "\n");
}

/* before[1] before[0] token: the window in which everything here can be told. */
static void look(struct walk *walk, const struct mt_token before[3], const struct mt_token *token)
{
    bool in_function = walk->depth > 0;
    bool declares = mt_token_is(&before[2], "local") && before[1].kind == MT_TOKEN_NAME && mt_token_is(&before[0], "=");
    if (declares && !in_function && walk->braces == 0) {
        if (mt_token_is(token, "{"))
            warn(walk, token->line, "a table in a file-level local is shared by all symbols and lost at a restart",
                &before[1]);
        else if (!mt_token_is(token, "require") && !mt_token_is(token, "mt") && !mt_token_is(token, "function"))
            remember_local(walk, &before[1]);
    }
    if (in_function && walk->braces == 0 && mt_token_is(token, "=") && is_local(walk, &before[0])
        && before[0].kind == MT_TOKEN_NAME && !mt_token_is(&before[1], "local") && !mt_token_is(&before[1], "."))
        warn(walk, token->line,
            "a file-level local that is assigned here is shared by all symbols and lost at a restart", &before[0]);
    if (walk->tick_depth != 0 && mt_token_is(token, "(") && mt_token_is(&before[0], "pairs"))
        warn(walk, token->line, "pairs in a tick handler sorts and allocates at each call: use an array and ipairs",
            NULL);
    if (mt_token_is(token, "^"))
        warn(walk, token->line, "^ may give other bits compiled than interpreted: use mt.pow", NULL);
    if (mt_token_is(token, "on_book") && mt_token_is(&before[0], ":"))
        warn(walk, token->line, "on_book is not called yet: order books are not built", NULL);
}

void mt_lint_warn(const char *name, const char *text, size_t length, struct mt_buf *out)
{
    struct walk walk = { .name = name, .out = out };
    struct mt_token before[3] = { { 0 } };
    struct mt_lex lex;
    mt_lex_init(&lex, text, length);
    bool header = false;            /* between `function` and its parameter list */
    for (struct mt_token token = mt_lex_next(&lex); token.kind != MT_TOKEN_END; token = mt_lex_next(&lex)) {
        look(&walk, before, &token);
        if (mt_token_is(&token, "{") || mt_token_is(&token, "}"))
            walk.braces += token.text[0] == '{' ? 1 : -1;
        if (opens_block(&token))
            walk.depth++;
        else if (closes_block(&token))
            walk.depth--;
        header = mt_token_is(&token, "function") || (header && !mt_token_is(&token, "("));
        if (header && walk.tick_depth == 0 && is_tick_handler(&token))
            walk.tick_depth = walk.depth;
        if (walk.depth < walk.tick_depth)
            walk.tick_depth = 0;
        before[2] = before[1];
        before[1] = before[0];
        before[0] = token;
    }
}
