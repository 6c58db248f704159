/* lex: the tokens of a Lua text, for what must be known before a script runs: powers, 64-bit
 * literals, lint, and where the keys of a configuration stand. It does not judge syntax; the
 * compiler does. */
#ifndef MT_SCRIPT_LEX_H
#define MT_SCRIPT_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum mt_token_kind { MT_TOKEN_END, MT_TOKEN_NAME, MT_TOKEN_NUMBER, MT_TOKEN_STRING, MT_TOKEN_SYMBOL };

struct mt_token { enum mt_token_kind kind; int line; const char *text; size_t length; };    /* points into the source */
struct mt_lex { const char *at, *end; int line; };

void mt_lex_init(struct mt_lex *lex, const char *text, size_t length);
/* Comments and blanks are skipped. Symbols are one character, except ".." "..." "==" "~=" "<=" ">="
 * "::". Strings come with their quotes. */
struct mt_token mt_lex_next(struct mt_lex *lex);
bool mt_token_is(const struct mt_token *token, const char *text);

#endif
