/* One bar and the exits of an entry: what it makes certain happens in it, what it leaves open goes against the account.
 * Every scene is played for a long and, mirrored, for a short; the right values are worked out by hand. */
#include "exit_bed.h"

enum { BARS = 3, FILLS = 4 };

struct scene {
    const char *what;
    struct exit_plan plan;
    struct exit_bar bars[BARS];
    struct exit_fill fills[FILLS];      /* coid 0: there is no more */
};

static void play(const struct scene *scene, size_t row, int side)
{
    static struct bed bed;
    int64_t held = 0;
    int bars = 0;
    bed_init(&bed);
    exit_begin(&bed);
    while (bars < BARS && scene->bars[bars].open) {
        exit_bar_add(&bed, side, bars + 1, scene->bars[bars]);
        bars++;
    }
    bed_start(&bed);
    assert_int_equal(bed_run(&bed, NS_BAR), 2);
    exit_send(&bed, side, &scene->plan, ENTRY, 0);
    assert_int_equal(bed_run(&bed, INT64_MAX), 0);
    for (int i = 0; i < FILLS && scene->fills[i].coid; i++) {
        bed_expect_exit(&bed, side, scene->fills[i], __LINE__, row);
        held += scene->fills[i].coid == ENTRY ? scene->fills[i].qty : -scene->fills[i].qty;
    }
    bed_expect_no_exit(&bed, __LINE__, row, side);
    if (mt_sim_position_of(bed.sim, 0, 0)->qty != held * side)
        fail_msg("%s, side %d: position %d", scene->what, side, (int)mt_sim_position_of(bed.sim, 0, 0)->qty);
    bed_stop(&bed);
}

static void play_all(const struct scene *scenes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (int side = -1; side <= 1; side += 2)
            play(&scenes[i], i, side);
}

#define PLAY(scenes) play_all(scenes, sizeof scenes / sizeof *scenes)
#define AT_OPEN { ENTRY, 10000, 1000, 1, .maker = false }
#define INSIDE { ENTRY, 9900, 1000, 1, .maker = true }
#define QUIET { 10000, 10000, 10000, 10000 }

/* Low and high come after the open: stop 95.00, take 105.00. */
static void an_entry_at_the_open(void **state)
{
    static const struct exit_plan both = { .stop = 500, .take = 500 };
    static const struct scene scenes[] = {
        { "stop touched", { .stop = 500 }, { { 10000, 10100, 9500, 10000 } }, { AT_OPEN, { STOP, 9500, 1000, .bar = 1 } } },
        { "stop passed", { .stop = 500 }, { { 10000, 10100, 9000, 9990 } }, { AT_OPEN, { STOP, 9500, 1000, .bar = 1 } } },
        { "a tick short", both, { { 10000, 10499, 9501, 10000 } }, { AT_OPEN } },
        { "take touched", both, { { 10000, 10500, 9501, 10000 } }, { AT_OPEN } },
        { "take passed", both, { { 10000, 10501, 9501, 10000 } }, { AT_OPEN, { TAKE, 10500, 1000, 1, .maker = true } } },
        { "take at the close", both, { { 10000, 10600, 9501, 10600 } },
          { AT_OPEN, { TAKE, 10500, 1000, 1, .maker = true } } },
        { "both", both, { { 10000, 10501, 9500, 10501 } }, { AT_OPEN, { STOP, 9500, 1000, 1, .assumed = true } } },
        { "stop and a touched take", both, { { 10000, 10500, 9500, 10400 } }, { AT_OPEN, { STOP, 9500, 1000, .bar = 1 } } },
        { "the bar after", both, { QUIET, { 10000, 10501, 9500, 10000 } },
          { AT_OPEN, { STOP, 9500, 1000, 2, .assumed = true } } },
        { "gap through the stop", both, { QUIET, { 9400, 10600, 9300, 9400 } }, { AT_OPEN, { STOP, 9400, 1000, .bar = 2 } } },
        { "open on the stop", both, { QUIET, { 9500, 9600, 9400, 9400 } }, { AT_OPEN, { STOP, 9500, 1000, .bar = 2 } } },
        { "gap through the take", both, { QUIET, { 10600, 10600, 9000, 9400 } }, { AT_OPEN, { TAKE, 10600, 1000, .bar = 2 } } },
        { "open on the take", both, { QUIET, { 10500, 10500, 9000, 9400 } }, { AT_OPEN, { TAKE, 10500, 1000, .bar = 2 } } },
    };
    (void)state;
    PLAY(scenes);
}

