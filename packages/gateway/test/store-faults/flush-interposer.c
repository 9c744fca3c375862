/*
 * Stands between a process and its flushes: passes, slows, holds, fails or
 * discards them, and keeps what a power failure would leave.
 *
 * FLUSH_CONTROL names a file of at least 24 bytes: byte 0 is the mode (p, s, h,
 * f or d); bytes 8 and 16 count the flushes started and returned.
 * FLUSH_SHADOW names a directory. After each flush that succeeded it holds, for
 * a file, its content under "file-<inode>"; for a directory, its names under
 * "dir-<inode>", one a line: type, inode, name. Nothing else is on the disk.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile char *control;
static const char *shadow;

__attribute__((constructor)) static void begin(void) {
  shadow = getenv("FLUSH_SHADOW");
  const char *path = getenv("FLUSH_CONTROL");
  int fd = path ? open(path, O_RDWR) : -1;
  if (fd < 0) return;
  void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map != MAP_FAILED) control = map;
  close(fd);
}

static void count(int at) {
  if (control) __sync_fetch_and_add((volatile uint64_t *)(control + at), 1);
}

static void keep_names(int fd, FILE *out) {
  int own = openat(fd, ".", O_RDONLY | O_DIRECTORY);
  DIR *dir = own < 0 ? NULL : fdopendir(own);
  if (!dir) return;
  for (struct dirent *entry; (entry = readdir(dir));)
    if (entry->d_name[0] != '.')
      fprintf(out, "%c %lu %s\n", entry->d_type == DT_DIR ? 'd' : 'f', (unsigned long)entry->d_ino, entry->d_name);
  closedir(dir);
}

static void keep_content(int fd, FILE *out) {
  char path[64], buffer[65536];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int own = open(path, O_RDONLY);
  ssize_t length;
  while (own >= 0 && (length = read(own, buffer, sizeof buffer)) > 0) fwrite(buffer, 1, length, out);
  if (own >= 0) close(own);
}

static void keep(int fd) {
  struct stat info;
  if (!shadow || fstat(fd, &info) != 0) return;
  int is_dir = S_ISDIR(info.st_mode);
  if (!is_dir && !S_ISREG(info.st_mode)) return;
  char path[4096], temporary[4200];
  snprintf(path, sizeof path, "%s/%s-%lu", shadow, is_dir ? "dir" : "file", (unsigned long)info.st_ino);
  snprintf(temporary, sizeof temporary, "%s.%d", path, gettid());
  FILE *out = fopen(temporary, "w");
  if (!out) return;
  if (is_dir) keep_names(fd, out);
  else keep_content(fd, out);
  fclose(out);
  rename(temporary, path);
}

static int flush(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  count(8);
  while (control && control[0] == 'h') usleep(500);
  if (control && control[0] == 's') usleep(10000);
  int result = 0;
  if (control && control[0] == 'f') {
    errno = EIO;
    result = -1;
  } else if (!control || control[0] != 'd') {
    result = real(fd);
    if (result == 0) keep(fd);
  }
  count(16);
  return result;
}

int fsync(int fd) { return flush("fsync", fd); }
int fdatasync(int fd) { return flush("fdatasync", fd); }
