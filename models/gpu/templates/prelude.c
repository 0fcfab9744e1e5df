{# What makes one text of both languages: CUDA C++ and OpenCL C. #}
#ifdef __OPENCL_VERSION__
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF
typedef char int8_t;
typedef int int32_t;
typedef long int64_t;
typedef uint uint32_t;
typedef ulong uint64_t;
#define GLOBAL __global
#define LOCAL __local
#define LOCAL_ARRAY __local
#define KERNEL __kernel
#define DEVICE static
#define CONSTANT __constant
#define TID ((int32_t)get_local_id(0))
#define THREADS ((int32_t)get_local_size(0))
#define REPLICA get_group_id(0)
#define BARRIER barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#define ATOMIC_OR(where, bits) atomic_or(where, bits)
#define POPCOUNT(bits) ((int32_t)popcount(bits))
/* Words of OpenCL that equations may use as names. */
{% for word in ('constant', 'generic', 'global', 'half', 'kernel', 'local', 'pipe', 'private', 'quad', 'uniform') %}
#define {{word}} {{word}}_
{% endfor %}
#else
#ifdef __CUDACC_RTC__
typedef signed char int8_t;
typedef int int32_t;
typedef long long int64_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
#ifndef INFINITY
#define INFINITY __int_as_float(0x7f800000)
#define NAN __int_as_float(0x7fffffff)
#endif
#else
/* Not cmath: its functions of single precision are in a namespace. */
#include <math.h>
#include <cstdint>
#endif
#define GLOBAL
#define LOCAL
#define LOCAL_ARRAY __shared__
#define KERNEL extern "C" __global__
#define DEVICE static __device__
#define CONSTANT static __device__ const
#define TID ((int32_t)threadIdx.x)
#define THREADS ((int32_t)blockDim.x)
#define REPLICA blockIdx.x
#define BARRIER __syncthreads()
#define ATOMIC_OR(where, bits) atomicOr(where, bits)
#define POPCOUNT(bits) __popc(bits)
#endif

/* pocl 3.0, which executes the threads of a group one after the other, has two faults
   (tests/test_gpu_pocl.py). It lets thread 0 decide for all where the number of a thread is compared
   near a barrier, unless the number is volatile. And groups that run side by side disturb each
   other's __local variables, so marks lie in global memory there. */
#ifdef ONE_AFTER_THE_OTHER
#define OPAQUE volatile
#define SCRATCH GLOBAL
#else
#define OPAQUE const
#define SCRATCH LOCAL
#endif

/* Brian2's functions. The generator says of each number whether it is an integer. */
#define int_(x) ((int32_t)(x))
#define _sign(x) (((x) > 0) - ((x) < 0))
#define _abs_integer(x) ((x) < 0 ? -(x) : (x))
#define _mod_integer(x, y) ((x) % (y) + (((x) % (y) != 0) & (((x) % (y) ^ (y)) < 0))*(y))
#define _mod_real(x, y) ((x) - (y)*floor(1.0*(x)/(y)))
#define _floordiv_integer(x, y) ((x)/(y) - (((x) % (y) != 0) & (((x) % (y) ^ (y)) < 0)))
#define _floordiv_real(x, y) floor(1.0*(x)/(y))
#define _clip_integer(x, low, high) \
    ((x) < (low) ? (int32_t)(low) : (x) > (high) ? (int32_t)(high) : (x))
{% for real, smallest in (('double', '2.2250738585072014e-308'), ('float', '1.17549435e-38f')) %}
DEVICE {{real}} _clip_{{real}}({{real}} value, {{real}} low, {{real}} high)
{
    const {{real}} raised = low > value ? low : value;
    return high < raised ? high : raised;
}
/* A denormal number becomes 0, as the processor makes it of the program for CPUs. */
DEVICE {{real}} _flush_{{real}}({{real}} value)
{
    return value < {{smallest}} && value > -{{smallest}} ? 0*value : value;
}
{% endfor %}
DEVICE int64_t _timestep(double t, double dt)
{
    return (int64_t)((t + 1e-3*dt)/dt);
}
DEVICE double _exprel(double x)
{
    return fabs(x) < 1e-16 ? 1.0 : x > 717 ? INFINITY : expm1(x)/x;
}

/* The numbers of the neurons whose bits are set, in ascending order whatever the number of threads,
   and after the place of the last neuron how many they are. */
DEVICE void _list(GLOBAL int32_t *spikes, int32_t n, SCRATCH const uint32_t *bits, int32_t tid,
                  int32_t threads)
{
    const int32_t words = (n + 31)/32;
    int32_t before = 0, summed = 0;
    for (int32_t word = tid; word < words; word += threads) {
        for (; summed < word; summed++) before += POPCOUNT(bits[summed]);
        int32_t at = before;
        for (uint32_t left = bits[word]; left; left &= left - 1u)
            spikes[at++] = 32*word + POPCOUNT((left & (0u - left)) - 1u);
        if (word == words - 1) spikes[n] = at;
    }
}
