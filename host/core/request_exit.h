/* request_exit: what exit plans ask for, at the border: levels that no price can have, and protection that would become
 * less than it is. */
#ifndef MT_CORE_REQUEST_EXIT_H
#define MT_CORE_REQUEST_EXIT_H

#include "core/seat.h"

struct mt_exit mt_exit_merged(const struct mt_exit *old, const struct mt_exit *named);
/* Would `named` protect less than `old`? wanted: the side, where there is no position yet. */
bool mt_exit_loosens(struct mt_seat *s, uint16_t account, uint16_t symbol, const struct mt_exit *old,
                     const struct mt_exit *named, int wanted);
/* What exits lie around: the position, or where there is none (NULL) the price of the entry. extreme: the best price
 * so far, of a trail; none: as price. */
struct mt_exit_place { const struct mt_position *position; struct mt_price price, extreme; uint16_t symbol; bool up; };
/* BAD_EXIT where a level lies at no possible price; *field says whose. */
int32_t mt_exit_code(const struct mt_seat *s, const struct mt_exit_place *place, const struct mt_exit *exit,
                     const char **field);
/* Note a distance of more than half the price. */
void mt_exit_note(struct mt_seat *s, uint16_t symbol, const struct mt_exit *exit, struct mt_price price);

#endif