/* A limit at 99.00 with a stop at 96.00 and a take at 101.00: the stop lies farther along the way, the take behind. */
static void an_entry_inside_the_bar(void **state)
{
    static const struct exit_plan both = { .limit = 9900, .stop = 300, .take = 200 };
    static const struct scene scenes[] = {
        { "only touched", both, { { 10000, 10400, 9900, 10300 } }, { { 0 } } },
        { "filled", both, { { 10000, 10500, 9899, 10000 } }, { INSIDE } },
        { "stop touched", both, { { 10000, 10500, 9600, 10000 } }, { INSIDE, { STOP, 9600, 1000, .bar = 1 } } },
        { "stop a tick short", both, { { 10000, 10500, 9601, 9700 } }, { INSIDE } },
        { "stop passed and back at the entry", both, { { 10000, 10500, 9000, 9950 } }, { INSIDE, { STOP, 9600, 1000, .bar = 1 } } },
        { "the high may have been before", both, { { 10000, 10500, 9800, 10050 } }, { INSIDE } },
        { "close on the take", both, { { 10000, 10500, 9800, 10100 } }, { INSIDE } },
        { "close beyond the take", both, { { 10000, 10101, 9800, 10101 } },
          { INSIDE, { TAKE, 10100, 1000, 1, .maker = true } } },
        { "stop reached, close beyond the take", both, { { 10000, 10200, 9600, 10101 } },
          { INSIDE, { STOP, 9600, 1000, 1, .assumed = true } } },
        { "the next bar is whole", both, { { 10000, 10500, 9800, 10000 }, { 10000, 10101, 9601, 9700 } },
          { INSIDE, { TAKE, 10100, 1000, 2, .maker = true } } },
        { "the next bar is whole, both", both, { { 10000, 10500, 9800, 10000 }, { 10000, 10101, 9600, 9700 } },
          { INSIDE, { STOP, 9600, 1000, 2, .assumed = true } } },
        /* The open is beyond the limit: an entry at the open, from 98.50 on. */
        { "at the open, stop", both, { { 9850, 10000, 9550, 9900 } },
          { { ENTRY, 9850, 1000, .bar = 1 }, { STOP, 9550, 1000, .bar = 1 } } },
        { "at the open, take", both, { { 9850, 10051, 9551, 9900 } },
          { { ENTRY, 9850, 1000, .bar = 1 }, { TAKE, 10050, 1000, 1, .maker = true } } },
        { "filled one bar later", both, { QUIET, { 10000, 10300, 9600, 10200 } },
          { { ENTRY, 9900, 1000, 2, .maker = true }, { STOP, 9600, 1000, 2, .assumed = true } } },
    };
    (void)state;
    PLAY(scenes);
}

