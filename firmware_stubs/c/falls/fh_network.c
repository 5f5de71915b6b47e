/* Three convolutions, a pool of pairs, two full layers, all in whole numbers: see `edge/falls/network.py`. */
#include "fh_falls.h"

#define MOST 32767
#define SCALE_BITS 24u

static int64_t scaled(const fh_layer *layer, unsigned output, int32_t sum) {
    return fh_shift((int64_t)(sum + layer->bias[output]) * layer->scale[output], SCALE_BITS);
}

static int16_t positive(int64_t value) { return (int16_t)(value < 0 ? 0 : value > MOST ? MOST : value); }

/* Every second window of seven steps; beyond the ends lies nothing. Returns how many steps there are then. */
static int convolved(const fh_layer *layer, const int16_t *in, int steps, int16_t *out) {
    int channels = layer->inputs / FH_KERNEL;
    for (int step = 0; step < steps / 2; step++) {
        int32_t sums[FH_CHANNELS_MAX] = {0};
        for (int place = 0; place < FH_KERNEL; place++) {
            int from = 2 * step + place - FH_KERNEL / 2;
            if (from < 0 || from >= steps) continue;
            const int8_t *weight = &layer->weights[place * channels * layer->outputs];
            for (int channel = 0; channel < channels; channel++) {
                int32_t value = in[from * channels + channel];
                for (int output = 0; output < layer->outputs; output++) sums[output] += value * *weight++;
            }
        }
        for (unsigned output = 0; output < layer->outputs; output++)
            *out++ = positive(scaled(layer, output, sums[output]));
    }
    return steps / 2;
}

static void paired(const int16_t *in, int steps, int channels, int16_t *out) {
    for (int step = 0; step < steps / 2; step++)
        for (int channel = 0; channel < channels; channel++)
            *out++ = (int16_t)((in[2 * step * channels + channel] + in[(2 * step + 1) * channels + channel]) >> 1);
}

static int64_t full(const fh_layer *layer, const int16_t *in, unsigned output) {
    int32_t sum = 0;
    for (unsigned input = 0; input < layer->inputs; input++)
        sum += (int32_t)in[input] * layer->weights[input * layer->outputs + output];
    return scaled(layer, output, sum);
}

int32_t fh_vote(fh_falls *falls, const fh_network *network) {
    int steps = convolved(&network->convolutions[0], falls->one, FH_STEPS, falls->other);
    steps = convolved(&network->convolutions[1], falls->other, steps, falls->one);
    steps = convolved(&network->convolutions[2], falls->one, steps, falls->other);
    paired(falls->other, steps, network->convolutions[2].outputs, falls->one);
    int16_t hidden[FH_HIDDEN];
    for (unsigned output = 0; output < FH_HIDDEN; output++)
        hidden[output] = positive(full(&network->hidden, falls->one, output));
    return (int32_t)full(&network->last, hidden, 0);
}
