#include "device/select.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/context.h"
#include "base/text.h"

const char *lb_device_type_name(enum lb_device_type type)
{
    static const char *const names[] = {
        [LB_DEVICE_GPU] = "gpu",
        [LB_DEVICE_ACCELERATOR] = "accelerator",
        [LB_DEVICE_CPU] = "cpu",
        [LB_DEVICE_OTHER] = "other",
    };
    return (size_t)type < LB_COUNT(names) ? names[type] : names[LB_DEVICE_OTHER];
}

/** Case-insensitive strstr. */
static bool contains(const char *text, const char *part)
{
    const size_t n = strlen(part);
    for (; *text != '\0'; text++) {
        if (lb_starts_with_any_case(text, part)) {
            return true;
        }
    }
    return n == 0;
}

/* For "OpenCL MAJOR.MINOR ..."; false for other texts. */
static bool is_below_1_2(const char *version)
{
    static const char name[] = "OpenCL ";
    if (strncmp(version, name, sizeof name - 1) != 0) {
        return false;
    }
    char *end;
    const long major = strtol(version + sizeof name - 1, &end, 10);
    return *end == '.' && lb_is_digit(end[1]) &&
           (major < 1 || (major == 1 && strtol(end + 1, NULL, 10) < 2));
}

bool lb_device_is_outdated(const struct lb_device_info *info)
{
    return is_below_1_2(info->version) || contains(info->platform, "clover") ||
           contains(info->version, "beignet") || contains(info->platform, "beignet") ||
           contains(info->platform, "Intel Gen OCL");
}

/* ---- ranking --------------------------------------------------------------------------------- */

/** The vendor, under the names used by its own driver and by Mesa. */
static const char *company(const struct lb_device_info *info)
{
    static const struct {
        const char *part;
        const char *name;
    } companies[] = {
        {"nvidia", "nvidia"}, {"advanced micro", "amd"}, {"amd", "amd"},
        {"intel", "intel"},   {"qualcomm", "qualcomm"},  {"apple", "apple"},
    };
    for (size_t i = 0; i < LB_COUNT(companies); i++) {
        if (contains(info->vendor, companies[i].part)) {
            return companies[i].name;
        }
    }
    return info->vendor;
}

static bool is_mesa(const struct lb_device_info *info)
{
    return contains(info->platform, "rusticl") || contains(info->platform, "clover");
}

/** True if the vendor's own driver also offers a device of this type: probably the same chip. */
static bool is_duplicate(const struct lb_device_info *list, size_t count, size_t i)
{
    if (!is_mesa(&list[i])) {
        return false;
    }
    for (size_t j = 0; j < count; j++) {
        if (list[j].usable && !list[j].outdated && !is_mesa(&list[j]) &&
            list[j].type == list[i].type &&
            lb_equal_any_case(company(&list[j]), company(&list[i]))) {
            return true;
        }
    }
    return false;
}

/** Classes in order of preference. */
static int class_of(const struct lb_device_info *info)
{
    switch (info->type) {
    case LB_DEVICE_GPU:
        return info->integrated ? 1 : 0;
    case LB_DEVICE_ACCELERATOR:
        /* oneAPI includes FPGA emulators, which are slower than the CPU they run on. */
        return contains(info->name, "emulat") ? 4 : 2;
    case LB_DEVICE_CPU:
        return 3;
    case LB_DEVICE_OTHER:
        break;
    }
    return 5;
}

static uint64_t speed_of(const struct lb_device_info *info)
{
    return (uint64_t)info->compute_units * info->clock_mhz;
}

/** Whether `auto` and types may choose the device; `type` NULL: any type. */
static bool is_candidate(const struct lb_device_info *list, size_t count, size_t i,
                         const enum lb_device_type *type)
{
    return list[i].usable && !list[i].outdated && (type == NULL || list[i].type == *type) &&
           !is_duplicate(list, count, i);
}

/** The best usable device, of one type if `type` is not NULL; equals keep the list's order. */
static bool best(const struct lb_device_info *list, size_t count, const enum lb_device_type *type,
                 size_t *out)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        if (!is_candidate(list, count, i, type)) {
            continue;
        }
        const int class_i = class_of(&list[i]);
        const int class_best = found ? class_of(&list[*out]) : 0;
        if (!found || class_i < class_best ||
            (class_i == class_best && speed_of(&list[i]) > speed_of(&list[*out]))) {
            *out = i;
            found = true;
        }
    }
    return found;
}

bool lb_device_select_default(const struct lb_device_info *list, size_t count, size_t *out)
{
    return best(list, count, NULL, out);
}

/* ---- selectors ------------------------------------------------------------------------------- */

static bool matches(const struct lb_device_info *info, const char *text)
{
    char label[sizeof info->platform + sizeof info->name + sizeof info->vendor + 8];
    snprintf(label, sizeof label, "%s / %s / %s", info->platform, info->name, info->vendor);
    return contains(label, text);
}

