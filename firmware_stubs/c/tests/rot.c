/* A single bit rots, anywhere in the flash, in the middle of a life: it is made good, or its message declared lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "life.h"

#define MIDDLE 58 /* messages wait, and the newest sector holds some that no other has */

static sim_flash flash, at_middle;
static life one, until_middle;

int main(int argc, char **argv) {
    fh_flash_shape shape = {2048, 4, 8, 256};
    uint32_t stride = argc > 1 ? (uint32_t)atoi(argv[1]) : 1u, tried = 0;
    sim_new(&flash, shape);
    life_begin(&until_middle, &flash, LIFE_SLOTS);
    life_boot(&until_middle);
    for (int step = 0; step < MIDDLE; step++) life_step(&until_middle, step);
    memcpy(&at_middle, &flash, sizeof flash);
    for (uint32_t bit = 0; bit < shape.sectors * shape.sector_bytes * 8u; bit += stride, tried++) {
        memcpy(&flash, &at_middle, sizeof flash);
        memcpy(&one, &until_middle, sizeof one);
        one.rotten = true;
        flash.bytes[bit / 8u] ^= (uint8_t)(1u << bit % 8u);
        life_boot(&one);
        for (int step = MIDDLE; step < LIFE_STEPS; step++) life_step(&one, step);
        life_end(&one);
        if (one.fault != NULL) {
            printf("bit %u of byte %u: %s\n", bit % 8u, bit / 8u, one.fault);
            return 1;
        }
    }
    printf("%u bits, nothing lost in silence\n", tried);
    return 0;
}
