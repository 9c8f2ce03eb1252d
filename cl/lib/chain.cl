/*
 * Points of a chain, at equal steps along a geodesic. LB_CHAIN_IMAGES on the host: the self-tests
 * of the sampler and of the loss fail if the two differ.
 */
#ifndef LIB_CHAIN_CL
#define LIB_CHAIN_CL

#define CHAIN 5

#endif
