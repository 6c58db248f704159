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
    { "local base = { a = 1 }\nreturn { x = base, y = base }", 0, "{x@2={a@0=1} y@2={a@0=1}}" },
    { "for i = 1, 3 do\n _ = i end", 0, "{_@2=3}" }, { "return { x = nil, y = -1e300 }", 0, "{y@1=-1.0000000000000001e+300}" },
    { "return 5", MT_EREFUSED, "c.lua: it must return a table" }, { "return { x = ", MT_ESYNTAX, "c.lua:1: " },
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configurations_become_trees),
        cmocka_unit_test(files_and_lookups),
        cmocka_unit_test(random_texts_do_no_harm),
    };
    return cmocka_run_group_tests(tests, fake_group_setup, fake_group_teardown);
}
