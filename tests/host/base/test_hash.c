#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/hash.h"

/* The definition: one bit at a time. */
static uint32_t model_crc(uint32_t crc, const unsigned char *data, size_t length)
{
    crc = ~crc;
    for (size_t at = 0; at < length; at++) {
        crc ^= data[at];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
    }
    return ~crc;
}

static void crc_of_known_texts(void **state)
{
    (void)state;
    unsigned char bytes[48];
    static const unsigned char read_command[48] = {     /* RFC 3720 B.4 */
        0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0,
        0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
    };
    assert_int_equal(mt_crc32c(0, "123456789", 9), 0xe3069283u);
    assert_int_equal(mt_crc32c_portable(0, "123456789", 9), 0xe3069283u);
    assert_int_equal(mt_crc32c(0, "", 0), 0);
    memset(bytes, 0, 32);
    assert_int_equal(mt_crc32c(0, bytes, 32), 0x8a9136aau);
    memset(bytes, 0xff, 32);
    assert_int_equal(mt_crc32c(0, bytes, 32), 0x62a8ab43u);
    assert_int_equal(mt_crc32c(0, read_command, 48), 0xd9963a56u);
}

static void crc_equals_its_definition(void **state)
{
    (void)state;
    enum { SIZE = 500 };
    unsigned char bytes[SIZE];
    for (uint64_t at = 0; at < SIZE; at++)
        bytes[at] = (unsigned char)mt_random_at(1, at);
    for (size_t offset = 0; offset < 9; offset++) {
        for (size_t length = 0; length + offset <= SIZE; length++) {
            uint32_t seed = (uint32_t)mt_random_at(2, length), want = model_crc(seed, bytes + offset, length);
            assert_int_equal(mt_crc32c(seed, bytes + offset, length), want);
            assert_int_equal(mt_crc32c_portable(seed, bytes + offset, length), want);
        }
    }
    /* In pieces it is the same as in one. */
    for (size_t cut = 0; cut <= SIZE; cut++)
        assert_int_equal(mt_crc32c(mt_crc32c(0, bytes, cut), bytes + cut, SIZE - cut), mt_crc32c(0, bytes, SIZE));
}

static void hashes_of_known_texts(void **state)
{
    (void)state;
    /* Journals and result hashes on disk depend on these values: they must never change. */
    assert_true(mt_hash64("", 0) == UINT64_C(0x2d06800538d394c2));
    assert_true(mt_hash64("", 0) == mt_hash64_seed("", 0, 0));
    assert_true(mt_hash64("EURUSD", 6) == mt_hash64_seed("EURUSD", 6, 0));
    assert_true(mt_hash64_seed("EURUSD", 6, 1) != mt_hash64("EURUSD", 6));
    assert_true(mt_hash64("EURUSD", 6) != mt_hash64("EURUSE", 6));
}

static void a_file_hashes_like_its_bytes(void **state)
{
    (void)state;
    char path[] = "/tmp/mthost_hash_XXXXXX";
    static unsigned char bytes[200001];
    static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 131072, sizeof bytes };
    for (uint64_t at = 0; at < sizeof bytes; at++)
        bytes[at] = (unsigned char)mt_random_at(3, at);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (size_t at = 0; at < sizeof sizes / sizeof sizes[0]; at++) {
        uint64_t got = 0;
        struct mt_diag diag = { 0 };
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, bytes, sizes[at], 0), sizes[at]);
        assert_int_equal(mt_hash_file(path, &got, &diag), 0);
        assert_true(got == mt_hash64(bytes, sizes[at]));
    }
    close(fd);
    unlink(path);
}

static void a_file_that_cannot_be_read(void **state)
{
    (void)state;
    uint64_t got = 77;
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_hash_file("/nonexistent/file", &got, &diag), MT_EIO);
    assert_non_null(strstr(diag.text, "/nonexistent/file"));
    diag = (struct mt_diag){ 0 };
    assert_int_equal(mt_hash_file("/tmp", &got, &diag), MT_EIO);
    assert_non_null(strstr(diag.text, "directory"));
    assert_true(got == 77);
}

/* splitmix64 as published: a state that is advanced and mixed. */
static void random_numbers_are_splitmix64(void **state)
{
    (void)state;
    static const uint64_t seeds[] = { 0, 1, 1234567, UINT64_MAX };
    for (size_t at = 0; at < sizeof seeds / sizeof seeds[0]; at++) {
        uint64_t position = seeds[at];
        for (uint64_t n = 0; n < 100; n++) {
            uint64_t z = position += UINT64_C(0x9e3779b97f4a7c15);
            z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
            z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
            assert_true(mt_random_at(seeds[at], n) == (z ^ (z >> 31)));
        }
    }
    assert_true(mt_random_at(1234567, 0) == UINT64_C(6457827717110365317));
    assert_true(mt_random_at(1234567, 1) == UINT64_C(3203168211198807973));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc_of_known_texts),
        cmocka_unit_test(crc_equals_its_definition),
        cmocka_unit_test(hashes_of_known_texts),
        cmocka_unit_test(a_file_hashes_like_its_bytes),
        cmocka_unit_test(a_file_that_cannot_be_read),
        cmocka_unit_test(random_numbers_are_splitmix64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
