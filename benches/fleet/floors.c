/* The least that any program has to do, for the ratios that `run` prints.
 *
 *   floors show DIR            walk the tree; open, read the first 4 KiB of and close each file
 *   floors edit DIR AT         the same; map each file, change one byte at AT; flush the file system once at the end
 *   floors boxes FILE          headers of all top-level boxes, and of the children of each moof
 *
 * A second thread (show DIR 2) takes every other file.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char **names;
static size_t count, room;
static size_t threads = 1;
static off_t edit_at = -1;

static int remember(const char *path, const struct stat *s, int type, struct FTW *f) {
    (void)s;
    (void)f;
    if (type != FTW_F) return 0;
    if (count == room) {
        room = room ? room * 2 : 4096;
        names = realloc(names, room * sizeof *names);
        if (!names) abort();
    }
    names[count++] = strdup(path);
    return 0;
}

static void *work(void *first) {
    char head[4096];
    for (size_t i = (size_t)first; i < count; i += threads) {
        int file = open(names[i], edit_at < 0 ? O_RDONLY : O_RDWR);
        if (file < 0) continue;
        if (pread(file, head, sizeof head, 0) < 0) perror(names[i]);
        if (edit_at >= 0) {
            unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, edit_at & ~4095L);
            if (page == MAP_FAILED) abort();
            page[edit_at & 4095] ^= 1;
            munmap(page, 4096);
        }
        close(file);
    }
    return NULL;
}

static uint64_t be32(const unsigned char *p) {
    return (uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3];
}

static uint64_t boxes(int file, uint64_t at, uint64_t end) {
    unsigned char head[16];
    uint64_t seen = 0;
    while (at + 8 <= end && pread(file, head, sizeof head, (off_t)at) >= 8) {
        uint64_t size = be32(head);
        if (size == 1) size = be32(head + 8) << 32 | be32(head + 12);
        if (size == 0) size = end - at;
        if (size < 8) break;
        seen++;
        if (!memcmp(head + 4, "moof", 4)) seen += boxes(file, at + 8, at + size);
        at += size;
    }
    return seen;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    if (!strcmp(argv[1], "boxes")) {
        int file = open(argv[2], O_RDONLY);
        struct stat s;
        if (file < 0 || fstat(file, &s)) return 3;
        printf("%llu boxes\n", (unsigned long long)boxes(file, 0, (uint64_t)s.st_size));
        return 0;
    }
    if (!strcmp(argv[1], "edit")) edit_at = atol(argv[3]);
    else if (argc > 3) threads = (size_t)atol(argv[3]);
    nftw(argv[2], remember, 64, FTW_PHYS);
    pthread_t workers[64];
    if (threads > 64) return 2;
    for (size_t i = 1; i < threads; i++) pthread_create(&workers[i], NULL, work, (void *)i);
    work((void *)0);
    for (size_t i = 1; i < threads; i++) pthread_join(workers[i], NULL);
    if (edit_at >= 0) {
        int folder = open(argv[2], O_RDONLY);
        if (folder < 0 || syncfs(folder)) return 3;
    }
    return 0;
}
