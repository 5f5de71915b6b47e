/* The stream: resampling, trigger, and what a vote means. */
#include "fh_falls.h"

#define ONE 65536u
#define ALONE 50u
#define HISTORY 50u
#define CHANNELS 16u

int64_t fh_shift(int64_t value, unsigned bits) { return value >= 0 ? value >> bits : ~(~value >> bits); }

bool fh_falls_begin(fh_falls *falls, const fh_model *model, uint32_t fs_milli_hz, fh_point point) {
    if (fs_milli_hz < 15000u || fs_milli_hz > 200000u || model->network->convolutions[0].outputs > CHANNELS)
        return false;
    uint8_t *byte = (uint8_t *)falls;
    for (uint32_t n = 0; n < sizeof *falls; n++) byte[n] = 0;
    falls->model = model;
    falls->least = point == FH_SENSITIVE ? model->sensitive : point == FH_QUIET ? model->quiet : model->balanced;
    falls->group = fs_milli_hz / (FH_RATE_HZ * 1000u);
    if (falls->group == 0) falls->group = 1;
    falls->step = (uint32_t)((uint64_t)fs_milli_hz * ONE / (FH_RATE_HZ * 1000u * falls->group));
    return true;
}

static void consider(fh_falls *falls, uint64_t at, int32_t size) {
    while (falls->waiting_count > 0 && at - falls->waiting[falls->waiting_count - 1].at <= ALONE) {
        if (falls->waiting[falls->waiting_count - 1].size >= size) return;
        falls->waiting_count--;
    }
    falls->waiting[falls->waiting_count].at = at;
    falls->waiting[falls->waiting_count].size = size;
    falls->waiting_count++;
}

static uint8_t percent(const fh_model *model, int32_t vote) {
    uint8_t hundredths = 0;
    while (hundredths < 100 && model->percents[hundredths] <= vote) hundredths++;
    return hundredths;
}

static bool judged(fh_falls *falls, uint64_t peak, fh_fall *fall) {
    int32_t vote = 0;
    for (unsigned n = 0; n < falls->model->networks; n++) {
        fh_curves(falls, &falls->model->network[n]);
        vote += fh_vote(falls, &falls->model->network[n]);
    }
    if (vote < falls->least) return false;
    fall->at = falls->sensor - 1;
    fall->impact_at = (peak * falls->step >> 16) * falls->group;
    fall->vote = vote;
    fall->percent = percent(falls->model, vote);
    return true;
}

/* One sample at 50 Hz. */
static bool sampled(fh_falls *falls, const int32_t mg[3], fh_fall *fall) {
    int32_t size = 0;
    for (unsigned axis = 0; axis < 3; axis++) {
        falls->recent[falls->next][axis] = (int16_t)mg[axis];
        size += mg[axis] * mg[axis];
    }
    if (falls->samples == 0)
        for (unsigned n = 0; n < FH_LENGTH; n++)
            for (unsigned axis = 0; axis < 3; axis++) falls->recent[n][axis] = (int16_t)mg[axis];
    falls->next = (uint16_t)((falls->next + 1u) % FH_LENGTH);
    uint64_t at = falls->samples++;
    int32_t least = (int32_t)falls->model->trigger_mg * falls->model->trigger_mg;
    if (size >= least) consider(falls, at, size);
    if (falls->waiting_count == 0 || falls->waiting[0].at + FH_AFTER > at) return false;
    uint64_t peak = falls->waiting[0].at;
    for (unsigned n = 1; n < falls->waiting_count; n++) falls->waiting[n - 1] = falls->waiting[n];
    falls->waiting_count--;
    return peak >= HISTORY && judged(falls, peak, fall);
}

/* Straight lines from the group before to this one. */
static bool lines(fh_falls *falls, const int32_t mg[3], fh_fall *fall) {
    bool found = false;
    while (falls->has_before && falls->offset < ONE) {
        int32_t line[3];
        for (unsigned axis = 0; axis < 3; axis++) {
            int64_t rise = (int64_t)(mg[axis] - falls->before[axis]) * falls->offset;
            line[axis] = falls->before[axis] + (int32_t)fh_shift(rise, 16);
        }
        falls->offset += falls->step;
        found = sampled(falls, line, fall) || found;
    }
    if (falls->has_before) falls->offset -= ONE;
    for (unsigned axis = 0; axis < 3; axis++) falls->before[axis] = mg[axis];
    falls->has_before = true;
    return found;
}

static int32_t within(int32_t mg) { return mg > FH_LIMIT_MG ? FH_LIMIT_MG : mg < -FH_LIMIT_MG ? -FH_LIMIT_MG : mg; }

static int32_t rounded_down(int32_t sum, int32_t count) {
    return sum >= 0 ? sum / count : -((-sum + count - 1) / count);
}

bool fh_falls_add(fh_falls *falls, int32_t x_mg, int32_t y_mg, int32_t z_mg, fh_fall *fall) {
    const int32_t axes[3] = {within(x_mg), within(y_mg), within(z_mg)};
    falls->sensor++;
    for (unsigned axis = 0; axis < 3; axis++) falls->sum[axis] += axes[axis];
    if (++falls->in_group < falls->group) return false;
    int32_t mg[3];
    for (unsigned axis = 0; axis < 3; axis++) {
        mg[axis] = rounded_down(falls->sum[axis], (int32_t)falls->group);
        falls->sum[axis] = 0;
    }
    falls->in_group = 0;
    return falls->step == ONE ? sampled(falls, mg, fall) : lines(falls, mg, fall);
}
