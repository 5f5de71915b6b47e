/* The five seconds around a peak as six curves: see `edge/falls/window.py`, which this follows line by line. */
#include "fh_falls.h"

#define POSTURE 64
#define POSTURE_BITS 6u
#define HALF 16
#define COURSE_BITS 5u
#define FLOOR_MG 20
#define UNIT_BITS 14u
#define MOST 32767

uint32_t fh_root(uint32_t square) {
    uint32_t root = 0, bit = 1u << 30;
    while (bit > square) bit >>= 2;
    for (; bit != 0; bit >>= 2) {
        if (square >= root + bit) {
            square -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}

static uint32_t length(const int32_t v[3]) { return fh_root((uint32_t)(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])); }

static int32_t log2_256ths(uint32_t mg) {
    uint32_t value = mg + FLOOR_MG, bits = 0;
    while (value >> (bits + 1u)) bits++;
    return (int32_t)((bits << 8) + ((value << 8) >> bits)) - 256;
}

/* The sample of that number in the window, the oldest first; beyond its ends stand the ends. */
static const int16_t *sample(const fh_falls *falls, int number) {
    number = number < 0 ? 0 : number >= FH_LENGTH ? FH_LENGTH - 1 : number;
    return falls->recent[(unsigned)(falls->next + number) % FH_LENGTH];
}

/* How the arm was held from `first` on: a vector of length 1 in 16384ths. */
static void posture(const fh_falls *falls, int first, int32_t unit[3]) {
    int32_t mean[3] = {0, 0, 0};
    for (int n = first; n < first + POSTURE; n++)
        for (int axis = 0; axis < 3; axis++) mean[axis] += sample(falls, n)[axis];
    for (int axis = 0; axis < 3; axis++) mean[axis] = (int32_t)fh_shift(mean[axis], POSTURE_BITS);
    int32_t size = (int32_t)length(mean);
    for (int axis = 0; axis < 3; axis++) unit[axis] = mean[axis] * (1 << UNIT_BITS) / (size > 0 ? size : 1);
}

static int32_t along(const int16_t *mg, const int32_t unit[3]) {
    return (int32_t)fh_shift(mg[0] * unit[0] + mg[1] * unit[1] + mg[2] * unit[2], UNIT_BITS);
}

static int16_t ranged(const fh_network *network, int curve, int32_t value) {
    int64_t in = fh_shift((int64_t)(value - network->centre[curve]) * network->gain[curve], 4);
    return (int16_t)(in > MOST ? MOST : in < -MOST ? -MOST : in);
}

void fh_curves(fh_falls *falls, const fh_network *network) {
    int32_t first[3], last[3], around[3] = {0, 0, 0}, pair[5] = {0, 0, 0, 0, 0}, largest = 0;
    posture(falls, 0, first);
    posture(falls, FH_LENGTH - POSTURE, last);
    for (int n = -HALF; n < HALF; n++)
        for (int axis = 0; axis < 3; axis++) around[axis] += sample(falls, n)[axis];
    for (int n = 0; n < FH_LENGTH; n++) {
        const int16_t *mg = sample(falls, n), *previous = sample(falls, n - 1);
        int32_t whole[3], off[3], change[3];
        for (int axis = 0; axis < 3; axis++) {
            whole[axis] = mg[axis];
            off[axis] = mg[axis] - (int32_t)fh_shift(around[axis], COURSE_BITS);
            change[axis] = mg[axis] - previous[axis];
            around[axis] += sample(falls, n + HALF)[axis] - sample(falls, n - HALF)[axis];
        }
        int32_t size = (int32_t)length(whole);
        largest = n % 2 == 0 || size > largest ? size : largest;
        pair[0] += size;
        pair[1] += along(mg, first);
        pair[2] += along(mg, last);
        pair[3] += log2_256ths(length(off));
        pair[4] += log2_256ths(length(change));
        if (n % 2 == 0) continue;
        int16_t *step = &falls->one[n / 2 * FH_CURVES];
        for (int curve = 0; curve < 5; curve++) {
            step[curve] = ranged(network, curve, (int32_t)fh_shift(pair[curve], 1));
            pair[curve] = 0;
        }
        step[5] = ranged(network, 5, largest);
    }
}
