#include "fake_port.h"

#include "base/hash.h"
#include "script/save.h"

/* The encoding by itself ------------------------------------------------------------------------------------------------ */

static lua_State *vm(const char *text)
{
    lua_State *lua = luaL_newstate();
    if (luaL_loadstring(lua, text) != 0 || lua_pcall(lua, 0, 1, 0) != 0)
        fail_msg("%s", lua_tostring(lua, -1));
    return lua;
}

static int put(const char *text, struct mt_buf *out, struct mt_diag *diag)
{
    lua_State *lua = vm(text);
    memset(diag, 0, sizeof *diag);
    int top = lua_gettop(lua);
    int rc = mt_save_put(lua, out, "x", diag);
    assert_int_equal(lua_gettop(lua), top);
    lua_close(lua);
    return rc;
}

static void equal_values_give_equal_bytes_whatever_their_history(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "return { a = 1, b = 2, [1] = 3, [2] = 4, [true] = 5, [false] = 6, [1.5] = 7, [-2] = 8 }",
          "local t = { [false] = 6 } for i = 1, 100 do t[i] = i end t.zz = 1 t[-2] = 8 t[1.5] = 7 t[true] = 5 t.b = 2 t.a = 1 "
          "for i = 3, 100 do t[i] = nil end t[2] = 4 t[1] = 3 t.zz = nil return t" },
        { "return {}", "local t = { 1, 2, x = 3 } t[1] = nil t[2] = nil t.x = nil return t" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct mt_buf a, b;
        struct mt_diag diag;
        mt_buf_init(&a, 10000);
        mt_buf_init(&b, 10000);
        assert_int_equal(put(pairs[i][0], &a, &diag), 0);
        assert_int_equal(put(pairs[i][1], &b, &diag), 0);
        assert_int_equal(a.length, b.length);
        assert_memory_equal(a.data, b.data, a.length);
        mt_buf_fini(&a);
        mt_buf_fini(&b);
    }
}

static void every_value_comes_back_bit_for_bit(void **state)
{
    (void)state;
    static const char *const values[] = { "return 0.1", "return -0.0", "return 1/0", "return -1/0", "return 0/0", "return ''",
        "return 'a\\0b'", "return true", "return false", "return { 1, 2, { 3, x = { y = 'z' } }, [1/0] = 1, [-1/0] = 2 }",
        "return { [5e-324] = 2^53, ['\\255'] = 1, ['a'] = 2, ['ab'] = 3, [''] = 4 }" };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct mt_buf a, b;
        struct mt_diag diag = { 0 };
        mt_buf_init(&a, 10000);
        mt_buf_init(&b, 10000);
        assert_int_equal(put(values[i], &a, &diag), 0);
        lua_State *lua = luaL_newstate();
        assert_int_equal(mt_save_get(lua, a.data, a.length), 0);
        assert_int_equal(lua_gettop(lua), 1);
        assert_int_equal(mt_save_put(lua, &b, "x", &diag), 0);
        assert_int_equal(a.length, b.length);
        assert_memory_equal(a.data, b.data, a.length);
        /* Cut anywhere, it is refused. */
        for (size_t n = 0; n < a.length; n++) {
            assert_int_equal(mt_save_get(lua, a.data, n), MT_ECORRUPT);
            assert_int_equal(lua_gettop(lua), 1);
        }
        lua_close(lua);
        mt_buf_fini(&a);
        mt_buf_fini(&b);
    }
}

static void what_cannot_be_saved_is_named_by_its_path(void **state)
{
    (void)state;
    static const struct { const char *text, *message; } refused[] = {
        { "return function() end", "x: a function cannot be saved" },
        { "return { a = { b = { [3] = function() end } } }", "x.a.b[3]: a function cannot be saved" },
        { "return { [true] = function() end }", "x[true]: a function" }, { "return { [{}] = 1 }", "x: a key is a table" },
        { "return { a = { [function() end] = 1 } }", "x.a: a key is a function" },
        { "local t = {} t.a = { t } return t", "x.a[1]: the table contains itself" },
        { "local t = {} for i = 1, 40 do t = { t } end return t", "nest too deep" },
        { "return { s = ('x') }", NULL }, { "local s = 'x' for i = 1, 15 do s = s .. s end return { s }", "x" },
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct mt_buf out;
        struct mt_diag diag;
        mt_buf_init(&out, 10000);
        int rc = put(refused[i].text, &out, &diag);
        if (refused[i].message == NULL ? rc != 0 : rc != MT_EREFUSED || strstr(diag.text, refused[i].message) == NULL)
            fail_msg("%s: %d %s", refused[i].text, rc, diag.text);
        mt_buf_fini(&out);
    }
}

