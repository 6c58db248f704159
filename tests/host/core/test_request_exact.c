/* The border where doubles become exact numbers: every field of a request, within its range and out of it. */
#include "engine_world.h"

static struct mt_request limit_at(struct mt_request request, double limit)
{
    request.has_limit = true;
    request.limit = limit;
    return request;
}
static void every_field_out_of_its_range(void **state)
{
    enum { STOP, AFTER, PART, SIZE, STRENGTH, TIME, TTL, LIMIT, KEEP, QTY };
    static const struct { int field; double value; int code;
    } cases[] = {
        { STOP, 0.001, MT_CODE_FIELD_INVALID },
        { STOP, 0, MT_CODE_FIELD_INVALID },
        { STOP, -1, MT_CODE_FIELD_INVALID },
        { STOP, NAN, MT_CODE_FIELD_INVALID },
        { STOP, INFINITY, MT_CODE_FIELD_INVALID },
        { STOP, 1e17, MT_CODE_CALC_OVERFLOW },
        { STOP, 0.01, 0 },
        { STOP, 1.239, 0 },
        { AFTER, -1, MT_CODE_FIELD_INVALID },
        { AFTER, NAN, MT_CODE_FIELD_INVALID },
        { AFTER, 1e17, MT_CODE_CALC_OVERFLOW },
        { AFTER, 2, 0 },
        { PART, 1.5, MT_CODE_FIELD_INVALID },
        { PART, -0.5, MT_CODE_FIELD_INVALID },
        { PART, NAN, MT_CODE_FIELD_INVALID },
        { PART, 1e-10, MT_CODE_FIELD_INVALID },
        { PART, 1, 0 },
        { PART, 0, 0 },
        { SIZE, 0, MT_CODE_FIELD_INVALID },
        { SIZE, 1e-12, MT_CODE_FIELD_INVALID },
        { SIZE, 1e7, MT_CODE_FIELD_INVALID },
        { SIZE, NAN, MT_CODE_FIELD_INVALID },
        { SIZE, -0.0, MT_CODE_FIELD_INVALID },
        { STRENGTH, 1.0001, MT_CODE_FIELD_INVALID },
        { STRENGTH, 0, MT_CODE_FIELD_INVALID },
        { STRENGTH, NAN, MT_CODE_FIELD_INVALID },
        { TIME, NAN, MT_CODE_FIELD_INVALID },
        { TIME, 2e9, MT_CODE_FIELD_INVALID },
        { TIME, INFINITY, MT_CODE_FIELD_INVALID },
        { TIME, 1e-12, MT_CODE_FIELD_INVALID },
        { TIME, 60, 0 },
        { TIME, -1, 0 },
        { TTL, NAN, MT_CODE_FIELD_INVALID },
        { TTL, -1, MT_CODE_FIELD_INVALID },
        { TTL, 2e9, MT_CODE_FIELD_INVALID },
        { TTL, 3, 0 },
        { LIMIT, 99.005, MT_CODE_PRICE_STEP },
        { LIMIT, 0, MT_CODE_FIELD_INVALID },
        { LIMIT, -5, MT_CODE_FIELD_INVALID },
        { LIMIT, NAN, MT_CODE_FIELD_INVALID },
        { LIMIT, 1e17, MT_CODE_CALC_OVERFLOW },
        { LIMIT, 99, 0 },
        { KEEP, 1.5, MT_CODE_FIELD_INVALID },
        { KEEP, -1, MT_CODE_FIELD_INVALID },
        { KEEP, NAN, MT_CODE_FIELD_INVALID },
        { KEEP, 0, 0 },
        { KEEP, 1, 0 },
        { QTY, 0.0005, MT_CODE_QTY_STEP },
        { QTY, 1e17, MT_CODE_CALC_OVERFLOW },
        { QTY, NAN, MT_CODE_FIELD_INVALID },
        { QTY, -1, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request request = cases[i].field == QTY ? world_target(cases[i].value) : world_request(1);
        world_start(w);
        if (cases[i].field == KEEP) {
            world_enter(w, world_request(1));
            request.side = 0;
            request.has_keep = true;
        }
        switch (cases[i].field) {
        case STOP: request.stop = world_away(cases[i].value); break;
        case AFTER: request.trail = world_away(1); request.trail.after = cases[i].value; break;
        case PART:
            request.take_count = 1;
            request.takes[0] = world_away(1);
            request.takes[0].part = cases[i].value;
            break;
        case SIZE: request.size = cases[i].value; break;
        case STRENGTH: request.strength = cases[i].value; break;
        case TIME: request.time = cases[i].value; break;
        case TTL: request.ttl = cases[i].value; break;
        case LIMIT: request = limit_at(request, cases[i].value); break;
        case KEEP: request.keep = cases[i].value; break;
        default: break;
        }
        size_t from = w->sent_count;
        double answer = world_ask_now(w, request);
        if (cases[i].code ? answer != -cases[i].code : answer <= 0)
            fail_msg("case %zu (%g): %g", i, cases[i].value, answer);
        if (cases[i].code)
            assert_int_equal(w->sent_count, from);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_out_of_its_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
