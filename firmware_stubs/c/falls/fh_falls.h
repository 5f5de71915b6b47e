/* Is this movement a fall? Samples in, at most one fall out, 2.4 seconds after the impact.
 *
 * The same detector as `edge/falls` in Python, whole number for whole number: the same falls at the same sample. C99.
 * No heap, no floating point, nothing of the C library. All memory is the caller's: one `fh_falls`, about 6 KB.
 * The tables (`fh_model`) are written by `python -m scripts.falls_tables wrist` from the fitted model.
 */
#ifndef FH_FALLS_H
#define FH_FALLS_H

#include <stdbool.h>
#include <stdint.h>

#define FH_RATE_HZ 50
#define FH_LIMIT_MG 4000
#define FH_LENGTH 256 /* samples around a peak */
#define FH_AFTER 117  /* of these after it */
#define FH_BEFORE (FH_LENGTH - 1 - FH_AFTER)
#define FH_STEPS (FH_LENGTH / 2)
#define FH_CURVES 6
#define FH_KERNEL 7
#define FH_CHANNELS_MAX 32
#define FH_HIDDEN 16
#define FH_WAITING 4 /* peaks are a second apart, and wait 2.3 */

typedef struct {
    uint16_t inputs, outputs;
    const int8_t *weights; /* inputs times outputs */
    const int32_t *bias, *scale;
} fh_layer;

typedef struct {
    int32_t centre[FH_CURVES], gain[FH_CURVES];
    fh_layer convolutions[3], hidden, last;
} fh_network;

/* `percents[k]`: the least vote that means k + 1 hundredths. */
typedef struct {
    uint16_t trigger_mg, networks;
    const fh_network *network;
    const int32_t *percents;
    int32_t sensitive, balanced, quiet;
} fh_model;

extern const fh_model fh_wrist, fh_waist; /* where it is worn; link the one whose tables were written */

typedef enum { FH_SENSITIVE, FH_BALANCED, FH_QUIET } fh_point;

/* `at` and `impact_at` count the sensor's samples from the beginning: when it was known, when it was. */
typedef struct {
    uint64_t at, impact_at;
    int32_t vote;
    uint8_t percent; /* its probability */
} fh_fall;

typedef struct {
    const fh_model *model;
    int32_t least;
    /* resampling */
    uint32_t group, in_group, step, offset;
    int32_t sum[3], before[3];
    uint64_t sensor, samples; /* how many came, how many they became */
    bool has_before;
    /* the last samples, a ring */
    int16_t recent[FH_LENGTH][3];
    uint16_t next;
    /* peaks whose seconds are not whole yet */
    struct { uint64_t at; int32_t size; } waiting[FH_WAITING];
    uint8_t waiting_count;
    /* the network's work space */
    int16_t one[FH_STEPS * FH_CURVES], other[FH_STEPS / 2 * 16];
} fh_falls;

/* False: a rate it was not made for (15 to 200 Hz), or a model that does not fit. After a hole in the stream: again. */
bool fh_falls_begin(fh_falls *falls, const fh_model *model, uint32_t fs_milli_hz, fh_point point);

/* The next sample, milli-g with gravity. True: a fall has become known, see `fall`. */
bool fh_falls_add(fh_falls *falls, int32_t x_mg, int32_t y_mg, int32_t z_mg, fh_fall *fall);

/* Its parts. `fh_curves` fills `falls->one` from the ring; `fh_vote` says what the network makes of that. */
void fh_curves(fh_falls *falls, const fh_network *network);
int32_t fh_vote(fh_falls *falls, const fh_network *network);
uint32_t fh_root(uint32_t square);
int64_t fh_shift(int64_t value, unsigned bits); /* right, rounded down */

#endif