/* Random bytes never crash, and what is read is written back the same or was not canonical. */
static void damaged_bytes_are_refused_or_read_without_harm(void **state)
{
    (void)state;
    struct mt_buf a;
    struct mt_diag diag;
    mt_buf_init(&a, 10000);
    assert_int_equal(put("return { 1, 2, 'abc', { x = true, y = { 5, 6 } }, z = false, [7.5] = 'q' }", &a, &diag), 0);
    int read = 0, refused = 0;
    lua_State *lua = luaL_newstate();
    for (uint64_t n = 0; n < 20000; n++) {
        unsigned char bytes[256];
        uint64_t r = mt_random_at(3, n);
        memcpy(bytes, a.data, a.length);
        bytes[r % a.length] = (unsigned char)(r >> 32);
        if (n % 3 == 0)
            bytes[(r >> 8) % a.length] = (unsigned char)(r >> 40);
        int rc = mt_save_get(lua, bytes, a.length);
        assert_true(rc == 0 || rc == MT_ECORRUPT);
        read += rc == 0;
        refused += rc != 0;
        lua_settop(lua, 0);
    }
    assert_true(read > 100 && refused > 100);
    lua_close(lua);
    mt_buf_fini(&a);
}

/* keep and state --------------------------------------------------------------------------------------------------------- */

static const char *const keeper =
    "local mt, lib = require 'mthost', require 'lib'\n"
    "local S = mt.strategy { version = VERSION, params = { n = mt.param(5, 1, 100, 1) } }\n"
    "function S:on_start(why)\n"
    "  self:keep('mean', lib.mean, self.params.n)\n"
    "  assert(self:keep('mean', lib.mean, self.params.n) == self.mean)\n"
    "  self:keep('opt', lib.mean, 2, { seed = 'first', list = { 1, 2 } })\n"
    "  if self.state.count == nil then self.state.count = 0 end\n"
    "end\n"
    "function S:on_quote(q)\n"
    "  self.state.count = self.state.count + 1\n"
    "  self.state.random = math.random()\n"
    "  self:mark('value', self.mean:update(q.mid) * 1000 + self.state.count + math.random())\n"
    "end\n"
    "function S:on_trade(t) self.state.bad = { deep = { function() end } } end\n"
    "function S:on_bar(b) self.state.big = {} for i = 1, 70000 do self.state.big[i] = i end end\n"
    "function S.migrate(state, from) if from == 9 then return nil end state.count = state.count + 1000 * from return state end\n"
    "return S\n";
static const char *const library =
    "local lib = {}\n"
    "function lib.mean(n, options)\n"
    "  local self = { n = n, sum = 0 }\n"
    "  function self:update(x) self.sum = self.sum + x / self.n return self.sum end\n"
    "  function self:save() return { sum = self.sum } end\n"
    "  function self:load(t) if t.sum > 1e6 then error('too large', 0) end self.sum = t.sum end\n"
    "  return self\nend\nreturn lib\n";

static struct fake *keeper_new(const char *version, const char *set)
{
    char text[4096];
    struct fake *fake = fake_new(2);
    const char *sets[] = { set };
    struct mt_script_options options = { .seed = 5, .sets = sets, .set_count = set != NULL };
    const char *at = strstr(keeper, "VERSION");
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - keeper), keeper, version, at + 7);
    fake_write("lib.lua", library);
    fake_write("s.lua", text);
    if (fake_load_with(fake, "s.lua", &options) != 0)
        fail_msg("%s", fake->diag.text);
    fake_bind(fake);
    return fake;
}

static void begin(struct fake *fake)
{
    fake_text(fake, "restart");
    fake_send(fake, MT_ON_START, -1);
}

static double quote(struct fake *fake, int market, double mid)
{
    fake->port.quote.mid = mid;
    fake_send(fake, MT_ON_QUOTE, market);
    return fake->last_value;
}

static int save(struct fake *fake, struct mt_buf *out, bool *changed)
{
    mt_buf_clear(out);
    memset(&fake->diag, 0, sizeof fake->diag);
    return fake->strategy.ops->save(fake->strategy.self, out, changed, &fake->diag);
}

static int load(struct fake *fake, const struct mt_buf *data)
{
    memset(&fake->diag, 0, sizeof fake->diag);
    return fake->strategy.ops->load(fake->strategy.self, data->data, data->length, &fake->diag);
}

