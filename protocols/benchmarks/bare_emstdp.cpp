// The network of Shrestha et al. (2019) with one hidden layer as a hand-written loop: the yardstick
// of the benchmark.
//
// Nothing is general: layers, rules and the order of a step are written out, every constant is
// known to the compiler, and only neurons that can fire are looked at. Positive and negative errors
// are one signed number. Sums keep the order of the text network, so that spikes and weights are
// the same bits. Compiled with -DINPUTS=n -DHIDDEN=n -DOUTPUTS=n -DSTEPS=T -DSKIP=n -DWAIT=n
// -DLEARN=0 or 1 -DDIRECT=0 (SW) or 1 (DFA).
//
// usage: bare INPUT OUTPUT. INPUT holds, as doubles: number of samples, stream, position of the
// first sample; thresholds of hidden neurons, output, hidden error neurons and loss neurons; a row
// per sample: pixels in [0, 1], label, step of learning; weights INPUTS x HIDDEN, HIDDEN x OUTPUTS
// and, with -DDIRECT=1, OUTPUTS x HIDDEN of the feedback. OUTPUT receives CPU seconds; a row per
// sample: counted spikes of the hidden layer, its error spikes, counted spikes of each output; then
// the weights.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>
#include <xmmintrin.h>

const int NI = INPUTS, N = HIDDEN, NO = OUTPUTS, HALF = STEPS / 2;
// Neurons are tested in blocks; the last one is filled up with neurons that never fire.
const int BLOCK = 32;
constexpr int filled(int n) { return (n + BLOCK - 1) / BLOCK * BLOCK; }
const float NEVER = -1e30f, W_MAX = 1;

#define ALIGNED __attribute__((aligned(64)))
static float U[filled(N)] ALIGNED, E[filled(N)] ALIGNED, h[filled(N)] ALIGNED, change[N] ALIGNED;
static float U_out[filled(NO)] ALIGNED, E_out[filled(NO)] ALIGNED, h_out[NO], change_out[NO];
static int key[filled(NI)] ALIGNED, level[filled(NI)] ALIGNED, pixel[NI];
static float w_in[(size_t)NI * N] ALIGNED, w_out[N * NO] ALIGNED, feedback[NO * N] ALIGNED;

struct Spikes { int n; int list[filled(NI > N ? NI : N) + 4]; };

static uint32_t counter_key(int64_t a, int64_t b, int64_t c) {
    const uint64_t words[] = {(uint64_t)a, (uint64_t)b, (uint64_t)c};
    uint64_t z = 0;
    for (uint64_t word : words) {
        z = (z ^ word) + 0x9E3779B97F4A7C15ULL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        z = z ^ (z >> 31);
    }
    return z >> 32;
}

static int counter_bits(uint32_t key, uint32_t step) {
    uint32_t x = key + step * 0x9E3779B9u;
    x = (x ^ (x >> 16)) * 0x7FEB352Du;
    x = (x ^ (x >> 15)) * 0x846CA68Bu;
    return (x ^ (x >> 16)) >> 2;
}

// List those of n neurons, a multiple of BLOCK, that meet a condition.
template <class Condition> static inline void collect(int n, Spikes &spikes, Condition fires) {
    static const uint32_t bit[BLOCK] = {
        1u << 0, 1u << 1, 1u << 2, 1u << 3, 1u << 4, 1u << 5, 1u << 6, 1u << 7,
        1u << 8, 1u << 9, 1u << 10, 1u << 11, 1u << 12, 1u << 13, 1u << 14, 1u << 15,
        1u << 16, 1u << 17, 1u << 18, 1u << 19, 1u << 20, 1u << 21, 1u << 22, 1u << 23,
        1u << 24, 1u << 25, 1u << 26, 1u << 27, 1u << 28, 1u << 29, 1u << 30, 1u << 31};
    int count = 0;
    for (int from = 0; from < n; from += BLOCK) {
        uint32_t fired = 0;
        for (int k = 0; k < BLOCK; k++) fired |= fires(from + k) ? bit[k] : 0;
        // Four at a time: where the list ends cannot be predicted.
        int *at = spikes.list + count;
        count += __builtin_popcount(fired);
        for (; fired; at += 4)
            for (int k = 0; k < 4; k++) {
                at[k] = from + __builtin_ctz(fired | 0x80000000u);
                fired &= fired - 1;
            }
    }
    spikes.n = count;
}