/* Two takes: 103.00 for 0.4 and 105.00 for 0.6, a stop at 95.00 for what is left. */
static void takes_in_parts(void **state)
{
    static const struct exit_plan parts = { .stop = 500, .take = 300, .second = 500, .take_qty = 400 };
    static const struct exit_plan inside = { .limit = 9900, .stop = 300, .take = 200, .second = 400, .take_qty = 400 };
    static const struct scene scenes[] = {
        { "the first", parts, { { 10000, 10301, 9600, 10000 }, { 10000, 10300, 9500, 9500 } },
          { AT_OPEN, { TAKE, 10300, 400, 1, .maker = true }, { STOP, 9500, 600, .bar = 2 } } },
        { "the first, then both in one bar", parts, { { 10000, 10301, 9600, 10000 }, { 10000, 10501, 9500, 9500 } },
          { AT_OPEN, { TAKE, 10300, 400, 1, .maker = true }, { STOP, 9500, 600, 2, .assumed = true } } },
        { "both", parts, { { 10000, 10501, 9501, 10000 } },
          { AT_OPEN, { TAKE, 10300, 400, 1, .maker = true }, { SECOND, 10500, 600, 1, .maker = true } } },
        { "one of them and the stop", parts, { { 10000, 10301, 9500, 10000 } },
          { AT_OPEN, { STOP, 9500, 1000, 1, .assumed = true } } },
        { "gap between them", parts, { QUIET, { 10400, 10400, 10400, 10400 }, { 10400, 10400, 9400, 9400 } },
          { AT_OPEN, { TAKE, 10400, 400, .bar = 2 }, { STOP, 9500, 600, .bar = 3 } } },
        { "inside, close beyond the first", inside, { { 10000, 10400, 9800, 10200 }, { 10200, 10301, 9601, 10000 } },
          { INSIDE, { TAKE, 10100, 400, 1, .maker = true }, { SECOND, 10300, 600, 2, .maker = true } } },
    };
    (void)state;
    PLAY(scenes);
}

/* A trail of 3.00 begins at 97.00. */
static void a_trail_of_an_entry_at_the_open(void **state)
{
    static const struct exit_plan trail = { .trail = 300 };
    static const struct scene scenes[] = {
        { "where it began", trail, { { 10000, 10000, 9700, 9900 } }, { AT_OPEN, { STOP, 9700, 1000, 1, .trailed = true } } },
        { "where it began, not where the high moves it", trail, { { 10000, 10900, 9700, 9900 } },
          { AT_OPEN, { STOP, 9700, 1000, 1, .trailed = true } } },
        { "a tick short", trail, { { 10000, 10000, 9701, 9701 } }, { AT_OPEN } },
        { "the close has passed it", trail, { { 10000, 10500, 9990, 10100 } },
          { AT_OPEN, { STOP, 10200, 1000, 1, .trailed = true } } },
        { "the close is on it", trail, { { 10000, 10500, 9990, 10200 } },
          { AT_OPEN, { STOP, 10200, 1000, 1, .trailed = true } } },
        { "only the low has passed it", trail, { { 10000, 10500, 9990, 10201 } },
          { AT_OPEN, { STOP, 10200, 1000, 1, .trailed = true, .assumed = true } } },
        { "the low is on it", trail, { { 10000, 10100, 9800, 10100 } },
          { AT_OPEN, { STOP, 9800, 1000, 1, .trailed = true, .assumed = true } } },
        { "the low is a tick above it", trail, { { 10000, 10100, 9801, 10100 } }, { AT_OPEN } },
        { "one tick", { .trail = 1 }, { { 10000, 10100, 10000, 10100 } },
          { AT_OPEN, { STOP, 10099, 1000, 1, .trailed = true, .assumed = true } } },
    };
    (void)state;
    PLAY(scenes);
}

static void a_trail_over_several_bars(void **state)
{
    static const struct exit_plan trail = { .trail = 300 }, with_stop = { .trail = 300, .stop = 200 };
    static const struct exit_plan wide = { .trail = 300, .stop = 500 };
    static const struct scene scenes[] = {
        /* 98.00 after the first, 102.00 after the second */
        { "gap through it", trail, { { 10000, 10100, 9900, 10100 }, { 10250, 10500, 10250, 10400 },
                                     { 10150, 10150, 10100, 10100 } },
          { AT_OPEN, { STOP, 10150, 1000, 3, .trailed = true } } },
        { "reached later", trail, { { 10000, 10100, 9900, 10100 }, { 10250, 10500, 10250, 10400 },
                                    { 10400, 10400, 10200, 10300 } },
          { AT_OPEN, { STOP, 10200, 1000, 3, .trailed = true } } },
        { "the level before the bar first", trail, { { 10000, 10100, 9900, 10100 }, { 10100, 10900, 9800, 10000 } },
          { AT_OPEN, { STOP, 9800, 1000, 2, .trailed = true } } },
        { "it never goes back", trail, { QUIET, { 10250, 10500, 10210, 10400 }, { 10300, 10310, 10200, 10250 } },
          { AT_OPEN, { STOP, 10200, 1000, 3, .trailed = true } } },
        { "the stop is tighter at first", with_stop, { { 10000, 10100, 9801, 10050 }, { 10050, 10200, 9950, 10100 },
                                                       { 10100, 10100, 9900, 9950 } },
          { AT_OPEN, { STOP, 9900, 1000, 3, .trailed = true } } },
        { "the tighter stop is reached", with_stop, { { 10000, 10100, 9800, 10050 } }, { AT_OPEN, { STOP, 9800, 1000, .bar = 1 } } },
        { "the trail is tighter than the stop", wide, { { 10000, 10000, 9400, 9400 } },
          { AT_OPEN, { STOP, 9700, 1000, 1, .trailed = true } } },
    };
    (void)state;
    PLAY(scenes);
}

