/* The order table against docs/orders.md, cell by cell: the page is typed by hand and shares nothing with order_table.c, so
 * that a mistake in one of them is seen, and people read what the program does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>
#include "model/order.h"

/* The rows of the one table of docs/orders.md whose first line begins with `head`, without the line of dashes; for free. */
static char *table_of_page(const char *head)
{
    FILE *file = fopen(MT_SOURCE_DIR "/docs/orders.md", "rb");
    assert_non_null(file);
    char *page = calloc(1, 1 << 18);
    assert_non_null(page);
    size_t length = fread(page, 1, (1 << 18) - 1, file);
    assert_int_not_equal(length, (1 << 18) - 1);
    assert_int_equal(fclose(file), 0);
    char *begin = strstr(page, head);
    if (!begin || (begin != page && begin[-1] != '\n') || strstr(begin + 1, head))
        fail_msg("docs/orders.md has no table, or two, that begin with \"%s\"", head);
    char *dashes = strchr(begin, '\n') + 1;
    assert_memory_equal(dashes, "| ---", 5);
    char *rows = strchr(dashes, '\n') + 1, *end = strstr(begin, "\n\n");
    assert_non_null(end);
    *end = '\0';
    memmove(dashes, rows, strlen(rows) + 1);
    char *table = strdup(begin);
    assert_non_null(table);
    free(page);
    return table;
}

static int number_of(const char *word, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(word, names[i]) == 0)
            return i;
    return -1;
}

/* Typed again, in the order of the numbers that journals hold. */
static const char *const states[] = {"CREATED", "DENIED",   "READY",   "SENDING", "SENT",
                                     "UNKNOWN", "WORKING",  "PARTIAL", "FILLED",  "CANCELED",
                                     "EXPIRED", "REJECTED", "LOST"};
static const char *const events[] = {"pass", "deny", "durable", "jfail",  "nobyte",  "out",
                                     "amb",  "ack",  "rej",     "fillp",  "fillx",   "cxl",
                                     "exp",  "bust", "corr",    "absent", "restart", "withdraw"};

static void cell_matches(int from, int event, const char *text)
{
    char word[32], tail[32] = "";
    assert_int_not_equal(sscanf(text, "%31s %31s", word, tail), 0);
    bool fill = strncmp(events[event], "fill", 4) == 0;
    unsigned flags;
    int next = from;
    int named = number_of(word, states, 13);
    if (named >= 0) {
        next = named;
        flags = MT_CELL_MOVE | (fill ? MT_CELL_APPLY_FILL : 0u);
        if (strcmp(tail, "(A)") == 0)
            flags |= MT_CELL_ALARM;
        else if (strcmp(tail, "stale") == 0)
            flags |= MT_CELL_STALE;
        else
            assert_string_equal(tail, "");
    } else if (strcmp(word, "-") == 0) {
        flags = MT_CELL_IMPOSSIBLE;
    } else if (strcmp(word, "=") == 0) {
        flags = MT_CELL_SAME | (strcmp(tail, "stale") == 0 ? MT_CELL_STALE : 0u);
    } else if (strcmp(word, "!") == 0) {
        flags = MT_CELL_ILLEGAL;
        if (strcmp(tail, "overfill") == 0)
            flags |= MT_CELL_APPLY_FILL | MT_CELL_OVERFILL;
    } else if (strcmp(word, "grows") == 0) {
        flags = MT_CELL_APPLY_FILL | MT_CELL_ALARM;
    } else {
        assert_string_equal(word, "2.6");
        flags = MT_CELL_BUST;
    }
    struct mt_cell cell = mt_order_cell((enum mt_order_state)from, (enum mt_order_event)event);
    if (cell.flags != flags || cell.next != next)
        fail_msg("%s + %s: flags %u next %u, docs/orders.md 2.3 \"%s\"", states[from], events[event], cell.flags, cell.next,
                 text);
}

enum { MAX_CELLS = 20 };

static int split(char *line, char **parts)
{
    int count = 0;
    for (char *save = NULL, *part = strtok_r(line, "|", &save); part; part = strtok_r(NULL, "|", &save)) {
        assert_int_not_equal(count, MAX_CELLS);
        parts[count++] = part;
    }
    return count;
}

