#include "fake_port.h"

#include "base/hash.h"

/* The tree as text: {key@line=value …}. */
static void show(const struct mt_conf *conf, struct mt_buf *out)
{
    mt_buf_puts(out, "{");
    for (const struct mt_conf *at = conf->child; at != NULL; at = at->next) {
        mt_buf_printf(out, "%s%s@%d=", at == conf->child ? "" : " ", at->key, at->line);
        if (at->kind == MT_CONF_TABLE)
            show(at, out);
        else if (at->kind == MT_CONF_TEXT)
            mt_buf_printf(out, "'%s'", at->text);
        else if (at->kind == MT_CONF_NUMBER)
            mt_buf_printf(out, "%.17g", at->number);
        else
            mt_buf_puts(out, at->boolean ? "true" : "false");
    }
    mt_buf_puts(out, "}");
}

static const struct { const char *text; int code; const char *out; } cases[] = {
    { "return {}", 0, "{}" }, { "", 0, "{}" }, { "-- nothing\n", 0, "{}" },
    { "return { mode = 'sim',\n live = false, n = 1.5 }", 0, "{live@2=false mode@1='sim' n@2=1.5}" },
    { "mode = 'live'\nlimits = {\n  max = 5 * 2,\n}\n", 0, "{limits@2={max@3=10} mode@1='live'}" },
    { "return {\n accounts = {\n  ['desk/01'] = { cash = 1 },\n  ['desk/02'] = {\n   cash = 2 } } }", 0,
      "{accounts@2={desk/01@3={cash@3=1} desk/02@4={cash@5=2}}}" },
    { "return { a = { 1,\n 'x',\n { deep = true } ; n = 3 } }", 0,
      "{a@1={[1]@1=1 [2]@2='x' [3]@3={deep@3=true} n@3=3}}" },
    { "return { [[a]], x = [==[\nb]==],\ny = 1 }", 0, "{[1]@1='a' x@1='b' y@3=1}" },
    { "local base = { a = 1 }\nreturn { x = base, y = base }", 0, "{x@2={a@2=1} y@2={a@2=1}}" },
    { "for i = 1, 3 do\n _ = i end", 0, "{_@2=3}" }, { "return { x = nil, y = -1e300 }", 0, "{y@1=-1.0000000000000001e+300}" },
    { "\nreturn 5", MT_EREFUSED, "c.lua:2: it must return a table" }, { "return { x = ", MT_ESYNTAX, "c.lua:1: " },
    { "return { x = function() end }", MT_EREFUSED, "c.lua:1: x: only texts, numbers, true, false and tables" },
    { "return { [true] = 1 }", MT_EREFUSED, "keys are names" }, { "return { [1] = 1, [3] = 3 }", MT_EREFUSED, "without holes" },
    { "return { [{}] = 1 }", MT_EREFUSED, "keys are names" }, { "return {\n a = { [2.5] = 1 } }", MT_EREFUSED, "c.lua:2: a: keys are names" },
    { "return { x = 'a\\0b' }", MT_EREFUSED, "c.lua:1: x: a text with a zero byte" },
    { "return os.getenv('HOME')", MT_EREFUSED, "attempt to index global 'os'" }, { "return { x = print }", 0, "{}" },
    { "return { x = ('a'):rep(10) }", MT_EREFUSED, "c.lua:1: attempt to index" },
    { "while true do end", MT_EREFUSED, "more than 1000000 steps: a configuration is data" },
    { "local function f() return f() end f()", MT_EREFUSED, "steps" },
    { "local t = {} t.t = t return t", MT_EREFUSED, "tables nest too deep" },
    { "local s = 'x' for i = 1, 40 do s = s .. s end return { s }", MT_ENOMEM, "bytes of memory" },
    { "\033LJ\2", MT_ESYNTAX, "attempt to load chunk with wrong mode" },
    { "return {\n limits = { a = 1 },\n limits = { b = 1 } }", MT_EREFUSED,
      "c.lua:3: limits: stands here for the second time, the first is in line 2" },
    { "return { x = {\n a = 1,\n b = 2,\n ['a'] = 3 } }", MT_EREFUSED, "c.lua:4: x.a: stands here for the second time" },
    { "return {\n a = 1,\n [\"\\97\"] = 2 }", MT_EREFUSED, "c.lua:3: a: " },
    { "return {\n a = 1,\n [ [[a]] ] = 2 }", MT_EREFUSED, "c.lua:3: a: " },
    { "return {\n a = 1,\n ['\\x61'] = 2 }", MT_EREFUSED, "c.lua:3: a: " },
    { "return {\n ['\\n'] = 1,\n ['\\\n'] = 2 }", MT_EREFUSED, "c.lua:3: " },
    { "return {\n ['k\\u{fc}\\z \n'] = 1,\n k\303\274 = 2 }", MT_EREFUSED, "c.lua:4: k\303\274: " },
    { "return {\n 'a',\n [1] = 'b' }", MT_EREFUSED, "c.lua:3: [1]: " },
    { "return {\n [2] = 1, [0x2] = 2, [1] = 1 }", MT_EREFUSED, "c.lua:2: [2]: " },
    { "mode = 'sim'\nmode = 'live'", MT_EREFUSED, "c.lua:2: mode: stands here for the second time" },
    { "x = 1\nx = 2\nreturn { x = x }", 0, "{x@1=2}" },
    { "local a = { x = 1 }\nlocal a = { x = 2 }\nreturn { ['a.x'] = 3, a = { x = 1 } }", 0, "{a@1={x@1=1} a.x@1=3}" },
    { "return { x = false and { y = 1 } or { y = 2 } }", 0, "{x@1={y@1=2}}" },
    { "return { { x = 1 }, { x = 2 } }", 0, "{[1]@1={x@1=1} [2]@1={x@1=2}}" },
    { "for i = 1, 2 do end for i = 1, 2 do end n = 1", 0, "{n@1=1}" },
    { "local a, b = 1, 2 local c, b = 3, 4 n = b", 0, "{n@1=4}" }, { "t = { x = 1 } t.x = 2 t.x = 3", 0, "{t@1={x@1=3}}" },
    { "error('no')", MT_EREFUSED, "attempt to call global 'error'" },
};

