/* A NOR flash in memory, as bought: full of noise. It can lose its power in the middle of any operation, and holds its
 * user to the rules. */
#ifndef SIM_FLASH_H
#define SIM_FLASH_H

#include <setjmp.h>

#include "../forehand.h"

#define SIM_MOST_BYTES 32768u

typedef enum { CUT_BEFORE, CUT_HALF, CUT_SOME_BITS, CUT_AFTER, CUTS } sim_cut;

typedef struct {
    fh_flash_shape shape;
    uint8_t bytes[SIM_MOST_BYTES];
    bool programmed[SIM_MOST_BYTES]; /* since the last erasure */
    uint32_t operations;             /* erasures and programs so far */
    uint32_t cut_at;                 /* the operation at which the power goes; 0: never */
    sim_cut cut;
    uint32_t chances;
    jmp_buf dark;                    /* where a cut leads */
} sim_flash;

uint32_t sim_chance(uint32_t *state);
void sim_new(sim_flash *flash, fh_flash_shape shape);
fh_result sim_read(void *flash, uint32_t at, void *out, size_t bytes);
fh_result sim_erase(void *flash, uint32_t at);
fh_result sim_program(void *flash, uint32_t at, const void *data, size_t bytes);

#endif
