/* watch: orders whose answer does not come. SENT too long becomes UNKNOWN; UNKNOWN is asked for, never sent again;
 * what the venue has never heard of is LOST in the end. */
#ifndef MT_CORE_WATCH_H
#define MT_CORE_WATCH_H

#include "core/desk.h"

void mt_watch(struct mt_desk *d);                       /* once a second while something has no answer */
void mt_watch_reconcile(struct mt_desk *d);             /* resume: stale, unknown and unsent orders */
void mt_watch_again(struct mt_desk *d);                 /* resume with nothing in doubt */

#endif