// Add the rows of SEVERAL spikes at a time.
template <int SEVERAL> static inline int add(const int *list, int k, int n) {
    for (; k + SEVERAL <= n; k += SEVERAL) {
        #pragma GCC ivdep
        for (int j = 0; j < N; j++) {
            float sum = U[j];
            #pragma GCC unroll 8
            for (int s = 0; s < SEVERAL; s++) sum += w_in[(size_t)list[k + s] * N + j];
            U[j] = sum;
        }
    }
    return k;
}

static inline float clip(float value, float low, float high) {
    const float raised = low > value ? low : value;
    return high < raised ? high : raised;
}

// Error neurons fire where the error exceeds the threshold, positive ones or negative ones, and
// only where the forward neuron has fired in phase 1, if the feedback goes by its weights.
static void fire_errors(Spikes &plus, Spikes &minus, float threshold) {
    if (DIRECT) {
        collect(filled(N), plus, [=](int j) { return E[j] >= threshold; });
        collect(filled(N), minus, [=](int j) { return -E[j] >= threshold; });
    } else {
        collect(filled(N), plus, [=](int j) { return (E[j] >= threshold) & (h[j] > 0); });
        collect(filled(N), minus, [=](int j) { return (-E[j] >= threshold) & (h[j] > 0); });
    }
}

// An error spike of the output acts on the error neurons of the hidden layer.
static void feed_back(int o, float sign) {
    if (DIRECT)
        for (int j = 0; j < N; j++) E[j] += sign * feedback[o * N + j];
    else
        for (int j = 0; j < N; j++) E[j] += sign * w_out[j * NO + o];
}

// A negative error spike lowers the potential of its forward neuron; in DFA no further than to
// minus the threshold.
static void lower(float &potential, float threshold, double exact) {
    potential -= threshold;
    if (DIRECT) potential = clip(potential, -threshold, (float)(1e6 * exact));
}

