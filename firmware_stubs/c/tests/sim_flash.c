#include "sim_flash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "the flash was misused: %s\n", what);
    abort();
}

uint32_t sim_chance(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

void sim_new(sim_flash *flash, fh_flash_shape shape) {
    require(shape.sectors * shape.sector_bytes <= SIM_MOST_BYTES, "larger than the simulation");
    memset(flash, 0, sizeof *flash);
    flash->shape = shape;
    flash->chances = 88172645u;
    for (uint32_t i = 0; i < SIM_MOST_BYTES; i++) flash->bytes[i] = (uint8_t)sim_chance(&flash->chances);
    memset(flash->programmed, 1, sizeof flash->programmed);
}

fh_result sim_read(void *ctx, uint32_t at, void *out, size_t bytes) {
    sim_flash *flash = ctx;
    require(at + bytes <= flash->shape.sectors * flash->shape.sector_bytes, "read beyond its end");
    memcpy(out, flash->bytes + at, bytes);
    return FH_OK;
}

/* Does this byte, or this bit of it, come to pass before the power goes? */
static uint8_t reached(sim_flash *flash, bool cut, size_t i, size_t bytes) {
    if (!cut || flash->cut == CUT_AFTER) return 0xFF;
    if (flash->cut == CUT_BEFORE) return 0;
    if (flash->cut == CUT_HALF) return i < bytes / 2 ? 0xFF : 0;
    return (uint8_t)(sim_chance(&flash->chances) >> 11);
}

static bool goes_dark(sim_flash *flash) { return ++flash->operations == flash->cut_at; }

fh_result sim_erase(void *ctx, uint32_t at) {
    sim_flash *flash = ctx;
    uint32_t size = flash->shape.sector_bytes;
    bool cut = goes_dark(flash);
    require(at % size == 0 && at / size < flash->shape.sectors, "erased beside a sector");
    for (uint32_t i = 0; i < size; i++) flash->bytes[at + i] |= reached(flash, cut, i, size);
    memset(flash->programmed + at, cut, size);
    if (cut) longjmp(flash->dark, 1);
    return FH_OK;
}

fh_result sim_program(void *ctx, uint32_t at, const void *data, size_t bytes) {
    sim_flash *flash = ctx;
    const fh_flash_shape *shape = &flash->shape;
    bool cut = goes_dark(flash), seen = false;
    require(bytes > 0 && at % shape->unit_bytes == 0 && bytes % shape->unit_bytes == 0, "programmed half a unit");
    require(at / shape->page_bytes == (at + bytes - 1) / shape->page_bytes, "programmed across a page");
    require(at + bytes <= shape->sectors * shape->sector_bytes, "programmed beyond its end");
    for (size_t i = 0; i < bytes; i++) {
        uint8_t clears = (uint8_t)~((const uint8_t *)data)[i];
        require(!flash->programmed[at + i] || clears == 0xFF, "programmed twice");
        flash->bytes[at + i] &= (uint8_t)~(clears & reached(flash, cut, i, bytes));
        seen = seen || flash->bytes[at + i] != 0xFF;
    }
    if (seen) memset(flash->programmed + at, 1, bytes); /* what reads as blank may be half programmed, too */
    if (cut) longjmp(flash->dark, 1);
    return FH_OK;
}
