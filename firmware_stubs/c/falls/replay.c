/* Recordings in, falls out: on this machine, and on a Cortex-M through semihosting.
 *
 * Input, binary, little-endian: for each recording uint32 fs_milli_hz, uint32 samples, int16 x, y, z of each.
 * Output: a line for each fall: recording, at, impact_at, vote, percent; after the word "all" for each peak. On a board
 * at the end: "instructions", and how many it took for how many samples, and for the sample that took most.
 */
#include <stdint.h>
#include <stdio.h>

#include "fh_falls.h"
#ifdef FH_BOARD_TICKS
#include "board/start.h"
#endif

#ifndef FH_MODEL
#define FH_MODEL fh_wrist
#endif

static fh_falls falls;
static unsigned long long instructions, most, samples;

static bool added(const int16_t mg[3], fh_fall *fall) {
#ifdef FH_BOARD_TICKS
    uint32_t before = fh_ticks();
    bool found = fh_falls_add(&falls, mg[0], mg[1], mg[2], fall);
    unsigned long long took = (unsigned long long)((fh_ticks() - before) & FH_TICK_MASK) * FH_INSTRUCTIONS_PER_TICK;
    instructions += took;
    most = took > most ? took : most;
    return found;
#else
    return fh_falls_add(&falls, mg[0], mg[1], mg[2], fall);
#endif
}

static int replayed(FILE *in, unsigned recording, uint32_t count) {
    for (uint32_t n = 0; n < count; n++, samples++) {
        int16_t mg[3];
        fh_fall fall;
        if (fread(mg, sizeof mg, 1, in) != 1) return 4;
        if (added(mg, &fall))
            printf("%u %lu %lu %ld %u\n", recording, (unsigned long)fall.at, (unsigned long)fall.impact_at,
                   (long)fall.vote, fall.percent);
    }
    return 0;
}

int main(int argc, char **argv) {
    uint32_t head[2];
    FILE *in = argc > 1 ? fopen(argv[1], "rb") : stdin;
    if (in == NULL) return 2;
    for (unsigned recording = 0; fread(head, sizeof head, 1, in) == 1; recording++) {
        if (!fh_falls_begin(&falls, &FH_MODEL, head[0], FH_BALANCED)) return 3;
        if (argc > 2) falls.least = INT32_MIN;
        int result = replayed(in, recording, head[1]);
        if (result != 0) return result;
    }
    if (instructions > 0) printf("instructions %llu %llu %llu\n", instructions, samples, most);
    return 0;
}
