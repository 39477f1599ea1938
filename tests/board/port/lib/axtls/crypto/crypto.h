// What MicroPython's hashlib.sha1 asks of axTLS, from which an ESP8266 has it. Ours is in sha1.c.
#include <stdint.h>

#define SHA1_SIZE 20

typedef struct {
    uint32_t state[5];
    uint64_t length; // bytes so far
    uint8_t block[64];
} SHA1_CTX;

void SHA1_Init(SHA1_CTX *ctx);
void SHA1_Update(SHA1_CTX *ctx, const uint8_t *data, int n);
void SHA1_Final(uint8_t *digest, SHA1_CTX *ctx);
