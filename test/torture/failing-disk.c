/* Lets one call on certain files fail, once a process: LD_PRELOAD. FAIL_CALL=fsync|pwrite, FAIL_AT=n (the nth such call), FAIL_FILE=part of the path. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_int calls;

static int fails(const char *call, int fd) {
  const char *wanted = getenv("FAIL_CALL"), *file = getenv("FAIL_FILE"), *at = getenv("FAIL_AT");
  if (!wanted || !file || !at || strcmp(wanted, call) != 0) return 0;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  if (!strstr(path, file)) return 0;
  return atomic_fetch_add(&calls, 1) + 1 == atoi(at);
}

#define FAILING(name, call, error, parameters, ...)                      \
  ssize_t name parameters {                                              \
    static ssize_t (*real) parameters;                                   \
    if (!real) real = (ssize_t(*) parameters)dlsym(RTLD_NEXT, #name);    \
    if (fails(call, fd)) {                                               \
      errno = error;                                                     \
      return -1;                                                         \
    }                                                                    \
    return real(__VA_ARGS__);                                            \
  }

FAILING(pwrite, "pwrite", EIO, (int fd, const void *bytes, size_t count, off_t at), fd, bytes, count, at)
FAILING(pwrite64, "pwrite", EIO, (int fd, const void *bytes, size_t count, off64_t at), fd, bytes, count, at)

static int synced(const char *name, int fd) {
  if (fails("fsync", fd)) {
    errno = EIO;
    return -1;
  }
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return real(fd);
}
int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }
