#ifndef FH_START_H
#define FH_START_H
#include <stdint.h>

#define FH_TICK_MASK 0xFFFFFFu
#define FH_INSTRUCTIONS_PER_TICK 40u /* 25 MHz beside one instruction in each nanosecond (`-icount shift=0`) */
uint32_t fh_ticks(void);             /* since the start, modulo FH_TICK_MASK + 1 */

#endif