static void configurations_become_trees(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_conf *conf;
        struct mt_diag diag = { 0 };
        struct mt_buf out;
        mt_buf_init(&out, 100000);
        int rc = mt_conf_parse(cases[i].text, strlen(cases[i].text), "c.lua", &conf, &diag);
        if (rc == 0)
            show(conf, &out);
        bool right = rc == cases[i].code
            && (rc == 0 ? strcmp(mt_buf_text(&out), cases[i].out) == 0 : strstr(diag.text, cases[i].out) != NULL);
        if (!right)
            printf("%s\n -> %d %s %s\n", cases[i].text, rc, mt_buf_text(&out), diag.text), failures++;
        assert_true(rc == 0 || conf == NULL);
        mt_conf_free(conf);
        mt_buf_fini(&out);
    }
    assert_int_equal(failures, 0);
}

static void files_and_lookups(void **state)
{
    (void)state;
    struct mt_conf *conf;
    struct mt_diag diag = { 0 };
    char path[256];
    fake_write("mthost.conf.lua", "return { a = { b = 'c' }, 'first' }");
    snprintf(path, sizeof path, "%s/mthost.conf.lua", fake_root);
    assert_int_equal(mt_conf_load(path, &conf, &diag), 0);
    assert_string_equal(mt_conf_get(mt_conf_get(conf, "a"), "b")->text, "c");
    assert_string_equal(mt_conf_get(conf, "[1]")->text, "first");
    assert_null(mt_conf_get(conf, "x"));
    mt_conf_free(conf);
    snprintf(path, sizeof path, "%s/none", fake_root);
    assert_int_equal(mt_conf_load(path, &conf, &diag), MT_ENOTFOUND);
    memset(&diag, 0, sizeof diag);
    assert_int_equal(mt_conf_load(fake_root, &conf, &diag), MT_EIO);
    mt_conf_free(NULL);
}

/* Random pieces of text must end in a tree or a diag, and never in harm. */
static void random_texts_do_no_harm(void **state)
{
    (void)state;
    static const char *const pieces[] = { "{", "}", "[", "]", "=", ",", ";", "a", "'x'", "[[", "]]", "return ", "1", "\n", "--", "(",
        ")", "local ", "for i=1,9 do ", " end ", "[\"k\"]", ".", "\"", "\\", "\0", "if true then ", "{{{{{{{{{{{{{{{{{{", "#" };
    int parsed = 0;
    for (uint64_t n = 0; n < 4000; n++) {
        char text[512] = "";
        if (n % 2 == 0)
            strcpy(text, "return {");
        for (uint64_t k = 0; k < 1 + mt_random_at(n, 99) % 12; k++)
            strcat(text, pieces[mt_random_at(n, k) % (sizeof pieces / sizeof *pieces)]);
        if (n % 2 == 0)
            strcat(text, "}");
        struct mt_conf *conf;
        struct mt_diag diag = { 0 };
        int rc = mt_conf_parse(text, strlen(text), "fuzz", &conf, &diag);
        assert_true((rc == 0) == (conf != NULL));
        assert_true((rc == 0) == (diag.code == 0));
        parsed += rc == 0;
        mt_conf_free(conf);
    }
    assert_true(parsed > 50);
}

/* For messages about a table that Lua has read. */
static void a_path_has_a_line(void **state)
{
    (void)state;
    static const char text[] = "local c = {\n taker_bp = 1 }\n\nreturn {\n accounts = {\n  { 'a' },\n  { 'b',\n   scale = 2 } },\n"
                               " costs = c,\n at_stop = { orders = 1 } }\n";
    static const struct { const char *path; int line; } rows[] = {
        { "accounts[2].scale", 8 }, { "accounts[2].qty", 7 }, { "accounts[2]", 7 }, { "accounts", 5 }, { "costs", 9 },
        { "costs.taker_bp", 9 }, { "at_stop.orders", 10 }, { "nothing", 4 }, { "", 4 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(mt_conf_line(text, sizeof text - 1, rows[i].path), rows[i].line);
    assert_int_equal(mt_conf_line("", 0, "a.b[3]"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_a_line),
        cmocka_unit_test(configurations_become_trees),
        cmocka_unit_test(files_and_lookups),
        cmocka_unit_test(random_texts_do_no_harm),
    };
    return cmocka_run_group_tests(tests, fake_group_setup, fake_group_teardown);
}
