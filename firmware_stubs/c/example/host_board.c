#include "host_board.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static fh_result whole(ssize_t done, size_t bytes) { return done == (ssize_t)bytes ? FH_OK : FH_BOARD; }

static fh_result flash_read(void *ctx, uint32_t at, void *out, size_t bytes) {
    const host_board *board = ctx;
    return whole(pread(board->flash, out, bytes, (off_t)at), bytes);
}

static fh_result flash_erase(void *ctx, uint32_t at) {
    const host_board *board = ctx;
    uint8_t ones[HOST_SECTOR_BYTES];
    memset(ones, 0xFF, sizeof ones);
    if (whole(pwrite(board->flash, ones, sizeof ones, (off_t)at), sizeof ones) != FH_OK) return FH_BOARD;
    return fdatasync(board->flash) == 0 ? FH_OK : FH_BOARD;
}

/* As NOR flash does it: a bit that is cleared stays cleared until its sector is erased. */
static fh_result flash_program(void *ctx, uint32_t at, const void *data, size_t bytes) {
    const host_board *board = ctx;
    uint8_t page[256];
    if (bytes > sizeof page || flash_read(ctx, at, page, bytes) != FH_OK) return FH_BOARD;
    for (size_t i = 0; i < bytes; i++) page[i] &= ((const uint8_t *)data)[i];
    if (whole(pwrite(board->flash, page, bytes, (off_t)at), bytes) != FH_OK) return FH_BOARD;
    return fdatasync(board->flash) == 0 ? FH_OK : FH_BOARD;
}

static uint64_t in_ms(clockid_t clock) {
    struct timespec now = {0, 0};
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)(now.tv_nsec / 1000000);
}

static uint64_t up_ms(void *ctx) {
    (void)ctx;
    return in_ms(CLOCK_MONOTONIC);
}

/* A machine like this one has a clock. A board says true only after it was set, by SNTP for instance. */
static bool wall_ms(void *ctx, uint64_t *at_ms) {
    (void)ctx;
    *at_ms = in_ms(CLOCK_REALTIME);
    return true;
}

static fh_result random_bytes(void *ctx, void *out, size_t bytes) {
    int source = open("/dev/urandom", O_RDONLY);
    fh_result result = source < 0 ? FH_BOARD : whole(read(source, out, bytes), bytes);
    (void)ctx;
    if (source >= 0) (void)close(source);
    return result;
}

fh_flash_shape host_board_shape(void) {
    fh_flash_shape shape = {HOST_SECTOR_BYTES, HOST_SECTORS, 1, 256};
    return shape;
}

bool host_board_open(host_board *board, const char *path) {
    struct stat found;
    board->flash = open(path, O_RDWR | O_CREAT, 0600);
    if (board->flash < 0 || fstat(board->flash, &found) != 0) return false;
    if (found.st_size == (off_t)(HOST_SECTORS * HOST_SECTOR_BYTES)) return true;
    for (uint32_t i = 0; i < HOST_SECTORS; i++) {
        if (flash_erase(board, i * HOST_SECTOR_BYTES) != FH_OK) return false;
    }
    return true;
}

void host_board_port(host_board *board, fh_port *port) {
    port->ctx = board;
    port->up_ms = up_ms;
    port->wall_ms = wall_ms;
    port->random = random_bytes;
    port->flash_read = flash_read;
    port->flash_erase = flash_erase;
    port->flash_program = flash_program;
}
