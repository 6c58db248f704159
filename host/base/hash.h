/* hash: CRC-32C for what lies on disk, XXH3 for identities.
 * Neither depends on the machine: hardware CRC is used where present and gives the same value. */
#ifndef MT_BASE_HASH_H
#define MT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* Continue a CRC-32C (Castagnoli, reflected, as in RFC 3720); start with crc = 0 or with a seed.
 * mt_crc32c(0, "123456789", 9) == 0xE3069283. */
uint32_t mt_crc32c(uint32_t crc, const void *data, size_t length);
/* The same by table, for machines without the instruction. */
uint32_t mt_crc32c_portable(uint32_t crc, const void *data, size_t length);

uint64_t mt_hash64(const void *data, size_t length);                    /* XXH3 64 bits */
uint64_t mt_hash64_seed(const void *data, size_t length, uint64_t seed);
/* Hash of a whole file; MT_EIO with diag. */
int mt_hash_file(const char *path, uint64_t *out, struct mt_diag *diag) MT_CHECKED;

/* Counter-based random numbers: the n-th value of a seed is a pure function (splitmix64), so that a generator can be
 * resumed at any position and nothing depends on call order. */
uint64_t mt_random_at(uint64_t seed, uint64_t n);

#endif
