// The network of Hao et al. (2020) as a hand-written loop: the yardstick of the benchmark.
//
// Nothing is general: the layers, the rules and the order of a step are written out, every
// constant is known to the compiler, all arrays are contiguous and all loops over neurons
// vectorise. Compiled with -DREAL=float or double, -DHIDDEN=N and -DTRAIN=0 or 1.
//
// usage: bare INPUT OUTPUT. INPUT holds, as doubles: number of samples, stream, position of the
// first sample; n x 784 pixels in [0, 1]; n labels; nu of the hidden layer and of the SL layer,
// sum of the in-synaptic weights of both, decay of theta per slot, increment of theta; weights
// 784 x N, theta N, weights N x 10; traces of the input (784), of the hidden neurons as
// presynaptic (N) and as postsynaptic ones (N) and of the SL neurons (10). OUTPUT receives
// CPU seconds, presentations, hidden spikes, SL spikes, then weights, theta, weights.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <vector>
#include <xmmintrin.h>

typedef REAL real;
const int NI = 784, N = HIDDEN, NO = 10, STEPS = 1000, SHOWN = 700, TRIES = 31, ENOUGH = 5;
const real DT = 0.5f, TAU = 100, E_REST = -65, E_EXC = 0, E_INH = -100, V_CONST = -72, THETA0 = 20;
const real TAU_I = 10, REST_I = -60, RESET_I = -45, THRESHOLD_I = -40;
const real W_EI = 10.4f, W_IE = 17, A = 0.1f, W_MAX_IN = 1, W_MAX_OUT = 8;
const real DECAY_E = std::exp(-0.5), DECAY_I = std::exp(-0.25), DECAY_TRACE = std::exp(-0.025);

static uint64_t mix(uint64_t z) {
    z += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

// Steps until the next success of Bernoulli trials.
static int wait(uint64_t neuron_key, int draw, double per_log) {
    const uint64_t z = mix(neuron_key ^ (uint64_t)draw);
    const double u = ((double)(z >> 11) + 0.5) * 0x1p-53;
    return (int)std::min(std::log(u) * per_log, 1e6);
}

struct Spikes { int n; int list[NI > N ? NI : N]; };

// Poisson spikes of one presentation, sorted by step.
struct Train {
    std::vector<int> start, neuron, at, who;
    void draw(const double *p, int n, uint64_t key) {
        start.assign(STEPS + 2, 0); at.clear(); who.clear();
        for (int i = 0; i < n; i++) {
            if (p[i] <= 0) continue;
            const double per_log = 1 / std::log(1 - std::min(p[i], 0.999));
            const uint64_t neuron_key = mix(key ^ (uint64_t)i);
            for (int step = wait(neuron_key, 0, per_log), k = 1; step < SHOWN; k++) {
                at.push_back(step); who.push_back(i); start[step + 1]++;
                step += 2 + wait(neuron_key, k, per_log);
            }
        }
        for (int s = 0; s <= STEPS; s++) start[s + 1] += start[s];
        neuron.resize(at.size());
        std::vector<int> place(start);
        for (size_t k = 0; k < at.size(); k++) neuron[place[at[k]]++] = who[k];
    }
};

// Fixed arrays: the compiler knows that none overlaps another.
#define ALIGNED __attribute__((aligned(64)))
static real V[N] ALIGNED, hold[N] ALIGNED, gE[N] ALIGNED, gI[N] ALIGNED, theta[N] ALIGNED;
static real x[N] ALIGNED, y[N] ALIGNED, xi[NI] ALIGNED, yo[NO] ALIGNED, total[N] ALIGNED;
static real VI[N] ALIGNED, holdI[N] ALIGNED, gEI[N] ALIGNED, VO[NO] ALIGNED, gEO[NO] ALIGNED;
static real w_in[(size_t)NI * N] ALIGNED, w_out[(size_t)N * NO] ALIGNED;
static int fired[N] ALIGNED;

template <int ROWS, int COLUMNS> static void normalise(real *__restrict w, real sum) {
    std::fill(total, total + COLUMNS, (real)0);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLUMNS; j++) total[j] += w[(size_t)i * COLUMNS + j];
    for (int j = 0; j < COLUMNS; j++) total[j] = sum / total[j];
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLUMNS; j++) w[(size_t)i * COLUMNS + j] *= total[j];
}

