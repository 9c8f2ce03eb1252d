/* CLBlast's parameters on CPU devices fit their local memory: devices simulated by --wrap. */
#include "support.h"

#include <string.h>

#include "gemm/tuning.h"

static cl_ulong local_bytes; ///< of the device; 0: unknown

cl_int __wrap_clGetDeviceInfo(cl_device_id device, cl_device_info name, size_t size, void *value,
                              size_t *size_out);

cl_int __wrap_clGetDeviceInfo(cl_device_id device, cl_device_info name, size_t size, void *value,
                              size_t *size_out)
{
    (void)device;
    (void)size_out;
    assert_int_equal(name, CL_DEVICE_LOCAL_MEM_SIZE);
    assert_int_equal(size, sizeof local_bytes);
    if (local_bytes == 0) {
        return CL_INVALID_VALUE;
    }
    *(cl_ulong *)value = local_bytes;
    return CL_SUCCESS;
}

static struct lb_tuning tuning_with(cl_ulong bytes, enum lb_device_type type)
{
    const struct lb_device device = {.info = {.type = type}};
    local_bytes = bytes;
    return lb_tuning_default(&device);
}

static size_t parameter(const struct lb_tuning *tuning, const char *name)
{
    for (size_t i = 0; i < LB_DIRECT_PARAMETERS; i++) {
        if (strcmp(lb_direct_names[i], name) == 0) {
            return tuning->clblast.direct[i];
        }
    }
    fail_msg("%s is no parameter", name);
    return 0;
}

/* CLBlast's rules for the direct kernel: its tile is divided evenly among the work-items. */
static void check_rules(const struct lb_tuning *tuning)
{
    const size_t tile = parameter(tuning, "WGD");
    const size_t group = parameter(tuning, "MDIMCD") * parameter(tuning, "NDIMCD");
    static const char *const threads[][2] = {
        {"MDIMAD", "VWMD"}, {"MDIMCD", "VWMD"}, {"NDIMBD", "VWND"}, {"NDIMCD", "VWND"}};
    for (size_t i = 0; i < LB_COUNT(threads); i++) {
        assert_int_equal(
            tile % (parameter(tuning, threads[i][0]) * parameter(tuning, threads[i][1])), 0);
    }
    assert_int_equal(tile % parameter(tuning, "KWID"), 0);
    for (size_t i = 0; i < 2; i++) {
        const size_t loading = parameter(tuning, i == 0 ? "MDIMAD" : "NDIMBD");
        assert_int_equal(group % loading, 0);
        assert_int_equal(tile % (group / loading), 0);
    }
}

static void tiles_fit(void **state)
{
    (void)state;
    static const struct {
        cl_ulong bytes;
        size_t tile;
        size_t taken; ///< two tiles whose rows are padded by one number
    } rows[] = {
        {2 << 20, 64, 33280}, {33280, 64, 33280}, {33279, 32, 8448}, {32 << 10, 32, 8448},
        {0, 32, 8448},        {8448, 32, 8448},   {8447, 16, 2176},  {2176, 16, 2176},
    };
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        const struct lb_tuning tuning = tuning_with(rows[i].bytes, LB_DEVICE_CPU);
        assert_true(tuning.clblast.direct_set);
        assert_int_equal(parameter(&tuning, "WGD"), rows[i].tile);
        assert_int_equal(lb_direct_local_bytes(tuning.clblast.direct), rows[i].taken);
        check_rules(&tuning);
    }
}

static void other_devices_keep_the_librarys(void **state)
{
    (void)state;
    const struct lb_tuning tuning = tuning_with(32 << 10, LB_DEVICE_GPU);
    assert_false(tuning.clblast.direct_set);
    assert_false(tuning.clblast.indirect_set);
    assert_int_equal(tuning.clblast.min_indirect, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_fit),
        cmocka_unit_test(other_devices_keep_the_librarys),
    };
    return cmocka_run_group_tests_name("local_memory", tests, NULL, NULL);
}
