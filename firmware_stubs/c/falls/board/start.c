/* A Cortex-M4 as QEMU's `mps2-an386` has it: where it begins, and its clock. Files come through semihosting. */
#include <stdint.h>

#include "start.h"

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014u)
#define SYSTICK_NOW (*(volatile uint32_t *)0xE000E018u)

extern uint32_t stack_top;
void _start(void);
static void begin(void);
static void stuck(void);

__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    void (*handlers[15])(void);
} vectors = {&stack_top, {begin, stuck, stuck, stuck, stuck, stuck, stuck}};

static void begin(void) {
    SYSTICK_RELOAD = FH_TICK_MASK;
    SYSTICK_NOW = 0;
    SYSTICK_CONTROL = 5; /* on, from the processor's clock, without interrupts */
    _start();
}

static void stuck(void) {
    for (;;) {
    }
}

uint32_t fh_ticks(void) { return FH_TICK_MASK - SYSTICK_NOW; }
