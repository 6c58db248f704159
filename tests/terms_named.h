/* terms_named: tests write terms with prices as plain numbers, where 0 is none; the flags follow from that. */
#ifndef MT_TESTS_TERMS_NAMED_H
#define MT_TESTS_TERMS_NAMED_H

#include "model/order.h"

static inline struct mt_terms terms_named(struct mt_terms terms)
{
    mt_terms_set_flag(&terms, MT_TERMS_PRICE, terms.price != 0);
    mt_terms_set_flag(&terms, MT_TERMS_STOP, terms.stop != 0);
    return terms;
}

#endif
