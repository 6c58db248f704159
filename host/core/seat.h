/* seat: one strategy with its filters: its VM behind a port, its port block, what it has asked for and is told, its
 * timers, texts, skips, bars and errors. It reads the books; what it asks for goes through request.h to the desk. */
#ifndef MT_CORE_SEAT_H
#define MT_CORE_SEAT_H

#include <string.h>
#include "core/desk.h"
#include "core/skips.h"
#include "core/strategy.h"
#include "core/timers.h"
#include "model/view.h"

enum { MT_FRAMES_MAX = 64 };

struct mt_bars {                    /* who hears which bars; see bars.h */
    uint64_t *told;                 /* [symbol] bit k: somebody hears frame k */
    uint64_t *hearing;              /* [symbol * listener_count + i] bit k: listener i does */
    size_t listener_count;
    bool split;                     /* two listeners hear different frames */
    bool take_files;                /* somebody declared none and hears the frames of files */
    bool one_frame;                 /* and nothing to choose */
    uint64_t warm_frame;            /* the bit of the warm-up frame */
    uint64_t *closed;               /* [symbol] bit k: the newest bar of frame k is told at the end of the instant */
    bool any_closed;
    const struct mt_view_bar *bar_shown;    /* which bar of a history port.bar is; NULL: none */
    uint32_t *warm_bars;            /* [symbol] bars of the warm-up frame delivered */
    bool *has_trades;               /* [symbol] bars come from trades */
    int64_t bar_wake_ns;
};

struct mt_seat {
    struct mt_desk *desk;
    struct mt_engine_setup *setup;  /* of the engine */
    struct mt_strategy strategy;
    struct mt_port port;
    struct mt_view_market *markets;
    int32_t *state_codes;           /* [symbol] of the lead's trading state, 0 = active */
    uint64_t seen;                  /* books.shown when the views were last made of it */
    struct mt_rec_signal queue[MT_SIGNALS_PER_CALL];        /* requests of this call and of its on_signal calls */
    size_t queue_count, queue_run;
    bool queue_running;
    struct mt_rec_note notes[MT_NOTES_MAX];                 /* of this handler call */
    size_t note_count;
    struct mt_rec_refused refused;  /* since the last REFUSED record */
    int64_t refused_due_ns, refused_next_ns;                /* when it is written; not before */
    struct mt_timers timers;
    struct mt_bars bars;
    struct mt_skips skips;
    bool stopped;                   /* nothing is delivered any more */
    bool restarting;                /* on_start of a recovery: it happens now, so what it logs is told */
    uint32_t errors_in_row;
    int64_t error_times[10];
    uint32_t error_next;
    char start_fault[256];          /* the last fault's text */
    struct mt_buf state_buf, timers_buf;
};

int mt_seat_init(struct mt_seat *s, struct mt_desk *desk, struct mt_engine_setup *setup) MT_CHECKED;
void mt_seat_fini(struct mt_seat *s);

static inline bool mt_wants(const struct mt_seat *s, enum mt_handler handler)
{
    return (s->strategy.handlers >> handler) & 1;
}
/* What the handler that is called next reads as its text: a tag, a name, a reason to start or stop. `size`: of the room
 * that holds it; more than the view holds is cut. */
static inline void mt_port_text(struct mt_seat *s, const char *text, size_t size)
{
    size_t length = strnlen(text, size < sizeof s->port.text ? size : sizeof s->port.text - 1);
    memcpy(s->port.text, text, length);
    s->port.text[length] = '\0';
}
/* Journal an error of the script. */
void mt_seat_fault(struct mt_seat *s, enum mt_handler handler, int32_t market, const struct mt_diag *diag);
/* Set a parameter: "name=value". MT_EUSAGE, MT_EREFUSED. */
int mt_seat_param(struct mt_seat *s, const char *text, struct mt_diag *diag) MT_CHECKED;

#endif
