#include "adapters/playback/csv.h"
#include "adapters/playback/files.h"

static struct mt_csv *open_csv(const char *path)
{
    struct mt_csv *csv = NULL;
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_csv_open(&csv, path, &diag), 0);
    return csv;
}

/* All lines joined with '|', a too long one as "LONG"; the final result in *end. */
static void lines_join(struct mt_csv *csv, char *out, size_t size, int *end)
{
    struct mt_csv_line line;
    struct mt_diag diag = { 0 };
    size_t length = 0;
    out[0] = '\0';
    while ((*end = mt_csv_next(csv, &line, &diag)) == 1)
        length += (size_t)snprintf(out + length, size - length, "%llu=%.*s|", (unsigned long long)line.number,
                                   line.too_long ? 4 : (int)line.length, line.too_long ? "LONG" : line.text);
}

static void check_lines(const char *text, const char *expected)
{
    char joined[4096];
    for (int packed = 0; packed < 2; packed++) {
        int end;
        struct mt_csv *csv = open_csv(packed ? file_put_gz("l.gz", text) : file_put("l", text));
        for (int round = 0; round < 2; round++) {
            lines_join(csv, joined, sizeof joined, &end);
            assert_string_equal(joined, expected);
            assert_int_equal(end, 0);
            assert_int_equal(mt_csv_consumed(csv), mt_csv_size(csv));
            assert_int_equal(mt_csv_rewind(csv, NULL), 0);
        }
        mt_csv_close(csv);
    }
}

static void test_lines(void **state)
{
    (void)state;
    check_lines("a\nb\n", "1=a|2=b|");
    check_lines("a\nb", "1=a|2=b|");
    check_lines("a\r\nb\r\n", "1=a|2=b|");
    check_lines("a\r\nb\r", "1=a|2=b|");
    check_lines("\n\n  \n\t\r\na\n\n", "5=a|");
    check_lines("\xef\xbb\xbf" "a\nb\n", "1=a|2=b|");
    check_lines("\xef\xbb\xbf\na", "2=a|");
    check_lines("a\n\xef\xbb\xbf" "b\n", "1=a|2=\xef\xbb\xbf" "b|");
    check_lines("x,y,\n,\n", "1=x,y,|2=,|");
}

static void test_empty(void **state)
{
    char joined[64];
    int end;
    (void)state;
    struct mt_csv *csv = open_csv(file_put("empty", ""));
    lines_join(csv, joined, sizeof joined, &end);
    assert_int_equal(end, 0);
    assert_string_equal(joined, "");
    mt_csv_close(csv);
}

/* Lines around the limit and around the chunk size, so that they straddle every border. */
static void test_long_lines(void **state)
{
    static const size_t lengths[] = { 1, 32767, 32768, 65535, 65536, 65537, 65538, 65539, 131071, 131072, 131073, 10000000 };
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        for (int packed = 0; packed < 2; packed++)
            for (int ended = 0; ended < 2; ended++) {
                size_t length = lengths[i];
                char *text = malloc(length + 16);
                assert_non_null(text);
                strcpy(text, "a\n");
                memset(text + 2, 'x', length);
                strcpy(text + 2 + length, ended ? "\nb\n" : "");
                struct mt_csv *csv = open_csv(packed ? file_put_gz("long.gz", text) : file_put("long", text));
                struct mt_csv_line line;
                assert_int_equal(mt_csv_next(csv, &line, NULL), 1);
                assert_int_equal(mt_csv_next(csv, &line, NULL), 1);
                assert_int_equal(line.number, 2);
                assert_int_equal(line.too_long, length > MT_CSV_LINE_MAX);
                if (!line.too_long) {
                    assert_int_equal(line.length, length);
                    assert_memory_equal(line.text, text + 2, length);
                }
                assert_int_equal(mt_csv_next(csv, &line, NULL), ended);
                if (ended) {
                    assert_int_equal(line.number, 3);
                    assert_int_equal(line.length, 1);
                    assert_int_equal(line.text[0], 'b');
                    assert_int_equal(mt_csv_next(csv, &line, NULL), 0);
                }
                mt_csv_close(csv);
                free(text);
            }
}

