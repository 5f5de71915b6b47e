/* `powercut SHAPE STRIDE`: the power goes at every (STRIDEth) operation of a life, in every way; then again while it
 * recovers. Prints what was tried. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "life.h"

static sim_flash flash, fresh;
static life one;

/* The life until its end, with a cut at the given operation and another so many operations later (0: none). */
static uint32_t live(size_t slots, uint32_t cut_at, sim_cut cut, uint32_t then) {
    static int step; /* survives the jump */
    static uint32_t cuts;
    memcpy(&flash, &fresh, sizeof flash);
    flash.cut_at = cut_at;
    flash.cut = cut;
    life_begin(&one, &flash, slots);
    step = -1;
    cuts = 0;
    if (setjmp(flash.dark) != 0) { /* dark: what was in memory is gone */
        cuts++;
        flash.cut_at = cuts == 1 && then > 0 ? flash.operations + then : 0;
        step = step < 0 ? 0 : step + 1;
        life_boot(&one);
    } else {
        life_boot(&one);
    }
    if (step < 0) step = 0;
    for (; step < LIFE_STEPS; step++) life_step(&one, step);
    life_end(&one);
    if (one.fault != NULL) {
        printf("cut %d at operation %u, again after %u: %s\n", (int)cut, cut_at, then, one.fault);
        exit(1);
    }
    return flash.operations;
}

int main(int argc, char **argv) {
    static const fh_flash_shape shapes[] = {
        {2048, 4, 8, 256}, {4096, 3, 1, 256}, {2048, 2, 32, 64}, {2048, 8, 4, 2048}};
    uint32_t shape = argc > 1 ? (uint32_t)atoi(argv[1]) : 0u, stride = argc > 2 ? (uint32_t)atoi(argv[2]) : 1u;
    uint32_t lives = 0, operations = 0;
    if (shape >= sizeof shapes / sizeof shapes[0] || stride == 0) return 2;
    for (size_t slots = 6; slots <= LIFE_SLOTS; slots += 9) {
        uint32_t all;
        sim_new(&fresh, shapes[shape]);
        all = live(slots, 0, CUT_BEFORE, 0);
        operations += all;
        for (uint32_t at = 1; at <= all; at += stride) {
            for (int cut = 0; cut < CUTS; cut++, lives++) live(slots, at, (sim_cut)cut, 0);
        }
        for (uint32_t at = 3; at <= all; at += 11u * stride) {
            for (uint32_t then = 1; then <= 24; then++, lives++) live(slots, at, (sim_cut)(then % CUTS), then);
        }
    }
    printf("%u operations, %u lives, nothing lost\n", operations, lives);
    return 0;
}
