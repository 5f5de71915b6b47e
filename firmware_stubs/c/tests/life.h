/* A scripted life of one client, a broker and a cloud, and a judge who remembers everything that was promised. */
#ifndef LIFE_H
#define LIFE_H

#include "sim_flash.h"

#define LIFE_STEPS 70
#define LIFE_MOST_SEQ 400u
#define LIFE_SLOTS 24

typedef struct {
    char name[12];
    size_t len;
    char body[1500];
} life_message;

typedef struct {
    sim_flash *flash;
    fh_client client;
    fh_slot slots[LIFE_SLOTS];
    size_t slot_count;
    char work[700];
    uint64_t up_ms, epoch_ms;
    bool clock_set;
    uint32_t chances, script; /* of this boot's random numbers; of the script, which no cut changes */

    /* what the judge remembers */
    char stream[33];
    uint32_t boot, session;
    bool kept[FH_LANES][LIFE_MOST_SEQ];     /* the call answered FH_OK */
    uint32_t said[FH_LANES][LIFE_MOST_SEQ]; /* seal of the bytes that left; 0: none did */
    bool stored[FH_LANES][LIFE_MOST_SEQ], declared[FH_LANES][LIFE_MOST_SEQ]; /* as the cloud knows it */
    bool reported_lost[FH_LANES][LIFE_MOST_SEQ];                             /* whether it was heard or not */
    bool wished, supply_allowed; /* as last heard and obeyed */
    bool supply_granted;         /* as the cloud wants it */
    unsigned consent;
    life_message mail[64];
    size_t mail_count;
    bool lines_down, rotten;
    const char *fault;
} life;

void life_begin(life *l, sim_flash *flash, size_t slot_count);
void life_boot(life *l);           /* after a cut: memory is gone, the flash is not */
void life_step(life *l, int step); /* 0 .. LIFE_STEPS - 1 */
void life_end(life *l);            /* connected for good, until nothing waits; then every promise is looked at */
void life_fault(life *l, const char *what);

#endif
