/* A board that is a POSIX machine: its flash is a file, its clocks and random numbers are the system's. */
#ifndef HOST_BOARD_H
#define HOST_BOARD_H

#include "../forehand.h"

#define HOST_SECTOR_BYTES 4096u
#define HOST_SECTORS 64u

typedef struct {
    int flash; /* the file */
} host_board;

/* Open the flash, or make one as it comes from the factory. False: the file cannot be opened. */
bool host_board_open(host_board *board, const char *path);

/* Fill in everything but `publish`. */
void host_board_port(host_board *board, fh_port *port);
fh_flash_shape host_board_shape(void);

#endif