static void every_cell_is_as_specified(void **state)
{
    (void)state;
    char *text = table_of_page("| from | pass |"), *save = NULL, *columns[MAX_CELLS], *cells[MAX_CELLS];
    int column_count = split(strtok_r(text, "\n", &save), columns);
    assert_int_equal(column_count, 18);
    int checked = 0;
    for (char *line; (line = strtok_r(NULL, "\n", &save)) != NULL;) {
        assert_int_equal(split(line, cells), column_count);
        char word[32];
        assert_int_equal(sscanf(cells[0], "%31s", word), 1);
        int from = number_of(word, states, 13);
        assert_true(from >= 0);
        for (int i = 1; i < column_count; i++) {
            assert_int_equal(sscanf(columns[i], "%31s", word), 1);
            if (strcmp(word, "bust/corr") == 0) {
                cell_matches(from, number_of("bust", events, 18), cells[i]);
                cell_matches(from, number_of("corr", events, 18), cells[i]);
                checked += 2;
            } else {
                int event = number_of(word, events, 18);
                assert_true(event >= 0);
                cell_matches(from, event, cells[i]);
                checked++;
            }
        }
    }
    assert_int_equal(checked, MT_ORDER_STATES * MT_ORDER_EVENTS);
    free(text);
}

static void word_of(const char *cell, char word[32])
{
    assert_int_equal(sscanf(cell, "%31s", word), 1);
}

/* 2.1: number, name, ended, and what an order reserves. */
static void every_state_is_as_the_page_says(void **state)
{
    (void)state;
    char *text = table_of_page("| number | state |"), *save = NULL, *cells[MAX_CELLS], word[32];
    int number = 0;
    assert_int_equal(split(strtok_r(text, "\n", &save), cells), 5);
    for (char *line; (line = strtok_r(NULL, "\n", &save)) != NULL; number++) {
        assert_int_equal(split(line, cells), 5);
        word_of(cells[0], word);
        assert_int_equal(atoi(word), number);
        word_of(cells[1], word);
        assert_int_equal(number_of(word, states, 13), number);
        assert_int_equal(strcasecmp(word, mt_order_state_name((unsigned)number)), 0);
        word_of(cells[2], word);
        assert_string_equal(word, mt_order_state_terminal((unsigned)number) ? "yes" : "no");
        word_of(cells[3], word);
        assert_int_equal(strcmp(word, "nothing") != 0, mt_order_state_open((unsigned)number));
    }
    assert_int_equal(number, MT_ORDER_STATES);
    free(text);
}

/* 2.4: the page has every pending operation, in the order of the numbers that journals hold. */
static void every_operation_is_on_the_page(void **state)
{
    (void)state;
    char *text = table_of_page("| state | begins |"), *save = NULL, *cells[MAX_CELLS], word[32];
    unsigned op = 0;
    split(strtok_r(text, "\n", &save), cells);
    for (char *line; (line = strtok_r(NULL, "\n", &save)) != NULL; op++) {
        assert_int_equal(split(line, cells), 3);
        word_of(cells[0], word);
        assert_int_equal(strcasecmp(word, mt_order_op_name(op)), 0);
    }
    assert_string_equal(mt_order_op_name(op), "?");
    free(text);
}

