/* A placeholder until the kernel has its first function. */

#include <stdint.h>

#define PUBLIC __attribute__((visibility("default")))

PUBLIC int32_t segue_abi(void);

PUBLIC int32_t segue_abi(void) { return 1; }
