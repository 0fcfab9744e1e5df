/* What CUDA's compiler knows beforehand, for a C++ compiler and one processor. The threads of a
   block take turns: each runs up to the next barrier. In which order they do so can be chosen, so
   that results which depend on the order are found. */
#include <cstdint>
#include <cstdlib>
#include <ucontext.h>
#include <vector>

struct Index { unsigned x; };
static Index threadIdx, blockDim, blockIdx;

#define __global__
#define __device__
#define __shared__ static
#define __syncthreads() shim::wait(__LINE__)

static inline unsigned atomicOr(unsigned *where, unsigned bits)
{
    const unsigned before = *where;
    *where |= bits;
    return before;
}
static inline int __popc(unsigned bits) { return __builtin_popcount(bits); }

namespace shim {
enum Order { ASCENDING, DESCENDING, SHUFFLED };
const size_t STACK = 1 << 17;
const int FINISHED = -1;

struct Thread {
    ucontext_t context;
    std::vector<char> stack;
    int line;
};
static ucontext_t scheduler;
static std::vector<Thread> threads;
static void (*body)();
/* Arguments of the launch. */
static char *own, *fixed;
static uint64_t own_stride, fixed_stride;
static int32_t number;

static void wait(int line)
{
    Thread &self = threads[threadIdx.x];
    self.line = line;
    swapcontext(&self.context, &scheduler);
}

static void whole()
{
    body();
    wait(FINISHED);
}

/* Run the threads of a block. 0, or the line of a barrier at which not all of them have met. */
static int run_block(unsigned size, int order, uint64_t seed)
{
    blockDim.x = size;
    if (threads.size() != size) {
        threads.clear();
        threads.resize(size);
    }
    for (Thread &thread : threads) {
        thread.stack.resize(STACK);
        getcontext(&thread.context);
        thread.context.uc_stack.ss_sp = thread.stack.data();
        thread.context.uc_stack.ss_size = STACK;
        thread.context.uc_link = nullptr;
        makecontext(&thread.context, whole, 0);
    }
    std::vector<unsigned> turns(size);
    for (unsigned k = 0; k < size; k++) turns[k] = order == DESCENDING ? size - 1 - k : k;
    for (;;) {
        if (order == SHUFFLED)
            for (unsigned k = size - 1; k > 0; k--) {
                seed = seed*6364136223846793005u + 1442695040888963407u;
                std::swap(turns[k], turns[(seed >> 33) % (k + 1)]);
            }
        for (unsigned k : turns) {
            threadIdx.x = k;
            swapcontext(&scheduler, &threads[k].context);
        }
        for (const Thread &thread : threads)
            if (thread.line != threads[0].line)
                return threads[0].line > 0 ? threads[0].line : thread.line;
        if (threads[0].line == FINISHED) return 0;
    }
}
}