/* Exit code of a child that meets (from, event); 0 when it lives. */
static int exit_of(unsigned from, unsigned event)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(3);
        struct mt_order order = {.terms.qty = 10, .state = (uint8_t)from};
        struct mt_order_change change = mt_order_apply(&order, (enum mt_order_event)event);
        _exit(change.flags & MT_CELL_IMPOSSIBLE ? 4 : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void impossible_cells_end_the_process(void **state)
{
    (void)state;
    for (unsigned from = 0; from < MT_ORDER_STATES; from++) {
        for (unsigned event = 0; event < MT_ORDER_EVENTS; event++) {
            bool quantity = event == MT_ORDER_FILLP || event == MT_ORDER_FILLX ||
                            event == MT_ORDER_BUST || event == MT_ORDER_CORR;
            struct mt_cell cell = mt_order_cell(from, event);
            if (cell.flags & MT_CELL_IMPOSSIBLE || quantity)
                assert_int_equal(exit_of(from, event), 9);
        }
    }
    assert_int_equal(exit_of(MT_ORDER_CREATED, MT_ORDER_PASS), 0);
    assert_int_equal(exit_of(MT_ORDER_STATES, MT_ORDER_ACK), 9);
    assert_int_equal(exit_of(MT_ORDER_CREATED, MT_ORDER_EVENTS), 9);
}

static void no_terminal_state_is_left_silently(void **state)
{
    (void)state;
    for (unsigned from = 0; from < MT_ORDER_STATES; from++) {
        for (unsigned event = 0; event < MT_ORDER_EVENTS; event++) {
            struct mt_cell cell = mt_order_cell(from, event);
            if (!mt_order_state_terminal(from) || from == MT_ORDER_LOST)
                continue;
            if (cell.next != from || cell.flags & MT_CELL_APPLY_FILL)
                assert_true(cell.flags & (MT_CELL_ALARM | MT_CELL_ILLEGAL));
        }
    }
}

static void states_are_classified(void **state)
{
    (void)state;
    static const char *const terminal[] = {"DENIED",  "FILLED",   "CANCELED",
                                           "EXPIRED", "REJECTED", "LOST"};
    static const char *const open[] = {"READY", "SENDING", "SENT", "UNKNOWN", "WORKING", "PARTIAL"};
    for (unsigned i = 0; i < MT_ORDER_STATES; i++) {
        assert_int_equal(mt_order_state_terminal(i), number_of(states[i], terminal, 6) >= 0);
        assert_int_equal(mt_order_state_open(i), number_of(states[i], open, 6) >= 0);
    }
    assert_false(mt_order_state_terminal(MT_ORDER_STATES));
    assert_false(mt_order_state_terminal(UINT32_MAX));
    assert_false(mt_order_state_open(MT_ORDER_STATES));
}

static void names_are_lower_case_and_unique(void **state)
{
    (void)state;
    char lower[32];
    for (unsigned i = 0; i < MT_ORDER_STATES; i++) {
        size_t n = strlen(states[i]);
        for (size_t k = 0; k <= n; k++)
            lower[k] = states[i][k] >= 'A' ? (char)(states[i][k] + 32) : states[i][k];
        assert_string_equal(mt_order_state_name(i), lower);
    }
    for (unsigned i = 0; i < MT_ORDER_EVENTS; i++)
        assert_string_equal(mt_order_event_name(i), events[i]);
    static const char *const roles[] = {"entry",  "stop", "take",     "trail",   "time",    "flat",
                                        "target", "slot", "operator", "stopout", "external"};
    for (unsigned i = 0; i < MT_ROLES; i++)
        assert_string_equal(mt_role_name(i), roles[i]);
    assert_string_equal(mt_role_name(MT_ROLE_STOPOUT), "stopout");
    assert_string_equal(mt_order_type_name(MT_TYPE_MARKET), "market");
    assert_string_equal(mt_order_type_name(MT_TYPE_LIMIT), "limit");
    assert_string_equal(mt_order_type_name(MT_TYPE_STOP), "stop");
    assert_string_equal(mt_tif_name(MT_TIF_GTC), "gtc");
    assert_string_equal(mt_tif_name(MT_TIF_IOC), "ioc");
    assert_string_equal(mt_tif_name(MT_TIF_FOK), "fok");
    assert_string_equal(mt_tif_name(MT_TIF_GTD), "gtd");
    assert_string_equal(mt_order_op_name(MT_OP_NONE), "none");
    assert_string_equal(mt_order_op_name(MT_OP_CANCEL_QUEUED), "cancel_queued");
    assert_string_equal(mt_order_op_name(MT_OP_CANCEL_SENT), "cancel_sent");
    assert_string_equal(mt_order_op_name(MT_OP_CANCEL_UNKNOWN), "cancel_unknown");
    assert_string_equal(mt_order_op_name(MT_OP_REPLACE_SENT), "replace_sent");
    assert_string_equal(mt_order_op_name(MT_OP_REPLACE_UNKNOWN), "replace_unknown");
    assert_string_equal(mt_order_state_name(MT_ORDER_STATES), "?");
    assert_string_equal(mt_order_event_name(MT_ORDER_EVENTS), "?");
    assert_string_equal(mt_order_type_name(3), "?");
    assert_string_equal(mt_tif_name(4), "?");
    assert_string_equal(mt_role_name(MT_ROLES), "?");
    assert_string_equal(mt_order_op_name(6), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_as_specified),
        cmocka_unit_test(every_state_is_as_the_page_says),
        cmocka_unit_test(every_operation_is_on_the_page),
        cmocka_unit_test(impossible_cells_end_the_process),
        cmocka_unit_test(no_terminal_state_is_left_silently),
        cmocka_unit_test(states_are_classified),
        cmocka_unit_test(names_are_lower_case_and_unique),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