static void a_restart_goes_on_where_the_save_was(void **state)
{
    (void)state;
    struct mt_buf saved, again;
    bool changed;
    mt_buf_init(&saved, 1 << 24);
    mt_buf_init(&again, 1 << 24);
    struct fake *a = keeper_new("1", NULL);
    begin(a);
    for (int i = 0; i < 50; i++)
        quote(a, i % 2, 1 + i * 0.1);
    assert_int_equal(save(a, &saved, &changed), 0);
    assert_true(changed);
    assert_int_equal(save(a, &again, &changed), 0);
    assert_false(changed);
    assert_memory_equal(saved.data, again.data, saved.length);

    struct fake *b = keeper_new("1", NULL);
    assert_int_equal(load(b, &saved), 0);
    /* Before on_start has asked for its objects, nothing of the save is lost. */
    assert_int_equal(save(b, &again, &changed), 0);
    assert_int_equal(saved.length, again.length);
    assert_memory_equal(saved.data, again.data, saved.length);
    begin(b);
    assert_int_equal(save(b, &again, &changed), 0);
    assert_int_equal(saved.length, again.length);
    assert_memory_equal(saved.data, again.data, saved.length);
    for (int i = 0; i < 50; i++)
        assert_true(quote(a, i % 2, 2 + i * 0.3) == quote(b, i % 2, 2 + i * 0.3));
    assert_int_equal(save(a, &saved, &changed), 0);
    assert_true(changed);
    assert_int_equal(save(b, &again, &changed), 0);
    assert_memory_equal(saved.data, again.data, saved.length);
    assert_string_equal(b->log, "");
    fake_free(a);
    fake_free(b);
    mt_buf_fini(&saved);
    mt_buf_fini(&again);
}

static void other_arguments_and_other_versions(void **state)
{
    (void)state;
    struct mt_buf saved;
    bool changed;
    mt_buf_init(&saved, 1 << 24);
    struct fake *a = keeper_new("1", NULL);
    begin(a);
    for (int i = 0; i < 10; i++)
        quote(a, 0, 100);
    assert_int_equal(save(a, &saved, &changed), 0);
    fake_free(a);

    /* n = 5 -> 10: the mean begins anew and says so; the state goes on; version 1 -> 2 migrates. */
    struct fake *b = keeper_new("2", "n=10");
    assert_int_equal(load(b, &saved), 0);
    begin(b);
    assert_non_null(strstr(b->log, "2 state_reset: mean: other arguments"));
    assert_null(strstr(b->log, "opt"));
    assert_int_equal((int)quote(b, 0, 0), 1011);
    fake_free(b);
    mt_buf_fini(&saved);
}

static void a_migration_can_refuse(void **state)
{
    (void)state;
    struct mt_buf saved;
    bool changed;
    mt_buf_init(&saved, 1 << 24);
    struct fake *a = keeper_new("9", NULL);
    begin(a);
    assert_int_equal(save(a, &saved, &changed), 0);
    fake_free(a);
    struct fake *b = keeper_new("10", NULL);
    assert_int_equal(load(b, &saved), MT_EREFUSED);
    assert_non_null(strstr(b->diag.text, "s.lua:16: migrate must return a table, got nil"));
    fake_free(b);
    mt_buf_fini(&saved);
}

static void a_refused_object_state_is_reset_and_said(void **state)
{
    (void)state;
    struct mt_buf saved;
    bool changed;
    mt_buf_init(&saved, 1 << 24);
    struct fake *a = keeper_new("1", NULL);
    begin(a);
    quote(a, 0, 1e9);
    assert_int_equal(save(a, &saved, &changed), 0);
    fake_free(a);
    struct fake *b = keeper_new("1", NULL);
    assert_int_equal(load(b, &saved), 0);
    begin(b);
    assert_non_null(strstr(b->log, "state_reset: mean: its saved state was refused: too large"));
    fake_free(b);
    mt_buf_fini(&saved);
}

static void what_a_state_cannot_hold_is_named(void **state)
{
    (void)state;
    struct mt_buf saved;
    bool changed;
    mt_buf_init(&saved, 1 << 24);
    struct fake *fake = keeper_new("1", NULL);
    begin(fake);
    fake_send(fake, MT_ON_TRADE, 1);
    assert_int_equal(save(fake, &saved, &changed), MT_EREFUSED);
    assert_string_equal(fake->diag.text, "s.lua: GBPUSD.state.bad.deep[1]: a function cannot be saved");
    assert_int_equal(saved.length, 0);
    fake_free(fake);
    mt_buf_fini(&saved);
}

