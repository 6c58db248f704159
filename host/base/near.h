/* near: which of the known names a mistyped one stands for, so that a message can ask "did you mean". A guess is made
 * only where it is near: at most a third of the letters differ, or one name is the beginning of the other. No guess is
 * better than one that has nothing to do with what was typed. */
#ifndef MT_BASE_NEAR_H
#define MT_BASE_NEAR_H

#include <stddef.h>

struct mt_near {
    const char *typed;      /* borrowed; need not end with a zero */
    size_t length;
    const char *name;       /* the nearest so far, borrowed; NULL: none is near */
    size_t edits;           /* of it */
};

/* Begin with what was typed. */
static inline struct mt_near mt_near(const char *typed, size_t length)
{
    return (struct mt_near){ .typed = typed, .length = length };
}
/* Look at one name; of equally near ones the first stays. Letters are compared without their case. An edit inserts,
 * deletes or replaces a byte, or swaps two neighbours. Names above 64 bytes are near to nothing. */
void mt_near_look(struct mt_near *near, const char *name);

#endif
