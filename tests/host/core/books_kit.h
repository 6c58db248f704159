/* Books without an engine: two symbols, two accounts, ids 1 to 1024, and records folded into them one by one. */
#ifndef TESTS_BOOKS_KIT_H
#define TESTS_BOOKS_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/books_fold.h"

struct bare { struct mt_books books; struct mt_instrument instruments[2]; struct mt_account_setup accounts[2]; uint64_t seq; };

static inline struct mt_record bare_record(const struct bare *b, unsigned kind, const void *payload, size_t length)
{
    return (struct mt_record){ .seq = b->seq + 1, .kind = (uint16_t)kind, .length = (uint32_t)length, .payload = payload,
                               .time_ns = 1000 };
}
static inline void bare_fold(struct bare *b, unsigned kind, const void *payload, size_t length)
{
    struct mt_books_change change;
    struct mt_diag diag = { 0 };
    const struct mt_record record = bare_record(b, kind, payload, length);
    assert_int_equal(mt_books_fold(&b->books, &record, &change, &diag), 0);
    b->seq++;
}
static inline struct bare *bare_new(void)
{
    struct bare *b = calloc(1, sizeof *b);
    struct mt_diag diag = { 0 };
    for (int i = 0; i < 2; i++) {
        b->instruments[i] = (struct mt_instrument){ .symbol = { (char)('X' + i) }, .quote = "USD", .price_scale = 2,
            .qty_scale = 3, .tick = 1, .step = 1, .qty_min = 1, .contract_size = 1, .default_qty = 1000 };
        b->accounts[i] = (struct mt_account_setup){ .name = { (char)('a' + i) }, .currency = "USD", .cash = 1000000,
                                                    .leverage = 10 };
    }
    assert_int_equal(mt_books_init(&b->books, b->instruments, 2, b->accounts, 2, NULL, 0, &diag), 0);
    const struct mt_rec_coid_block block = { 1, 1025 };
    bare_fold(b, MT_REC_COID_BLOCK, &block, sizeof block);
    return b;
}
static inline void bare_free(struct bare *b)
{
    mt_books_fini(&b->books);
    free(b);
}
static inline struct mt_rec_intent bare_intent(uint64_t coid)
{
    return (struct mt_rec_intent){ .coid = coid, .terms.qty = 1000, .terms.side = 1, .terms.role = MT_ROLE_ENTRY,
                                   .risk_price = 10000 };
}

#endif
