// SHA-1 (FIPS 180-4, 6.1) in place of axTLS's, which Debian's MicroPython tree is without: the handshake of a WebSocket
// needs it.
#include <string.h>
#include "lib/axtls/crypto/crypto.h"

static uint32_t rotate(uint32_t x, int n) {
    return x << n | x >> (32 - n);
}

static void hash_block(SHA1_CTX *ctx) {
    static const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t w[80];
    uint32_t a = ctx->state[0], b = ctx->state[1], c = ctx->state[2], d = ctx->state[3], e = ctx->state[4];
    for (int i = 0; i < 80; i++) {
        if (i < 16) {
            const uint8_t *p = ctx->block + 4 * i;
            w[i] = (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
        } else {
            w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        }
        uint32_t f = b ^ c ^ d;
        if (i < 20) {
            f = (b & c) | (~b & d);
        } else if (i >= 40 && i < 60) {
            f = (b & c) | (b & d) | (c & d);
        }
        uint32_t next = rotate(a, 5) + f + e + constants[i / 20] + w[i];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    ctx->state[0] += a;
    ctx->state[1] += b;
    ctx->state[2] += c;
    ctx->state[3] += d;
    ctx->state[4] += e;
}

void SHA1_Init(SHA1_CTX *ctx) {
    static const uint32_t start[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    memcpy(ctx->state, start, sizeof(start));
    ctx->length = 0;
}

void SHA1_Update(SHA1_CTX *ctx, const uint8_t *data, int n) {
    while (n-- > 0) {
        ctx->block[ctx->length++ % 64] = *data++;
        if (ctx->length % 64 == 0) {
            hash_block(ctx);
        }
    }
}

void SHA1_Final(uint8_t *digest, SHA1_CTX *ctx) {
    static const uint8_t one = 0x80, zero = 0;
    uint64_t bits = ctx->length * 8;
    SHA1_Update(ctx, &one, 1);
    while (ctx->length % 64 != 56) {
        SHA1_Update(ctx, &zero, 1);
    }
    for (int i = 56; i >= 0; i -= 8) {
        uint8_t byte = bits >> i;
        SHA1_Update(ctx, &byte, 1);
    }
    for (int i = 0; i < SHA1_SIZE; i++) {
        digest[i] = ctx->state[i / 4] >> (24 - 8 * (i % 4));
    }
}