static void input_spike(int i, real nu) {
    real *__restrict w = w_in + (size_t)i * N;
    for (int j = 0; j < N; j++) {
        gE[j] += w[j];
        if (TRAIN) { const real up = w[j] + nu * y[j]; w[j] = up < W_MAX_IN ? up : W_MAX_IN; }
    }
}

// Decay and integrate the excitatory neurons; returns whether any fired.
static int excitatory() {
    int any = 0;
    for (int j = 0; j < N; j++) {
        const real v = V[j], h = hold[j];
        const real dv = (E_REST - v) + gE[j] * (E_EXC - v) + gI[j] * (E_INH - v);
        real next = v + (h <= 0 ? dv : (real)0) * (DT / TAU);
        next = next < E_INH ? E_INH : next;
        const real left = h - DT > 0 ? h - DT : (real)0;
        gE[j] *= DECAY_E; gI[j] *= DECAY_I;
        if (TRAIN) { x[j] *= DECAY_TRACE; y[j] *= DECAY_TRACE; }
        V[j] = next; hold[j] = left;
        fired[j] = (next > V_CONST + theta[j]) & (left <= 0);
        any |= fired[j];
    }
    return any;
}

static int inhibitory() {
    int any = 0;
    for (int j = 0; j < N; j++) {
        const real v = VI[j], h = holdI[j];
        const real dv = (REST_I - v) + gEI[j] * (E_EXC - v);
        const real next = v + (h <= 0 ? dv : (real)0) * (DT / TAU_I);
        const real left = h - DT > 0 ? h - DT : (real)0;
        VI[j] = next; holdI[j] = left;
        gEI[j] *= DECAY_E;
        fired[j] = (next > THRESHOLD_I) & (left <= 0);
        any |= fired[j];
    }
    return any;
}

static void collect(int any, Spikes &spikes) {
    spikes.n = 0;
    if (any) for (int j = 0; j < N; j++) if (fired[j]) spikes.list[spikes.n++] = j;
}