/* `after` 4.00 with a trail of 3.00: the first level is 101.00, when 104.00 has been seen. */
static void a_trail_that_waits(void **state)
{
    static const struct exit_plan waits = { .trail = 300, .after = 400 }, guarded = { .stop = 500, .trail = 300, .after = 400 };
    static const struct scene scenes[] = {
        { "a tick short", waits, { { 10000, 10399, 9000, 9500 }, { 9500, 9500, 8000, 9500 } }, { AT_OPEN } },
        { "reached in the second bar", waits, { { 10000, 10399, 9000, 9500 }, { 9500, 10400, 9500, 10300 } },
          { AT_OPEN, { STOP, 10100, 1000, 2, .trailed = true, .assumed = true } } },
        { "reached, and the close has passed it", waits, { { 10000, 10400, 9000, 10100 } },
          { AT_OPEN, { STOP, 10100, 1000, 1, .trailed = true } } },
        { "reached once is reached", waits, { QUIET, { 10200, 10400, 10150, 10300 }, { 10300, 10300, 10000, 10050 } },
          { AT_OPEN, { STOP, 10100, 1000, 3, .trailed = true } } },
        { "the stop until then", guarded, { { 10000, 10399, 9500, 9500 } }, { AT_OPEN, { STOP, 9500, 1000, .bar = 1 } } },
        { "the stop first", guarded, { { 10000, 10600, 9500, 9500 } }, { AT_OPEN, { STOP, 9500, 1000, .bar = 1 } } },
    };
    (void)state;
    PLAY(scenes);
}

/* The trail of an entry inside the bar: a limit at 99.00, from 96.00 on. */
static void a_trail_of_an_entry_inside_the_bar(void **state)
{
    static const struct exit_plan trail = { .limit = 9900, .trail = 300 };
    static const struct exit_plan waits = { .limit = 9900, .trail = 300, .after = 150 };
    static const struct exit_plan tick = { .limit = 9900, .trail = 1, .after = 150 };
    static const struct scene scenes[] = {
        { "the close moves it", trail, { { 10000, 10400, 9800, 10100 }, { 10100, 10100, 9800, 10000 } },
          { INSIDE, { STOP, 9800, 1000, 2, .trailed = true } } },
        { "a tick above where the close moved it", trail, { { 10000, 10400, 9800, 10100 }, { 10100, 10100, 9801, 10000 } },
          { INSIDE } },
        { "where it began", trail, { { 10000, 10400, 9600, 10100 } }, { INSIDE, { STOP, 9600, 1000, 1, .trailed = true } } },
        { "the entry is better than the close", trail, { { 10000, 10400, 9700, 9750 }, { 9750, 9800, 9601, 9700 },
                                                        { 9700, 9700, 9600, 9700 } },
          { INSIDE, { STOP, 9600, 1000, 3, .trailed = true } } },
        { "only the close counts for `after`", waits, { { 10000, 10400, 9700, 10049 }, { 10049, 10049, 9000, 9500 } },
          { INSIDE } },
        { "the close has come far enough", waits, { { 10000, 10400, 9800, 10050 }, { 10050, 10050, 9750, 10000 } },
          { INSIDE, { STOP, 9750, 1000, 2, .trailed = true } } },
        { "one tick below the close", tick, { { 10000, 10400, 9800, 10100 }, { 10100, 10100, 10099, 10100 } },
          { INSIDE, { STOP, 10099, 1000, 2, .trailed = true } } },
        { "the high of the next bar counts", waits, { { 10000, 10400, 9700, 10049 }, { 10049, 10050, 9750, 10000 } },
          { INSIDE, { STOP, 9750, 1000, 2, .trailed = true, .assumed = true } } },
    };
    (void)state;
    PLAY(scenes);
}