int main(int, char **argv) {
    _mm_setcsr(_mm_getcsr() | 0x8040);                  // flush denormals
    FILE *file = fopen(argv[1], "rb");
    auto read = [&](size_t n) {
        std::vector<double> values(n);
        if (fread(values.data(), sizeof(double), n, file) != n) {
            fputs("short input", stderr);
            exit(1);
        }
        return values;
    };
    const auto numbers = read(7);
    const int samples = (int)numbers[0];
    const int64_t stream = (int64_t)numbers[1], first = (int64_t)numbers[2];
    const float theta = numbers[3], theta_out = numbers[4];
    const float theta_e = numbers[5], theta_loss = numbers[6];
    const auto shown = read((size_t)samples * (NI + 2));
    auto take = [&](float *array, size_t n) {
        const auto values = read(n);
        std::copy(values.begin(), values.end(), array);
    };
    take(w_in, (size_t)NI * N);
    take(w_out, N * NO);
    if (DIRECT) take(feedback, NO * N);
    fclose(file);

    std::vector<double> counted((size_t)samples * (2 + NO));
    static Spikes in, hidden, plus, minus, out, out_plus, out_minus, active;
    std::fill(U, U + filled(N), NEVER);
    std::fill(U_out, U_out + filled(NO), NEVER);
    const clock_t begin = clock();
    for (int sample = 0; sample < samples; sample++) {
        const double *pattern = &shown[(size_t)sample * (NI + 2)];
        const int label = (int)pattern[NI];
        const float eta = pattern[NI + 1] / (HALF * HALF);
        double *count = &counted[(size_t)sample * (2 + NO)];
        // Black pixels never fire.
        int lit = 0;
        for (int i = 0; i < NI; i++) {
            const int l = (int)(1073741824.0 * pattern[i]);
            if (l <= 0) continue;
            pixel[lit] = i;
            level[lit] = l;
            key[lit++] = counter_key(stream, first + sample, i);
        }
        std::fill(level + lit, level + filled(lit), 0);
        static float h_in[NI];
        std::fill(h_in, h_in + NI, 0);
        std::fill(U, U + N, 0);
        std::fill(U_out, U_out + NO, 0);
        std::fill(E, E + filled(N), 0);
        std::fill(E_out, E_out + filled(NO), 0);
        std::fill(h, h + filled(N), 0);
        std::fill(change, change + N, 0);
        std::fill(h_out, h_out + NO, 0);
        std::fill(change_out, change_out + NO, 0);
        plus.n = minus.n = out_plus.n = out_minus.n = 0;
        for (int step = 0; step < STEPS; step++) {
            const bool second = LEARN && step >= HALF;
            const bool loss_runs = LEARN && step >= HALF + WAIT;
            // Neurons fire.
            if (second && step == HALF) {
                std::fill(U, U + N, 0);
                std::fill(U_out, U_out + NO, 0);
            }
            if (second) {
                fire_errors(plus, minus, theta_e);
                collect(filled(NO), out_plus, [=](int o) { return E_out[o] >= theta_loss; });
                collect(filled(NO), out_minus, [=](int o) { return -E_out[o] >= theta_loss; });
            }
            collect(filled(N), hidden, [=](int j) { return U[j] >= theta; });
            collect(filled(NO), out, [=](int o) { return U_out[o] >= theta_out; });
            collect(filled(lit), active,
                    [=](int k) { return counter_bits(key[k], step) < level[k]; });
            // They are set back and counted.
            const bool in_1 = LEARN && step >= SKIP && step < HALF;
            const bool in_2 = LEARN && step >= HALF + SKIP;
            for (int k = 0; k < plus.n; k++) E[plus.list[k]] -= theta_e;
            for (int k = 0; k < minus.n; k++) E[minus.list[k]] += theta_e;
            for (int k = 0; k < out_plus.n; k++) E_out[out_plus.list[k]] -= theta_loss;
            for (int k = 0; k < out_minus.n; k++) E_out[out_minus.list[k]] += theta_loss;
            for (int k = 0; k < hidden.n; k++) {
                U[hidden.list[k]] = 0;
                if (in_1) h[hidden.list[k]]++;
                if (in_2) change[hidden.list[k]]++;
            }
            for (int k = 0; k < out.n; k++) {
                U_out[out.list[k]] = 0;
                if (in_1) h_out[out.list[k]]++;
                if (in_2) change_out[out.list[k]]++;
                if (in_1 || in_2 || !LEARN) count[2 + out.list[k]]++;
            }
            for (int k = 0; k < active.n; k++) {
                in.list[k] = pixel[active.list[k]];
                if (in_1) h_in[in.list[k]]++;
            }
            in.n = active.n;
            if (in_1 || in_2 || !LEARN) count[0] += hidden.n;
            count[1] += plus.n + minus.n;
            // Their spikes act.
            for (int k = 0; k < hidden.n; k++)
                for (int o = 0; o < NO; o++) U_out[o] += w_out[hidden.list[k] * NO + o];
            add<1>(in.list, add<4>(in.list, add<8>(in.list, 0, in.n), in.n), in.n);
            if (second) {
                if (loss_runs) {
                    for (int k = 0; k < out.n; k++) E_out[out.list[k]] -= 1;
                    E_out[label] += 1;
                }
                for (int k = 0; k < out_minus.n; k++) feed_back(out_minus.list[k], -1);
                for (int k = 0; k < out_plus.n; k++) feed_back(out_plus.list[k], 1);
                for (int k = 0; k < minus.n; k++) lower(U[minus.list[k]], theta, numbers[3]);
                for (int k = 0; k < plus.n; k++) U[plus.list[k]] += theta;
                for (int k = 0; k < out_minus.n; k++)
                    lower(U_out[out_minus.list[k]], theta_out, numbers[4]);
                for (int k = 0; k < out_plus.n; k++) U_out[out_plus.list[k]] += theta_out;
            }
        }
        if (LEARN) {
            for (int o = 0; o < NO; o++) change_out[o] -= h_out[o];
            for (int j = 0; j < N; j++) change[j] -= h[j];
            for (int j = 0; j < N; j++)
                if (h[j] > 0)
                    for (int o = 0; o < NO; o++) {
                        float &w = w_out[j * NO + o];
                        w = clip(w + eta * h[j] * change_out[o], -W_MAX, W_MAX);
                    }
            for (int i = 0; i < NI; i++) {
                if (h_in[i] <= 0) continue;
                float *w = w_in + (size_t)i * N;
                const float rate = eta * h_in[i];
                for (int j = 0; j < N; j++) w[j] = clip(w[j] + rate * change[j], -W_MAX, W_MAX);
            }
        }
    }
    const double seconds = double(clock() - begin) / CLOCKS_PER_SEC;

    file = fopen(argv[2], "wb");
    auto give = [&](const float *array, size_t n) {
        const std::vector<double> values(array, array + n);
        fwrite(values.data(), sizeof(double), n, file);
    };
    fwrite(&seconds, sizeof(double), 1, file);
    fwrite(counted.data(), sizeof(double), counted.size(), file);
    give(w_in, (size_t)NI * N);
    give(w_out, N * NO);
    return fclose(file) != 0;
}