/* Random lines of random lengths come back as they went in, through both ways. */
static void test_random_lines(void **state)
{
    enum { LINES = 20000 };
    uint64_t n = 0, seed = 7;
    static size_t lengths[LINES];
    char *text = malloc((size_t)LINES * 401 + 1);
    size_t size = 0;
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < LINES; i++) {
        lengths[i] = 1 + mt_random_at(seed, n++) % 400;
        for (size_t k = 0; k < lengths[i]; k++)
            text[size++] = (char)('!' + mt_random_at(seed, n++) % 90);
        text[size++] = '\n';
    }
    text[size] = '\0';
    for (int packed = 0; packed < 2; packed++) {
        struct mt_csv *csv = open_csv(packed ? file_put_gz("r.gz", text) : file_put("r", text));
        struct mt_csv_line line;
        const char *at = text;
        for (int i = 0; i < LINES; i++) {
            assert_int_equal(mt_csv_next(csv, &line, NULL), 1);
            assert_int_equal(line.number, i + 1);
            assert_int_equal(line.length, lengths[i]);
            assert_memory_equal(line.text, at, lengths[i]);
            at += lengths[i] + 1;
        }
        assert_int_equal(mt_csv_next(csv, &line, NULL), 0);
        mt_csv_close(csv);
    }
    free(text);
}

static char *many_lines(int count)
{
    char *text = malloc((size_t)count * 12 + 1), *at = text;
    for (int i = 0; i < count; i++)
        at += sprintf(at, "%010d\n", (int)(mt_random_at(3, (uint64_t)i) % 1000000000));
    return text;
}

/* Cut anywhere: a prefix of the true lines, none of them torn, then one error that stays. */
static void test_truncated_gzip(void **state)
{
    size_t size;
    char *text = many_lines(3000);
    (void)state;
    unsigned char *whole = file_get(file_put_gz("whole.gz", text), &size);
    for (size_t cut = 3; cut < size; cut += cut < 40 || cut > size - 40 ? 1 : 97) {
        struct mt_csv *csv = open_csv(file_put_bytes("cut.gz", whole, cut));
        struct mt_csv_line line;
        struct mt_diag diag = { 0 };
        uint64_t lines = 0;
        int got;
        while ((got = mt_csv_next(csv, &line, &diag)) == 1) {
            assert_int_equal(line.length, 10);
            assert_memory_equal(line.text, text + lines * 11, 10);
            lines++;
        }
        assert_int_equal(got, MT_ECORRUPT);
        assert_text_has(diag.text, "cut.gz");
        assert_text_has(diag.text, "truncated");
        assert_true(lines <= 3000);
        assert_int_equal(mt_csv_next(csv, &line, NULL), MT_ECORRUPT);
        mt_csv_close(csv);
    }
    free(whole);
    free(text);
}

/* A flipped byte in the packed data never passes for a sound file (but for the header's time, name and flags). */
static void test_flipped_gzip(void **state)
{
    size_t size;
    char *text = many_lines(500);
    (void)state;
    unsigned char *whole = file_get(file_put_gz("whole.gz", text), &size);
    for (size_t i = 18; i < size; i += 3) {
        whole[i] ^= 0x10;
        struct mt_csv *csv = open_csv(file_put_bytes("flip.gz", whole, size));
        struct mt_csv_line line;
        int got;
        while ((got = mt_csv_next(csv, &line, NULL)) == 1)
            continue;
        assert_int_equal(got, MT_ECORRUPT);
        mt_csv_close(csv);
        whole[i] ^= 0x10;
    }
    free(whole);
    free(text);
}

static void test_members(void **state)
{
    size_t one, two;
    char joined[256];
    int end;
    (void)state;
    unsigned char *a = file_get(file_put_gz("a.gz", "1\n2"), &one);
    unsigned char *b = file_get(file_put_gz("b.gz", "3\n4\n"), &two);
    unsigned char both[512];
    memcpy(both, a, one);
    memcpy(both + one, b, two);
    struct mt_csv *csv = open_csv(file_put_bytes("both.gz", both, one + two));
    lines_join(csv, joined, sizeof joined, &end);
    assert_string_equal(joined, "1=1|2=23|3=4|");
    assert_int_equal(end, 0);
    mt_csv_close(csv);
    memcpy(both + one, "garbage behind", 14);
    csv = open_csv(file_put_bytes("garbage.gz", both, one + 14));
    lines_join(csv, joined, sizeof joined, &end);
    assert_int_equal(end, MT_ECORRUPT);
    assert_string_equal(joined, "1=1|");
    mt_csv_close(csv);
    free(a);
    free(b);
}

static void test_no_file(void **state)
{
    struct mt_csv *csv = NULL;
    struct mt_diag diag = { 0 };
    (void)state;
    assert_int_equal(mt_csv_open(&csv, file_path("missing"), &diag), MT_EIO);
    assert_text_has(diag.text, "missing");
    diag.code = 0;
    assert_int_equal(mt_csv_open(&csv, files_dir, &diag), MT_EIO);
    assert_text_has(diag.text, "not a regular file");
    diag.code = 0;
    assert_int_equal(mt_csv_open(&csv, "/dev/null", &diag), MT_EIO);
    assert_null(csv);
}

