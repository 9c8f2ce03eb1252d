/*
 * Text form of a network: comma-separated tokens, one per layer, "pool,conv24,256".
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

/** Largest number of units, channels, rows or columns in a token written by a user; files may
 * exceed it in the last layer, which is implied. */
#define LB_LAYERS_MAX_WIDTH 65536

/** Appends the layers in the text, with this activation if the kind has one. Image layers must
 * follow a layer that outputs an image; dense1x1x96 does, 96 does not. On failure returns false,
 * with the layers up to there and the reason in `why`: "token 3, 'pool': ...". */
bool lb_layers_parse(struct lb_layer_list *list, const char *text, enum lb_activation activation,
                     struct lb_text *why);

/** Checks a text as far as possible without the input shape, and appends it to `form` as
 * lb_layers_add_text() would write it; false, with the reason as above, if it is invalid. */
bool lb_layers_check(const char *text, struct lb_text *form, struct lb_text *why);

/** Appends the tokens of layers `first` to `end` - 1. */
void lb_layers_add_text(const struct lb_layer_list *list, int first, int end, struct lb_text *text);

/** Parses "32x32x3", or "16" for a vector, with numbers from 1; false for anything else. */
bool lb_shape_parse(struct lb_shape *shape, const char *text);

/** For parse() of the kinds: consumes a word or an unsigned integer at the start of *token; false
 * without moving if there is none. Numbers above 2^30 become 2^30 + 1. */
bool lb_token_word(const char **token, const char *word);
bool lb_token_number(const char **token, int *number);

#endif
