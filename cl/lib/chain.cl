/* Points of a chain, which lie at equal steps along a geodesic: LB_CHAIN_IMAGES of the host. */
#ifndef LIB_CHAIN_CL
#define LIB_CHAIN_CL

#define CHAIN 5

#endif