/* High 106.00 moves a trail of 3.00 to 103.00. */
static void a_trail_and_takes(void **state)
{
    static const struct exit_plan near_take = { .trail = 300, .take = 200 }, on_it = { .trail = 300, .take = 300 };
    static const struct exit_plan far_take = { .trail = 300, .take = 500 }, top = { .trail = 300, .take = 600 };
    static const struct exit_plan parts = { .trail = 300, .take = 200, .take_qty = 400 };
    static const struct scene scenes[] = {
        { "nearer: passed on the way", near_take, { { 10000, 10600, 10000, 10100 } },
          { AT_OPEN, { TAKE, 10200, 1000, 1, .maker = true } } },
        { "on the level", on_it, { { 10000, 10600, 10000, 10100 } }, { AT_OPEN, { TAKE, 10300, 1000, 1, .maker = true } } },
        /* it may have turned at 103.00 on the way to the take */
        { "farther", far_take, { { 10000, 10600, 10000, 10100 } },
          { AT_OPEN, { STOP, 10300, 1000, 1, .trailed = true, .assumed = true } } },
        { "not passed", top, { { 10000, 10600, 10000, 10100 } }, { AT_OPEN, { STOP, 10300, 1000, 1, .trailed = true } } },
        { "a part on the way, the rest at the trail", parts, { { 10000, 10600, 10000, 10100 } },
          { AT_OPEN, { TAKE, 10200, 400, 1, .maker = true }, { STOP, 10300, 600, 1, .trailed = true } } },
        { "the level before the bar, and a take", near_take, { { 10000, 10600, 9700, 10100 } },
          { AT_OPEN, { STOP, 9700, 1000, 1, .trailed = true, .assumed = true } } },
    };
    (void)state;
    PLAY(scenes);
}

/* A stop at a price that the fill has passed already closes at once, and never better than the fill was. */
static void prices_that_the_fill_has_passed(void **state)
{
    static const struct scene scenes[] = {
        { "stop above an entry at the open", { .stop_at = 10050 }, { { 10000, 10100, 9900, 10100 } },
          { AT_OPEN, { STOP, 10000, 1000, .bar = 1 } } },
        { "stop above an entry inside", { .limit = 9900, .stop_at = 9950 }, { { 10000, 10100, 9800, 10050 } },
          { INSIDE, { STOP, 9900, 1000, .bar = 1 } } },
        { "stop at the entry inside", { .limit = 9900, .stop_at = 9900 }, { { 10000, 10100, 9800, 10050 } },
          { INSIDE, { STOP, 9900, 1000, .bar = 1 } } },
        { "a take that the open has reached", { .take_at = 9950 }, { { 10000, 10000, 9960, 9980 } },
          { AT_OPEN, { TAKE, 10000, 1000, .bar = 1 } } },
        { "a price that waits", { .stop_at = 9500, .take_at = 10500 }, { QUIET, { 10000, 10000, 9500, 9600 } },
          { AT_OPEN, { STOP, 9500, 1000, .bar = 2 } } },
    };
    (void)state;
    PLAY(scenes);
}

static struct bed bed;

static int setup(void **state)
{
    (void)state;
    bed_init(&bed);
    exit_begin(&bed);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bed_stop(&bed);
    return 0;
}

/* Two accounts with one symbol: each has its own exits, and the take of one does not make the stop of the other a
 * guess. */
