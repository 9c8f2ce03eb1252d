/*
 * The text of a network: tokens with commas between, one for each layer, "pool,conv24,256".
 *
 *     512                dense, 512 units
 *     dense4x4x96        dense, its output an image
 *     conv24             convolution 3x3, stride 1, padding 1, 24 channels; conv24k5 another odd
 *                        kernel up to 7, padding k/2; conv24s2 stride 2; conv24k4s2 kernel 4,
 *                        stride 2, padding 1
 *     deconv32           transposed convolution, kernel 4, stride 2, padding 1, 32 channels
 *     pool               mean of each 2x2 block
 *     up                 each pixel to 2x2
 *
 * The command line, config.json and the metadata of network files all use it.
 */
#ifndef LB_NN_LAYERS_H
#define LB_NN_LAYERS_H

#include "nn/layer.h"

/** Most units, channels, rows or columns that a token may name where a user writes it; of the last
 * layer, which is implied, files name more. */
#define LB_LAYERS_MAX_WIDTH 65536

/** Appends the layers that the text names, with this activation where the kind has one. Layers that
 * work on images follow one that leaves an image; dense1x1x96 does, 96 does not. False, with the
 * list as far as it came, and the reason in `why`: "token 3, 'pool': ...". */
bool lb_layers_parse(struct lb_layer_list *list, const char *text, enum lb_activation activation,
                     struct lb_text *why);

/** What can be said of a text without the shape of what enters: appends it in the form that
 * lb_layers_add_text() gives it to `form`; false, with the reason as above, if there are no such
 * layers. */
bool lb_layers_check(const char *text, struct lb_text *form, struct lb_text *why);

/** Appends the tokens of layers `first` to `end` - 1. */
void lb_layers_add_text(const struct lb_layer_list *list, int first, int end, struct lb_text *text);

/** Takes "32x32x3", or "16" for a vector, of numbers from 1; false for anything else. */
bool lb_shape_parse(struct lb_shape *shape, const char *text);

/** For parse() of the kinds: a word or a whole number without sign at the front of *token, which is
 * moved past it; false, and nothing moves, if there is none. Numbers beyond 2^30 are 2^30 + 1. */
bool lb_token_word(const char **token, const char *word);
bool lb_token_number(const char **token, int *number);

#endif
