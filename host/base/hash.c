#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
#include "base/hash.h"

/* A CRC is linear, so the table follows from the values of its eight single bits. */
#define BIT(i, n, value) ((i) & (1u << (n)) ? (value) : 0u)
#define ENTRY(i) (BIT(i, 0, 0xf26b8303u) ^ BIT(i, 1, 0xe13b70f7u) ^ BIT(i, 2, 0xc79a971fu) ^ BIT(i, 3, 0x8ad958cfu) ^ \
                  BIT(i, 4, 0x105ec76fu) ^ BIT(i, 5, 0x20bd8edeu) ^ BIT(i, 6, 0x417b1dbcu) ^ BIT(i, 7, 0x82f63b78u))
#define ENTRY4(i) ENTRY(i), ENTRY((i) + 1), ENTRY((i) + 2), ENTRY((i) + 3)
#define ENTRY16(i) ENTRY4(i), ENTRY4((i) + 4), ENTRY4((i) + 8), ENTRY4((i) + 12)
#define ENTRY64(i) ENTRY16(i), ENTRY16((i) + 16), ENTRY16((i) + 32), ENTRY16((i) + 48)

static const uint32_t crc_table[256] = { ENTRY64(0u), ENTRY64(64u), ENTRY64(128u), ENTRY64(192u) };

uint32_t mt_crc32c_portable(uint32_t crc, const void *data, size_t length)
{
    const unsigned char *at = data;
    crc = ~crc;
    for (; length > 0; length--)
        crc = (crc >> 8) ^ crc_table[(crc ^ *at++) & 0xff];
    return ~crc;
}

#if defined(__x86_64__)
typedef long long lanes __attribute__((vector_size(16)));

static inline uint64_t word_at(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* The state after as many zero bytes as `power` stands for: x^(8 bytes - 33) mod the polynomial, bits reversed. The
 * product lacks a factor of x^33, which the instruction and the reversal of a product bring. */
__attribute__((target("sse4.2,pclmul")))
static inline uint64_t crc_shift(uint64_t state, uint32_t power)
{
    const lanes product = __builtin_ia32_pclmulqdq128((lanes){ (long long)(uint32_t)state, 0 },
                                                      (lanes){ power, 0 }, 0);
    return __builtin_ia32_crc32di(0, (uint64_t)product[0]);
}

/* The instruction answers after three cycles but can begin one each cycle: three thirds side by side, joined at the
 * end. Each third is `third` bytes; one and two are the powers of crc_shift for one and two thirds. */
__attribute__((target("sse4.2,pclmul")))
static inline uint64_t crc_thirds(uint64_t state, const unsigned char *at, size_t third, uint32_t one, uint32_t two)
{
    uint64_t middle = 0, last = 0;
    for (size_t i = 0; i < third; i += 8) {
        state = __builtin_ia32_crc32di(state, word_at(at + i));
        middle = __builtin_ia32_crc32di(middle, word_at(at + third + i));
        last = __builtin_ia32_crc32di(last, word_at(at + 2 * third + i));
    }
    return crc_shift(state, two) ^ crc_shift(middle, one) ^ last;
}

__attribute__((target("sse4.2,pclmul")))
static uint32_t crc_hardware(uint32_t crc, const void *data, size_t length)
{
    const unsigned char *at = data;
    uint64_t state = (uint32_t)~crc;
    for (; length >= 192; length -= 192, at += 192)
        state = crc_thirds(state, at, 64, 0x9e4addf8u, 0x0d3b6092u);
    for (; length >= 96; length -= 96, at += 96)
        state = crc_thirds(state, at, 32, 0xba4fc28eu, 0x9e4addf8u);
    for (; length >= 8; length -= 8, at += 8)
        state = __builtin_ia32_crc32di(state, word_at(at));
    crc = (uint32_t)state;
    for (; length > 0; length--)
        crc = __builtin_ia32_crc32qi(crc, *at++);
    return ~crc;
}
#endif

uint32_t mt_crc32c(uint32_t crc, const void *data, size_t length)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul"))
        return crc_hardware(crc, data, length);
#endif
    return mt_crc32c_portable(crc, data, length);
}

uint64_t mt_hash64(const void *data, size_t length)
{
    return XXH3_64bits(data, length);
}

uint64_t mt_hash64_seed(const void *data, size_t length, uint64_t seed)
{
    return XXH3_64bits_withSeed(data, length, seed);
}

int mt_hash_file(const char *path, uint64_t *out, struct mt_diag *diag)
{
    static const char what[] = "hash of a file";
    char chunk[65536];
    ssize_t got = -1;
    int err = 0;
    XXH3_state_t *state = XXH3_createState();
    if (!state)
        return mt_fail(diag, MT_ENOMEM, "%s: %s: no memory", what, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err = mt_fail(diag, MT_EIO, "%s: %s: %s", what, path, strerror(errno));
        goto out;
    }
    XXH3_64bits_reset(state);
    while ((got = read(fd, chunk, sizeof chunk)) != 0) {
        if (got > 0) {
            XXH3_64bits_update(state, chunk, (size_t)got);
        } else if (errno != EINTR) {
            err = mt_fail(diag, MT_EIO, "%s: %s: %s", what, path, strerror(errno));
            goto out;
        }
    }
    *out = XXH3_64bits_digest(state);
out:
    if (fd >= 0)
        close(fd);
    XXH3_freeState(state);
    return err;
}

uint64_t mt_random_at(uint64_t seed, uint64_t n)
{
    uint64_t z = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