int main(int, char **argv) {
    _mm_setcsr(_mm_getcsr() | 0x8040);                  // flush denormals
    FILE *file = fopen(argv[1], "rb");
    auto read = [&](size_t n) {
        std::vector<double> values(n);
        if (fread(values.data(), sizeof(double), n, file) != n) { fputs("short input", stderr); exit(1); }
        return values;
    };
    const int samples = (int)read(1)[0];
    const uint64_t stream = (uint64_t)read(1)[0], first = (uint64_t)read(1)[0];
    const auto pixels = read((size_t)samples * NI), labels = read(samples), numbers = read(6);
    const real nu_in = numbers[0], nu_out = numbers[1], sum_in = numbers[2], sum_out = numbers[3];
    const real decay_theta = numbers[4], rise = numbers[5];
    for (auto &[array, n] : {std::pair<real *, size_t>{w_in, (size_t)NI * N}, {theta, N}, {w_out, (size_t)N * NO},
                             {xi, NI}, {x, N}, {y, N}, {yo, NO}}) {
        const auto values = read(n);
        std::copy(values.begin(), values.end(), array);
    }
    fclose(file);

    std::fill(V, V + N, E_REST);
    std::fill(VI, VI + N, REST_I);
    std::fill(VO, VO + NO, REST_I);
    Spikes in{}, ex{}, inh{}, out{};
    Train train, teacher;
    double p[NI], p_out[NO];
    double hidden = 0, sl = 0;
    int slots = 0;
    const clock_t begin = clock();
    for (int sample = 0, attempt = 0; sample < samples; slots++) {
        if (TRAIN) normalise<NI, N>(w_in, sum_in);   // testing takes the weights as they are
        if (TRAIN) normalise<N, NO>(w_out, sum_out);
        if (TRAIN) for (int j = 0; j < N; j++) theta[j] *= decay_theta;
        for (int i = 0; i < NI; i++)
            p[i] = pixels[(size_t)sample * NI + i] * (63.75 + attempt * 31.875) * 0.5e-3;
        const uint64_t key = mix(mix(mix(stream) ^ (first + sample)) ^ (uint64_t)attempt);
        train.draw(p, NI, key);
        if (TRAIN) {
            for (int k = 0; k < NO; k++) p_out[k] = k == (int)labels[sample] ? 0.1 : 0;
            teacher.draw(p_out, NO, key);
        }
        int count = 0;
        for (int step = 0; step < STEPS; step++) {
            // Spikes of the step before act on their targets.
            for (int k = 0; k < in.n; k++) input_spike(in.list[k], nu_in);
            if (TRAIN) {
                for (int k = 0; k < ex.n; k++) {
                    const int j = ex.list[k];
                    for (int i = 0; i < NI; i++) {
                        real &w = w_in[(size_t)i * N + j];
                        w = std::min(w + nu_in * xi[i], W_MAX_IN);
                    }
                    for (int o = 0; o < NO; o++) {
                        real &w = w_out[(size_t)j * NO + o];
                        w = std::min(w + nu_out * yo[o], W_MAX_OUT);
                    }
                }
                for (int k = 0; k < out.n; k++) {
                    for (int j = 0; j < N; j++) {
                        real &w = w_out[(size_t)j * NO + out.list[k]];
                        w = std::min(w + nu_out * x[j], W_MAX_OUT);
                    }
                    yo[out.list[k]] += A;
                }
                for (int k = 0; k < ex.n; k++) y[ex.list[k]] += A;
            } else {
                for (int k = 0; k < ex.n; k++)
                    for (int o = 0; o < NO; o++) gEO[o] += w_out[(size_t)ex.list[k] * NO + o];
            }
            for (int k = 0; k < ex.n; k++) gEI[ex.list[k]] += W_EI;
            if (inh.n) {
                for (int j = 0; j < N; j++) gI[j] += inh.n * W_IE;
                for (int k = 0; k < inh.n; k++) gI[inh.list[k]] -= W_IE;
            }
            // Neurons.
            collect(excitatory(), ex);
            collect(inhibitory(), inh);
            for (int k = 0; k < ex.n; k++) {
                const int j = ex.list[k];
                V[j] = E_REST; hold[j] = 2.5f; x[j] += TRAIN * A;
                if (TRAIN) theta[j] += rise * THETA0 / std::abs(2 * theta[j] - THETA0);
            }
            for (int k = 0; k < inh.n; k++) { VI[inh.list[k]] = RESET_I; holdI[inh.list[k]] = 2; }
            if (step < SHOWN) count += ex.n;
            if (TRAIN) {
                for (int i = 0; i < NI; i++) xi[i] *= DECAY_TRACE;
                for (int o = 0; o < NO; o++) yo[o] *= DECAY_TRACE;
                out.n = 0;
                for (int k = teacher.start[step]; k < teacher.start[step + 1]; k++) out.list[out.n++] = teacher.neuron[k];
            } else {
                out.n = 0;
                for (int o = 0; o < NO; o++) {
                    VO[o] += ((REST_I - VO[o]) + gEO[o] * (E_EXC - VO[o])) * (DT / TAU_I);
                    gEO[o] *= DECAY_E;
                    if (VO[o] > THRESHOLD_I) { VO[o] = RESET_I; out.n++; }
                }
            }
            if (step < SHOWN) sl += out.n;
            in.n = 0;
            for (int k = train.start[step]; k < train.start[step + 1]; k++) {
                in.list[in.n++] = train.neuron[k];
                if (TRAIN) xi[train.neuron[k]] += A;
            }
        }
        hidden += count;
        if (count >= ENOUGH || attempt + 1 >= TRIES) { sample++; attempt = 0; } else attempt++;
    }
    const double seconds = double(clock() - begin) / CLOCKS_PER_SEC;

    file = fopen(argv[2], "wb");
    const double head[] = {seconds, (double)slots, hidden, sl};
    fwrite(head, sizeof(double), 4, file);
    for (auto &[array, n] : {std::pair<real *, size_t>{w_in, (size_t)NI * N}, {theta, N}, {w_out, (size_t)N * NO}}) {
        const std::vector<double> values((real *)array, (real *)array + n);
        fwrite(values.data(), sizeof(double), n, file);
    }
    return fclose(file) != 0;
}