static void two_accounts_in_one_bar(void **state)
{
    const struct exit_plan stop = { .stop = 500 }, take = { .take = 500 };
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        exit_bar_add(&bed, side, 1, (struct exit_bar){ 10000, 10501, 9500, 10000 });
        bed_start(&bed);
        (void)bed_run(&bed, NS_BAR);
        exit_send(&bed, side, &stop, 1, 0);
        exit_send(&bed, side, &take, 11, 1);
        (void)bed_run(&bed, INT64_MAX);
        expect_exit(&bed, side, ((struct exit_fill){ 1, 10000, 1000, .bar = 1 }));
        expect_exit(&bed, side, ((struct exit_fill){ 11, 10000, 1000, .bar = 1 }));
        expect_exit(&bed, side, ((struct exit_fill){ 2, 9500, 1000, .bar = 1 }));
        expect_exit(&bed, side, ((struct exit_fill){ 13, 10500, 1000, 1, .maker = true }));
        assert_int_equal(mt_sim_position_of(bed.sim, 0, 0)->qty, 0);
        assert_int_equal(mt_sim_position_of(bed.sim, 1, 0)->qty, 0);
        bed_stop(&bed);
        setup(NULL);
    }
}

/* Two accounts that trail in one bar: the fill of one does not hide the other. */
static void two_trails_in_one_bar(void **state)
{
    const struct exit_plan trail = { .trail = 300 };
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        exit_bar_add(&bed, side, 1, (struct exit_bar){ 10000, 10500, 9990, 10100 });
        bed_start(&bed);
        (void)bed_run(&bed, NS_BAR);
        exit_send(&bed, side, &trail, 1, 0);
        exit_send(&bed, side, &trail, 11, 1);
        (void)bed_run(&bed, INT64_MAX);
        expect_exit(&bed, side, ((struct exit_fill){ 1, 10000, 1000, .bar = 1 }));
        expect_exit(&bed, side, ((struct exit_fill){ 11, 10000, 1000, .bar = 1 }));
        expect_exit(&bed, side, ((struct exit_fill){ 2, 10200, 1000, 1, .trailed = true }));
        expect_exit(&bed, side, ((struct exit_fill){ 12, 10200, 1000, 1, .trailed = true }));
        bed_stop(&bed);
        setup(NULL);
    }
}

/* One step of a position is trailed as well. */
static void one_step_is_trailed(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        exit_bar_add(&bed, side, 1, (struct exit_bar){ 10000, 10500, 9990, 10100 });
        bed_start(&bed);
        (void)bed_run(&bed, NS_BAR);
        struct mt_order_request stop = exit_child(2, 1, side, MT_TYPE_STOP, 1);
        stop.follow.trail = 300;
        assert_int_equal(bed_submit(&bed, bed_request(1, side, MT_TYPE_MARKET, 0, 1)), MT_SEND_OUT);
        assert_int_equal(bed_submit(&bed, stop), MT_SEND_OUT);
        (void)bed_run(&bed, INT64_MAX);
        expect_exit(&bed, side, ((struct exit_fill){ 1, 10000, 1, .bar = 1 }));
        expect_exit(&bed, side, ((struct exit_fill){ 2, 10200, 1, 1, .trailed = true }));
        bed_stop(&bed);
        setup(NULL);
    }
}

/* A trail moves where there is a position to guard, and from the first bar on that opens after it came. */
static void a_trail_without_a_position_or_too_late_for_the_bar_does_not_move(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        int side = i & 1 ? -1 : 1;
        bool late = i & 2;
        exit_bar_add(&bed, side, 1, (struct exit_bar)QUIET);
        exit_bar_add(&bed, side, 2, (struct exit_bar){ 10000, 10500, 9990, 10100 });
        exit_bar_add(&bed, side, 3, (struct exit_bar)QUIET);
        bed_start(&bed);
        (void)bed_run(&bed, NS_BAR);
        if (late)
            assert_int_equal(bed_submit(&bed, bed_request(1, side, MT_TYPE_MARKET, 0, 1000)), MT_SEND_OUT);
        (void)bed_run(&bed, 2 * NS_BAR + 5);
        struct mt_order_request stop = bed_request(2, -side, MT_TYPE_STOP, mirror(side, 9700), 1000);
        stop.follow.trail = 300;
        bed.now_ns = 2 * NS_BAR + (late ? 5 : 0);
        assert_int_equal(bed_submit(&bed, stop), MT_SEND_OUT);
        (void)bed_run(&bed, INT64_MAX);
        if (late)
            expect_exit(&bed, side, ((struct exit_fill){ 1, 10000, 1000, .bar = 1 }));
        bed_expect_no_exit(&bed, __LINE__, 0, side);
        bed_stop(&bed);
        setup(NULL);
    }
}

