/* books_hash: the canonical bytes of everything that is folded, and their hash: what a checkpoint holds and a replay
 * must meet (I10). A field that is folded and missing here would hide a difference, so new ones are added in both
 * places. */
#ifndef MT_CORE_BOOKS_HASH_H
#define MT_CORE_BOOKS_HASH_H

#include "core/books.h"

uint64_t mt_books_hash(struct mt_books *b);

#endif
