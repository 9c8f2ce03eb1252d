#include "base/posix.h"

#include "base/shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/process.h"

static bool map(struct lb_shared_memory *memory, int file, size_t bytes)
{
    void *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (data == MAP_FAILED) {
        return false;
    }
    memory->data = data;
    memory->bytes = bytes;
    return true;
}

/* Without a reservation, a write could exceed the memory file system, which is often small in
 * containers, and end the process with SIGBUS. */
static bool reserve(int file, size_t bytes)
{
    int error;
    do {
        error = posix_fallocate(file, 0, (off_t)bytes);
    } while (error == EINTR);
    return error == 0;
}

bool lb_shared_memory_create(struct lb_shared_memory *memory, size_t bytes)
{
    static int count = 0;
    *memory = (struct lb_shared_memory){0};
    snprintf(memory->name, sizeof memory->name, "/lowbend-%ld-%d", lb_process_number(), count++);
    const int file = shm_open(memory->name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (file < 0) {
        memory->name[0] = '\0';
        return false;
    }
    if (!reserve(file, bytes)) {
        close(file);
        lb_shared_memory_unlink(memory);
        return false;
    }
    if (!map(memory, file, bytes)) {
        lb_shared_memory_unlink(memory);
        return false;
    }
    return true;
}

bool lb_shared_memory_open(struct lb_shared_memory *memory, const char *name, size_t bytes)
{
    *memory = (struct lb_shared_memory){0};
    const int file = shm_open(name, O_RDWR, 0);
    return file >= 0 && map(memory, file, bytes);
}

void lb_shared_memory_unlink(struct lb_shared_memory *memory)
{
    if (memory->name[0] != '\0') {
        shm_unlink(memory->name);
        memory->name[0] = '\0';
    }
}

void lb_shared_memory_close(struct lb_shared_memory *memory)
{
    lb_shared_memory_unlink(memory);
    if (memory->data != NULL) {
        munmap(memory->data, memory->bytes);
    }
    *memory = (struct lb_shared_memory){0};
}