/* Every way in which something cannot be saved, in a strategy and in a filter, is told with its file. */
static void what_cannot_be_saved_names_the_file(void **state)
{
    (void)state;
    static const struct { const char *start, *message; } cells[] = {
        { "self.state.f = function() end", "TEST.state.f: a function cannot be saved" },
        { "self.state.c = coroutine.create(function() end)", "TEST.state.c: a thread cannot be saved" },
        { "self.state.q = self.position", "TEST.state.q: a cdata cannot be saved" },
        { "self.state.t = {} self.state.t.t = self.state.t", "TEST.state.t.t: the table contains itself" },
        { "self.state[{}] = 1", "TEST.state: a key is a table" },
        { "self.state.p = self.params", "TEST.state.p: a view of the host cannot be saved" },
        { "self.state.big = { string.rep('x', 1048576), tostring }", "TEST.state.big[2]: a function cannot be saved" },
        { "self:keep('k', object, 1)", "TEST.k: save().f: a function cannot be saved" },
        { "self:keep('k', object, 2)", "TEST.k: save().x: the table contains itself" },
        { "self:keep('k', object, 3)", "TEST.k: save() must return a table, got nil" },
        { "self:keep('k', object, 4)", "boom" },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        for (int filter = 0; filter < 2; filter++)
            for (int portfolio = 0; portfolio < 2; portfolio++) {
                char text[2048], want[128];
                if (portfolio && strstr(cells[i].start, "position") != NULL)
                    continue;
                snprintf(text, sizeof text, "local mt = require 'mthost'\nlocal S = mt.%s { scope = '%s' }\n"
                    "local function object(kind) return { load = function() end, save = function()\n"
                    "  local cyclic = {} cyclic.x = cyclic\n"
                    "  if kind == 4 then error('boom') end\n"
                    "  if kind == 1 then return { f = tostring } elseif kind == 2 then return cyclic end end } end\n"
                    "function S:on_start()\n %s\nend\nfunction S:check(s) return s end\nreturn S",
                    filter ? "filter" : "strategy", portfolio ? "portfolio" : "symbol", cells[i].start);
                fake_write("sub/x.lua", text);
                fake_write("s.lua", "local mt = require 'mthost'\nlocal S = mt.strategy {}\nreturn S");
                fake_write("run.lua", filter ? "return { strategy = 's', filters = { 'sub/x' } }" : "return { strategy = 'sub/x' }");
                struct fake *fake = fake_new(1);
                struct mt_script_options options = { .seed = 1 };
                struct mt_buf saved;
                bool changed;
                mt_buf_init(&saved, 1 << 24);
                if (fake_load_with(fake, "run.lua", &options) != 0)
                    fail_msg("%s", fake->diag.text);
                fake_bind(fake);
                begin(fake);
                assert_int_equal(save(fake, &saved, &changed), MT_EREFUSED);
                const char *message = cells[i].message, *at = strstr(message, "TEST.");
                snprintf(want, sizeof want, "%s%s%s", at == message ? "sub/x.lua: " : "sub/x.lua:5: ",
                    at != message || portfolio ? "" : "EURUSD.", at == message ? message + 5 : message);
                if (strncmp(fake->diag.text, want, strlen(want)) != 0)
                    fail_msg("%s: %s, not %s", cells[i].start, fake->diag.text, want);
                assert_int_equal(saved.length, 0);
                mt_buf_fini(&saved);
                fake_free(fake);
            }
}

static const char hoarder[] =
    "local mt = require 'mthost'\nlocal S = mt.strategy { params = { state = mt.param(0), kept = mt.param(0) } }\n"
    "local function box(size) local t = { text = ('x'):rep(size) } return { size = function() return #t.text end,\n"
    "  save = function() return t end, load = function(_, old) t = old end } end\n"
    "function S:on_start(why)\n"
    "  if why == 'start' then self.state.small = self.symbol self.state.large = { ('y'):rep(self.params.state) } end\n"
    "  self:keep('box', box, self.params.kept) self:keep('tiny', box, 5)\n"
    "  self:mark(('%s %s %d %d %d'):format(self.symbol, self.state.small or 'none', #((self.state.large or {})[1] or ''),\n"
    "    self.box:size(), self.tiny:size()), 1)\nend\nreturn S";

static struct fake *hoarder_new(const char *state, const char *kept)
{
    const char *sets[] = { state, kept };
    struct mt_script_options options = { .seed = 1, .sets = sets, .set_count = 2 };
    struct fake *fake = fake_new(2);
    fake_write("s.lua", hoarder);
    if (fake_load_with(fake, "s.lua", &options) != 0)
        fail_msg("%s", fake->diag.text);
    fake_bind(fake);
    return fake;
}

/* Once: more than 1 MiB of all objects together was lost whole, with a line that named no script and no object. */
static void what_does_not_fit_stays_out_and_the_rest_is_saved(void **state)
{
    (void)state;
    static const struct { const char *state, *kept, *said, *after; int resets; } cells[] = {
        { "state=1000000", "kept=10", "script: s.lua: GBPUSD.state.large: not saved: larger than 1048576 bytes, which a save holds "
          "of all objects together; keep less", "GBPUSD none 0 10 5", 1 },
        { "state=10", "kept=1000000", "script: s.lua: GBPUSD.box.text: not saved: larger than 1048576 bytes",
          "GBPUSD GBPUSD 10 0 5", 1 },
        { "state=1048576", "kept=10", "script: s.lua: GBPUSD.state.large: not saved", "GBPUSD none 0 10 5", 2 },
        { "state=10", "kept=1048576", "keep less (and 1 more)", "GBPUSD GBPUSD 10 0 5", 2 },
        { "state=400000", "kept=400000", "script: s.lua: GBPUSD.state.large: not saved: larger than 1048576 bytes, which a save holds "
          "of all objects together; keep less (and 1 more)", "GBPUSD none 0 400000 5", 2 },
        { "state=260000", "kept=260000", NULL, "GBPUSD GBPUSD 260000 260000 5", 0 },
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct mt_buf saved, again;
        bool changed;
        mt_buf_init(&saved, 1 << 20);
        mt_buf_init(&again, 1 << 20);
        struct fake *a = hoarder_new(cells[i].state, cells[i].kept);
        fake_text(a, "start");
        fake_send(a, MT_ON_START, -1);
        a->diag = (struct mt_diag){ 0 };
        assert_int_equal(save(a, &saved, &changed), 0);
        assert_true(saved.length > 0 && saved.length <= 1 << 20 && changed);
        if (cells[i].said == NULL)
            assert_int_equal(a->diag.code, 0);
        else if (a->diag.code != MT_EREFUSED || strstr(a->diag.text, cells[i].said) == NULL)
            fail_msg("%zu: %s", i, a->diag.text);
        a->diag = (struct mt_diag){ 0 };
        assert_int_equal(save(a, &again, &changed), 0);         /* said once, saved as often as asked */
        assert_int_equal(a->diag.code, 0);
        assert_true(!changed && again.length == saved.length && memcmp(again.data, saved.data, saved.length) == 0);
        fake_free(a);
        struct fake *b = hoarder_new(cells[i].state, i % 2 ? "kept=0" : cells[i].kept);
        if (i % 2 == 0) {                       /* the same arguments: what was saved comes back, what was not says so */
            assert_int_equal(load(b, &saved), 0);
            begin(b);
            int resets = 0;
            for (const char *at = b->log; (at = strstr(at, "state_reset: ")) != NULL; at++)
                resets++;
            assert_int_equal(resets, cells[i].resets);
            assert_string_equal(b->last_mark, cells[i].after);
        }
        fake_free(b);
        mt_buf_fini(&saved);
        mt_buf_fini(&again);
    }
}

static void code_that_is_no_handler_asks_for_nothing(void **state)
{
    (void)state;
    static const char *const verbs[] = { "signal { side = 'buy' }", "protect { stop = 1 }", "target(1)",
                                         "timer { name = 'x', after = 1 }", "keep('y', object)" };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        for (int where = 0; where < 3; where++) {
            char text[2048], name[64], want[128];
            struct mt_buf saved;
            bool changed;
            snprintf(name, sizeof name, "%.*s", (int)strcspn(verbs[i], " ("), verbs[i]);
            snprintf(text, sizeof text, "local mt = require 'mthost'\nlocal me\nlocal function ask() if me then\n me:%s\nend end\n"
                "local S = mt.strategy { params = { n = mt.param(1) }, valid = function() if %d == 1 then ask() end return true end }\n"
                "local function object() return { load = function() end, save = function() if %d == 0 then ask() end return {} end } end\n"
                "function S:on_start() me = self self:keep('x', object) end\n"
                "function S:on_quote() me:%s end\n"
                "return S", verbs[i], where, where, verbs[i]);
            struct fake *fake = fake_new(1);
            struct mt_script_options options = { .seed = 1 };
            mt_buf_init(&saved, 1 << 20);
            fake_write("s.lua", text);
            if (fake_load_with(fake, "s.lua", &options) != 0)
                fail_msg("%s", fake->diag.text);
            fake_bind(fake);
            begin(fake);
            fake->diag = (struct mt_diag){ 0 };
            int rc = where == 0 ? save(fake, &saved, &changed)
                : where == 1 ? fake->strategy.ops->set_param(fake->strategy.self, "n", "2", &fake->diag) : MT_EREFUSED;
            snprintf(want, sizeof want, "s.lua:4: %s: not inside of %s", name, where == 0 ? "save" : "valid");
            if (where < 2 && (rc == 0 || strstr(fake->diag.text, want) == NULL))
                fail_msg("%s, not %s", fake->diag.text, want);
            assert_int_equal(fake->asked + fake->timer_count, 0);
            fake_send(fake, MT_ON_QUOTE, 0);    /* and a handler does again */
            mt_buf_fini(&saved);
            fake_free(fake);
        }
}

static void damaged_saves_are_refused(void **state)
{
    (void)state;
    struct mt_buf saved;
    bool changed;
    mt_buf_init(&saved, 1 << 24);
    struct fake *fake = keeper_new("1", NULL);
    begin(fake);
    assert_int_equal(save(fake, &saved, &changed), 0);
    saved.length -= 3;
    assert_int_equal(load(fake, &saved), MT_ECORRUPT);
    saved.length += 3;
    /* Well-formed bytes that are not a save of a script. */
    struct mt_buf other;
    struct mt_diag diag;
    mt_buf_init(&other, 1000);
    assert_int_equal(put("return { 1, 2 }", &other, &diag), 0);
    assert_int_equal(load(fake, &other), MT_EREFUSED);
    mt_buf_fini(&other);
    quote(fake, 0, 1);
    fake_free(fake);
    mt_buf_fini(&saved);
}

static void state_of_filters_is_kept_apart(void **state)
{
    (void)state;
    fake_write("s.lua", "local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_quote() self.state.n = 1 end\nreturn S");
    fake_write("f.lua", "local mt = require 'mthost'\nlocal F = mt.filter { scope = 'portfolio', params = { by = mt.param(1, 1, 9, 1) } }\n"
        "function F:check(s) return s end\n"
        "function F:on_quote() self.state.n = (self.state.n or 0) + self.params.by self:mark('n', self.state.n) end\nreturn F");
    fake_write("run.lua", "return { strategy = 's', filters = { { 'f', by = 2 }, { 'f', by = 5 } } }");
    struct mt_buf saved;
    bool changed;
    mt_buf_init(&saved, 1 << 24);
    for (int round = 1; round <= 3; round++) {
        struct fake *fake = fake_new(2);
        struct mt_script_options options = { .seed = 1 };
        assert_int_equal(fake_load_with(fake, "run.lua", &options), 0);
        fake_bind(fake);
        if (round > 1)
            assert_int_equal(load(fake, &saved), 0);
        quote(fake, 0, 1);
        assert_true(fake->last_value == 5 * round);
        assert_int_equal(save(fake, &saved, &changed), 0);
        fake_free(fake);
    }
    mt_buf_fini(&saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_values_give_equal_bytes_whatever_their_history),
        cmocka_unit_test(every_value_comes_back_bit_for_bit),
        cmocka_unit_test(what_cannot_be_saved_is_named_by_its_path),
        cmocka_unit_test(damaged_bytes_are_refused_or_read_without_harm),
        cmocka_unit_test(a_restart_goes_on_where_the_save_was),
        cmocka_unit_test(other_arguments_and_other_versions),
        cmocka_unit_test(a_migration_can_refuse),
        cmocka_unit_test(a_refused_object_state_is_reset_and_said),
        cmocka_unit_test(what_a_state_cannot_hold_is_named),
        cmocka_unit_test(what_cannot_be_saved_names_the_file),
        cmocka_unit_test(what_does_not_fit_stays_out_and_the_rest_is_saved),
        cmocka_unit_test(code_that_is_no_handler_asks_for_nothing),
        cmocka_unit_test(damaged_saves_are_refused),
        cmocka_unit_test(state_of_filters_is_kept_apart),
    };
    return cmocka_run_group_tests(tests, fake_group_setup, fake_group_teardown);
}
