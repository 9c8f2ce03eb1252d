#include "loss/loss.h"

#include <math.h>
#include <stdlib.h>

enum { SLOT_FLOATS = 4 };

/* In the order of metrics.csv's columns. */
static const struct lb_loss_kind *const kinds[] = {&lb_isometry_kind, &lb_reconstruction_kind,
                                                   &lb_cross_kind};

int lb_loss_term_count(void)
{
    int count = 0;
    for (size_t i = 0; i < LB_COUNT(kinds); i++) {
        count += kinds[i]->terms;
    }
    return count;
}

const char *lb_loss_term_name(int i)
{
    for (size_t k = 0; k < LB_COUNT(kinds); k++) {
        if (i < kinds[k]->terms) {
            return kinds[k]->term[i];
        }
        i -= kinds[k]->terms;
    }
    return "";
}

int lb_loss_first_term(const struct lb_loss_kind *kind)
{
    int first = 0;
    for (size_t k = 0; k < LB_COUNT(kinds) && kinds[k] != kind; k++) {
        first += kinds[k]->terms;
    }
    return first;
}

enum lb_status lb_loss_create(struct lb_loss *loss, struct lb_device *device,
                              const struct lb_loss_kind *kind, int slots)
{
    const size_t bytes = (size_t)slots * SLOT_FLOATS * sizeof(float);
    *loss = (struct lb_loss){.device = device, .kind = kind, .slot_count = slots};
    for (int k = 0; k < kind->terms; k++) {
        loss->weight[k] = 1.0;
    }
    LB_TRY(lb_buffer_create(device, &loss->slots, bytes, "loss history"));
    return lb_buffer_zero(device, loss->slots, 0, bytes);
}

void lb_loss_destroy(struct lb_loss *loss)
{
    lb_buffer_release(&loss->slots);
}

bool lb_loss_counts(const struct lb_loss *loss, int step)
{
    return loss->fall == 0.0 || step < loss->fall;
}

double lb_loss_weight(const struct lb_loss *loss, int k, int step)
{
    const double left = loss->fall == 0.0 ? 1.0 : fmax(0.0, 1.0 - step / loss->fall);
    return left * loss->weight[k];
}

enum lb_status lb_loss_complete(const struct lb_loss *loss)
{
    return loss->complete != NULL ? loss->complete(loss->writer) : LB_OK;
}

enum lb_status lb_loss_read(const struct lb_loss *loss, int first, int n, float *slots)
{
    const size_t slot = SLOT_FLOATS * sizeof *slots;
    LB_TRY(lb_loss_complete(loss));
    return lb_buffer_read(loss->device, loss->slots, (size_t)first * slot, slots, (size_t)n * slot);
}

/* Terms of one batch, one loss after the other. */
struct terms {
    int count;
    float value[LB_MEANS_TERMS];
    double weight[LB_MEANS_TERMS];
    const char *name[LB_MEANS_TERMS];
    int place[LB_MEANS_TERMS]; // index in lb_means.term
};

/* Terms of batch i, from slots (losses, n, 4), that its step trains on. */
static struct terms take_batch(const struct lb_loss_average *average, const float *slots, int i)
{
    const int step = average->step + i;
    struct terms terms = {0};
    for (int j = 0; j < average->count; j++) {
        const struct lb_loss *loss = average->losses[j];
        const float *slot = slots + ((size_t)j * (size_t)average->n + (size_t)i) * SLOT_FLOATS;
        for (int k = 0; k < loss->kind->terms && lb_loss_counts(loss, step); k++) {
            terms.value[terms.count] = slot[k];
            terms.weight[terms.count] = lb_loss_weight(loss, k, step);
            terms.name[terms.count] = loss->kind->term[k];
            terms.place[terms.count++] = lb_loss_first_term(loss->kind) + k;
        }
    }
    return terms;
}

static int find_not_finite(const struct terms *terms)
{
    int k = 0;
    while (k < terms->count && isfinite(terms->value[k])) {
        k++;
    }
    return k;
}

static void average_slots(const struct lb_loss_average *average, const float *slots,
                          struct lb_means *means, struct lb_not_finite *bad)
{
    double sums[LB_MEANS_TERMS] = {0.0}; // indexed as lb_means.term
    double shares[LB_MEANS_TERMS] = {0.0};
    double loss = 0.0;
    double loss_squared = 0.0;
    double n = 0.0;
    bad->batch = -1;
    for (int i = 0; i < average->n; i++) {
        const struct terms terms = take_batch(average, slots, i);
        const bool last = i + 1 == average->n;
        const double share = last ? average->last_weight : 1.0;
        double value = 0.0;
        const int k_bad = find_not_finite(&terms);
        if (k_bad < terms.count) {
            if (average->skip && (n > 0.0 || !last)) {
                continue;
            }
            *bad = (struct lb_not_finite){i, terms.name[k_bad], terms.value[k_bad]};
            return;
        }
        for (int k = 0; k < terms.count; k++) {
            sums[terms.place[k]] += share * (double)terms.value[k];
            shares[terms.place[k]] += share;
            value += terms.weight[k] * (double)terms.value[k];
        }
        loss += share * value;
        loss_squared += share * value * value;
        n += share;
    }
    const double variance = fmax(0.0, loss_squared / n - (loss / n) * (loss / n));
    means->loss = loss / n;
    means->stderr_loss = n > 1.0 ? sqrt(variance / (n - 1.0)) : (double)NAN;
    for (int k = 0; k < LB_MEANS_TERMS; k++) {
        means->term[k] = shares[k] > 0.0 ? sums[k] / shares[k] : (double)NAN;
    }
}

enum lb_status lb_loss_mean(const struct lb_loss_average *average, struct lb_means *means,
                            struct lb_not_finite *bad)
{
    const size_t of_one = (size_t)average->n * SLOT_FLOATS;
    enum lb_status status = LB_OK;
    float *slots = malloc((size_t)average->count * of_one * sizeof *slots);
    if (slots == NULL) {
        return lb_fail_memory(average->losses[0]->device->ctx, "loss history");
    }
    for (int i = 0; i < average->count; i++) {
        LB_CHECK(lb_loss_read(average->losses[i], average->first, average->n,
                              slots + (size_t)i * of_one));
    }
    average_slots(average, slots, means, bad);
fail:
    free(slots);
    return status;
}