/* All or nothing: a stop that goes off, at the open or inside the bar, for more than there is to reduce ends there. */
static void a_stop_of_all_or_nothing_ends_when_it_goes_off(void **state)
{
    static const struct exit_bar bars[] = { { 9400, 9600, 9300, 9600 }, { 10000, 10000, 9500, 9600 } };
    (void)state;
    for (int i = 0; i < 4; i++) {
        int side = i & 1 ? -1 : 1;
        exit_bar_add(&bed, side, 1, (struct exit_bar)QUIET);
        exit_bar_add(&bed, side, 2, bars[i / 2]);
        exit_bar_add(&bed, side, 3, (struct exit_bar)QUIET);
        bed_start(&bed);
        (void)bed_run(&bed, NS_BAR);
        assert_int_equal(bed_submit(&bed, bed_request(1, side, MT_TYPE_MARKET, 0, 400)), MT_SEND_OUT);
        (void)bed_run(&bed, 2 * NS_BAR);
        struct mt_order_request stop = bed_request(2, -side, MT_TYPE_STOP, mirror(side, 9500), 1000);
        mt_terms_set_flag(&stop.terms, MT_TERMS_REDUCE_ONLY, true);
        stop.terms.tif = MT_TIF_FOK;
        bed.now_ns = 2 * NS_BAR;
        assert_int_equal(bed_submit(&bed, stop), MT_SEND_OUT);
        (void)bed_run(&bed, 3 * NS_BAR);
        expect_exit(&bed, side, ((struct exit_fill){ 1, 10000, 400, .bar = 1 }));
        expect_report(&bed, 2, MT_ORDER_ACK);
        expect_end(&bed, 2, MT_ORDER_CXL, MT_CODE_NO_LIQUIDITY);
        (void)bed_run(&bed, INT64_MAX);
        bed_expect_no_exit(&bed, __LINE__, 0, side);
        bed_stop(&bed);
        setup(NULL);
    }
}

/* Opposite entries of two accounts at one limit each, trails of both: the mirror image of each other in one list. */
static void a_long_and_a_short_of_two_accounts(void **state)
{
    const struct exit_plan trail = { .trail = 300 };
    (void)state;
    /* long from 100.00: 97.00, then 102.00 by the high, passed by the close; short: 103.00 was reached on the way up */
    exit_bar_add(&bed, 1, 1, (struct exit_bar){ 10000, 10500, 9990, 10100 });
    bed_start(&bed);
    (void)bed_run(&bed, NS_BAR);
    exit_send(&bed, -1, &trail, 1, 0);
    exit_send(&bed, 1, &trail, 11, 1);
    (void)bed_run(&bed, INT64_MAX);
    expect_exit(&bed, 1, ((struct exit_fill){ 1, 10000, 1000, .bar = 1 }));
    expect_exit(&bed, 1, ((struct exit_fill){ 11, 10000, 1000, .bar = 1 }));
    expect_exit(&bed, 1, ((struct exit_fill){ 2, 10300, 1000, 1, .trailed = true }));
    expect_exit(&bed, 1, ((struct exit_fill){ 12, 10200, 1000, 1, .trailed = true }));
    bed_expect_no_exit(&bed, __LINE__, 0, 1);
}

