/* How a kernel is launched: included after its text, with KERNEL_NAME defined. */
namespace shim {
static void call_KERNEL_NAME()
{
    KERNEL_NAME(own, own_stride, fixed, fixed_stride, number);
}
}

extern "C" int launch_KERNEL_NAME(unsigned blocks, unsigned size, int order, char *own,
                                  uint64_t own_stride, char *fixed, uint64_t fixed_stride,
                                  int32_t number)
{
    shim::own = own;
    shim::own_stride = own_stride;
    shim::fixed = fixed;
    shim::fixed_stride = fixed_stride;
    shim::number = number;
    shim::body = shim::call_KERNEL_NAME;
    for (blockIdx.x = 0; blockIdx.x < blocks; blockIdx.x++) {
        const int fault = shim::run_block(size, order, blockIdx.x + 1);
        if (fault) return fault;
    }
    return 0;
}
