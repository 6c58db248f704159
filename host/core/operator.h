/* operator: commands of a person, journaled before they act. The command itself is mt_engine_operator (engine.h). */
#ifndef MT_CORE_OPERATOR_H
#define MT_CORE_OPERATOR_H

#include "core/house.h"

/* account, symbol -1: all. by_operator: only his word closes what is killed, not what the script says for its end.
 * MT_EREFUSED: a halt stands in the way, the sentence says how often. */
int mt_operator_flatten(struct mt_engine *e, int account, int symbol, bool by_operator, struct mt_diag *diag);

#endif