static void check_split(const char *text, int count, const char *const *expected)
{
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    assert_int_equal(mt_csv_split(text, strlen(text), ',', fields), count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(fields[i].length, strlen(expected[i]));
        assert_memory_equal(fields[i].text, expected[i], fields[i].length);
    }
}

static void test_split(void **state)
{
    (void)state;
    check_split("", 1, (const char *const[]){ "" });
    check_split("a", 1, (const char *const[]){ "a" });
    check_split("a,b,", 3, (const char *const[]){ "a", "b", "" });
    check_split(",,", 3, (const char *const[]){ "", "", "" });
    check_split(" a\t, b c ,\" d \"", 3, (const char *const[]){ "a", "b c", " d " });
    check_split("\"\",\",\"a", 3, (const char *const[]){ "", "\"", "\"a" });
    char commas[200];
    struct mt_field fields[MT_CSV_FIELDS_MAX];
    memset(commas, ',', sizeof commas);
    assert_int_equal(mt_csv_split(commas, MT_CSV_FIELDS_MAX - 1, ',', fields), MT_CSV_FIELDS_MAX);
    assert_int_equal(mt_csv_split(commas, MT_CSV_FIELDS_MAX, ',', fields), MT_CSV_FIELDS_MAX + 1);
    assert_int_equal(mt_csv_split(commas, sizeof commas, ',', fields), MT_CSV_FIELDS_MAX + 1);
}

struct kept { uint64_t number; size_t length; bool too_long; char head[16]; };

static size_t lines_keep(struct mt_csv *csv, struct kept *out, size_t room)
{
    struct mt_csv_line line;
    size_t count = 0;
    while (mt_csv_next(csv, &line, NULL) == 1) {
        assert_true(count < room);
        out[count] = (struct kept){ .number = line.number, .length = line.too_long ? 0 : line.length, .too_long = line.too_long };
        if (!line.too_long)
            memcpy(out[count].head, line.text, line.length < 16 ? line.length : 16);
        count++;
    }
    return count;
}

/* Random lines, some empty, some of about the size of the buffer, some far too long, in all ways of packing: from the end
 * they are the same lines, and what is skipped at the start stays skipped. */
static void test_backwards(void **state)
{
    enum { ROUNDS = 40, LINES = 600 };
    static struct kept there[LINES + 1], back[LINES + 1];
    uint64_t n = 0, seed = 11;
    char *text = malloc(64u << 20);
    (void)state;
    assert_non_null(text);
    for (int round = 0; round < ROUNDS; round++) {
        size_t size = 0, lines = 1 + mt_random_at(seed, n++) % LINES;
        for (size_t i = 0; i < lines; i++) {
            uint64_t kind = mt_random_at(seed, n++) % 100, length = mt_random_at(seed, n++) % 300;
            if (kind < 3)
                length = MT_CSV_LINE_MAX - 2 + mt_random_at(seed, n++) % 5;
            else if (kind == 3)
                length = 100000 + mt_random_at(seed, n++) % 300000;
            else if (kind < 12)
                length = 0;
            for (size_t k = 0; k < length; k++)
                text[size++] = (char)('!' + (k + i) % 90);
            if (kind % 7 == 0)
                text[size++] = '\r';
            if (i + 1 < lines || round % 2 == 0)
                text[size++] = '\n';
        }
        text[size] = '\0';
        for (int packed = 0; packed < 2; packed++) {
            struct mt_csv *csv = open_csv(packed ? file_put_gz("b.gz", text) : file_put("b", text));
            uint64_t first = mt_random_at(seed, n++) % 4;
            mt_csv_skip(csv, first);
            assert_int_equal(mt_csv_rewind(csv, NULL), 0);
            size_t count = lines_keep(csv, there, LINES + 1), long_front = 0;
            while (long_front < count && there[long_front].number < first)
                long_front++;
            assert_int_equal(mt_csv_backwards(csv, NULL), 0);
            for (int again = 0; again < 2; again++) {
                assert_int_equal(lines_keep(csv, back, LINES + 1), count - long_front);
                for (size_t i = long_front; i < count; i++)
                    assert_memory_equal(&there[i], &back[count - 1 - i], sizeof there[i]);
                assert_int_equal(mt_csv_rewind(csv, NULL), 0);
            }
            mt_csv_close(csv);
        }
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backwards),
        cmocka_unit_test(test_lines), cmocka_unit_test(test_empty), cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_random_lines), cmocka_unit_test(test_truncated_gzip), cmocka_unit_test(test_flipped_gzip),
        cmocka_unit_test(test_members), cmocka_unit_test(test_no_file), cmocka_unit_test(test_split),
    };
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