/** Fails with "device "SELECTOR": WHY (choose one of: ...)"; `text` NULL lists all devices. */
static enum lb_status fail_select(struct lb_context *ctx, const struct lb_device_info *list,
                                  size_t count, const char *selector, const char *why,
                                  const char *text)
{
    struct lb_text candidates = {0};
    lb_text_add(&candidates, count == 0 ? "none" : "");
    for (size_t i = 0; i < count; i++) {
        if (text != NULL && !matches(&list[i], text)) {
            continue;
        }
        lb_text_addf(&candidates, "%s%s = %s / %s [%s%s%s]", candidates.length > 0 ? "; " : "",
                     list[i].selector, list[i].platform, list[i].name,
                     lb_device_type_name(list[i].type), list[i].outdated ? ", outdated driver" : "",
                     list[i].usable ? "" : ", not usable");
    }
    const enum lb_status status =
        candidates.failed ? lb_fail_memory(ctx, "the list of devices")
                          : lb_fail(ctx, LB_ERR_DEVICE, "device \"%s\": %s (choose one of: %s)",
                                    selector, why, candidates.data);
    lb_text_free(&candidates);
    return status;
}

/** Digits up to `end` as a number; false if there are none or something else. Saturates. */
static bool parse_digits(const char *text, const char *end, size_t *out)
{
    if (text == end) {
        return false;
    }
    size_t value = 0;
    for (; text < end; text++) {
        if (!lb_is_digit(*text)) {
            return false;
        }
        const size_t digit = (size_t)(*text - '0');
        value = value > (SIZE_MAX - digit) / 10 ? SIZE_MAX : value * 10 + digit;
    }
    *out = value;
    return true;
}

/** Finds the device that N, P:D or TEXT selects, usable or not. */
static enum lb_status find_named(struct lb_context *ctx, const struct lb_device_info *list,
                                 size_t count, const char *selector, size_t *out)
{
    const char *end = selector + strlen(selector);
    const char *colon = strchr(selector, ':');
    size_t first = 0;
    size_t second = 0;
    if (parse_digits(selector, end, &first)) {
        if (first >= count) {
            return fail_select(ctx, list, count, selector, "there is no device with this index",
                               NULL);
        }
        *out = first;
        return LB_OK;
    }
    if (colon != NULL && parse_digits(selector, colon, &first) &&
        parse_digits(colon + 1, end, &second)) {
        for (size_t i = 0; i < count; i++) {
            const char *part = strchr(list[i].selector, ':');
            if (part != NULL && strtoul(list[i].selector, NULL, 10) == first &&
                strtoul(part + 1, NULL, 10) == second) {
                *out = i;
                return LB_OK;
            }
        }
        return fail_select(ctx, list, count, selector, "there is no such platform and device index",
                           NULL);
    }
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (matches(&list[i], selector)) {
            *out = i;
            found++;
        }
    }
    if (found == 0) {
        return fail_select(ctx, list, count, selector, "no device matches", NULL);
    }
    if (found > 1) {
        return fail_select(ctx, list, count, selector, "more than one device matches", selector);
    }
    return LB_OK;
}

/** The device type that a selector names. */
static bool names_type(const char *selector, enum lb_device_type *type)
{
    *type = LB_DEVICE_GPU;
    while (*type < LB_DEVICE_OTHER && !lb_equal_any_case(selector, lb_device_type_name(*type))) {
        *type = (enum lb_device_type)(*type + 1);
    }
    return *type < LB_DEVICE_OTHER;
}

enum lb_status lb_device_select(struct lb_context *ctx, const struct lb_device_info *list,
                                size_t count, const char *selector, size_t *out)
{
    if (selector == NULL || selector[0] == '\0') {
        selector = "auto";
    }
    if (lb_equal_any_case(selector, "auto")) {
        return best(list, count, NULL, out)
                   ? LB_OK
                   : fail_select(ctx, list, count, selector,
                                 "no device is usable and has an up-to-date driver", NULL);
    }
    enum lb_device_type type;
    if (names_type(selector, &type)) {
        return best(list, count, &type, out)
                   ? LB_OK
                   : fail_select(ctx, list, count, selector,
                                 "none of this type is usable and has an up-to-date driver", NULL);
    }
    LB_TRY(find_named(ctx, list, count, selector, out));
    if (!list[*out].usable) {
        return fail_select(ctx, list, count, selector,
                           "it is unavailable, has no compiler or is big-endian", NULL);
    }
    return LB_OK;
}

enum lb_status lb_device_select_all(struct lb_context *ctx, const struct lb_device_info *list,
                                    size_t count, const char *selector, size_t *out, size_t *chosen)
{
    const bool any = selector == NULL || selector[0] == '\0' || lb_equal_any_case(selector, "auto");
    enum lb_device_type type = LB_DEVICE_OTHER;
    const bool by_type = !any && names_type(selector, &type);
    *chosen = 0;
    if (!any && !by_type) {
        size_t number;
        const bool by_number = selector[strspn(selector, "0123456789:")] == '\0';
        for (size_t i = 0; i < count && !by_number; i++) {
            if (list[i].usable && matches(&list[i], selector)) {
                out[(*chosen)++] = i;
            }
        }
        if (*chosen > 0) {
            return LB_OK;
        }
        LB_TRY(lb_device_select(ctx, list, count, selector, &number));
        out[(*chosen)++] = number;
        return LB_OK;
    }
    size_t first;
    LB_TRY(lb_device_select(ctx, list, count, selector, &first));
    out[(*chosen)++] = first;
    /* Two drivers may offer the same CPU. */
    for (size_t i = 0; i < count && list[first].type != LB_DEVICE_CPU; i++) {
        if (i != first && is_candidate(list, count, i, by_type ? &type : NULL) &&
            class_of(&list[i]) == class_of(&list[first])) {
            out[(*chosen)++] = i;
        }
    }
    return LB_OK;
}