/* A take that came after the bar had opened is not for this bar: it could not have filled first. */
static void a_take_that_came_late_makes_no_stop_a_guess(void **state)
{
    const struct exit_plan plan = { .stop = 500 };
    (void)state;
    exit_bar_add(&bed, 1, 1, (struct exit_bar){ 10000, 10000, 10000, 10000 });
    exit_bar_add(&bed, 1, 2, (struct exit_bar){ 10000, 10501, 9500, 10000 });
    bed_start(&bed);
    (void)bed_run(&bed, NS_BAR);
    exit_send(&bed, 1, &plan, 1, 0);
    (void)bed_run(&bed, 2 * NS_BAR + 5);
    struct mt_order_request take = bed_request(9, -1, MT_TYPE_LIMIT, 10500, 1000);
    mt_terms_set_flag(&take.terms, MT_TERMS_REDUCE_ONLY, true);
    bed.now_ns = 2 * NS_BAR + 5;
    assert_int_equal(bed_submit(&bed, take), MT_SEND_OUT);
    (void)bed_run(&bed, INT64_MAX);
    expect_exit(&bed, 1, ((struct exit_fill){ 1, 10000, 1000, .bar = 1 }));
    expect_exit(&bed, 1, ((struct exit_fill){ 2, 9500, 1000, .bar = 2 }));
}

/* Fills at an open happened there, those inside are known at the close. */
static void when_it_happened(void **state)
{
    const struct exit_plan plan = { .stop = 500 };
    (void)state;
    exit_bar_add(&bed, 1, 1, (struct exit_bar){ 10000, 10000, 9500, 9500 });
    bed_start(&bed);
    (void)bed_run(&bed, NS_BAR);
    exit_send(&bed, 1, &plan, 1, 0);
    (void)bed_run(&bed, INT64_MAX);
    expect_report(&bed, 1, MT_ORDER_ACK);
    expect_report(&bed, 2, MT_ORDER_ACK);
    assert_int_equal(expect_fill(&bed, 1, 10000, 1000, true, false)->venue_ns, NS_BAR);
    assert_int_equal(expect_fill(&bed, 2, 9500, 1000, true, false)->venue_ns, 2 * NS_BAR);
    expect_silence(&bed);
}

/* A bar whose high and low do not enclose its open and close is not traded on, and its exits wait. */
static void a_bar_that_makes_no_sense(void **state)
{
    const struct exit_plan plan = { .stop = 500 };
    (void)state;
    exit_bar_add(&bed, 1, 1, (struct exit_bar){ 10000, 10000, 10000, 10000 });
    exit_bar_add(&bed, 1, 2, (struct exit_bar){ 10000, 9000, 8000, 9500 });
    exit_bar_add(&bed, 1, 3, (struct exit_bar){ 10000, 10000, 9400, 9500 });
    bed_start(&bed);
    (void)bed_run(&bed, NS_BAR);
    exit_send(&bed, 1, &plan, 1, 0);
    (void)bed_run(&bed, INT64_MAX);
    expect_exit(&bed, 1, ((struct exit_fill){ 1, 10000, 1000, .bar = 1 }));
    expect_exit(&bed, 1, ((struct exit_fill){ 2, 9500, 1000, .bar = 3 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_at_the_open),
        cmocka_unit_test(an_entry_inside_the_bar),
        cmocka_unit_test(takes_in_parts),
        cmocka_unit_test(a_trail_of_an_entry_at_the_open),
        cmocka_unit_test(a_trail_over_several_bars),
        cmocka_unit_test(a_trail_that_waits),
        cmocka_unit_test(a_trail_of_an_entry_inside_the_bar),
        cmocka_unit_test(a_trail_and_takes),
        cmocka_unit_test(prices_that_the_fill_has_passed),
        cmocka_unit_test_setup_teardown(two_accounts_in_one_bar, setup, teardown),
        cmocka_unit_test_setup_teardown(two_trails_in_one_bar, setup, teardown),
        cmocka_unit_test_setup_teardown(one_step_is_trailed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stop_of_all_or_nothing_ends_when_it_goes_off, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trail_without_a_position_or_too_late_for_the_bar_does_not_move, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_and_a_short_of_two_accounts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_take_that_came_late_makes_no_stop_a_guess, setup, teardown),
        cmocka_unit_test_setup_teardown(when_it_happened, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bar_that_makes_no_sense, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
