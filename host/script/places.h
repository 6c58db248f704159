/* places: where the keys of a table stand in its text, for messages: Lua forgets them. From the tokens alone: what is
 * computed has no place. */
#ifndef MT_SCRIPT_PLACES_H
#define MT_SCRIPT_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

enum { MT_PLACES_DEPTH = 16 };

/* The path "accounts.desk/01.live" or "accounts[2].name", as the constructors of the text say, the last key of it (path
 * + key), and which table it is in: the `{` that opened it, counted; 0: a global. */
struct mt_place { char *path; size_t key; unsigned table; int line; };
struct mt_places {
    struct mt_place *items;
    size_t count, capacity;
    int return_line;        /* 0: the file returns nothing, its globals count */
    bool functions;         /* inside of tables: their statements look like fields */
    bool failed;            /* no memory */
};

/* Into places that are all zero; they are to be freed, even when it failed. */
void mt_places_find(struct mt_places *places, const char *text, size_t length);
void mt_places_free(struct mt_places *places);
/* 0: unknown. Of several the first. */
int mt_places_line(const struct mt_places *places, const char *path);
/* MT_EREFUSED with both lines when a table has a key twice: Lua keeps the last and says nothing, and the first of two
 * `limits` would guard nothing. Nothing can be looked up afterwards. */
int mt_places_twice(struct mt_places *places, const char *name, struct mt_diag *diag) MT_CHECKED;

#endif
