#define _GNU_SOURCE
#include "include/clinux.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int clinux_open_beneath(int directory, const char *path, uint64_t flags, uint64_t mode) {
    struct open_how how = {
        .flags = flags,
        .mode = mode,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int clinux_rename_no_replace(int from_directory, const char *from, int to_directory, const char *to) {
    return renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE);
}

int clinux_rename_exchange(int from_directory, const char *from, int to_directory, const char *to) {
    return renameat2(from_directory, from, to_directory, to, RENAME_EXCHANGE);
}

int clinux_sync_file_system(int descriptor) { return syncfs(descriptor); }

int clinux_clone(int to, int from) { return ioctl(to, FICLONE, from); }

ssize_t clinux_directory_entries(int directory, void *buffer, size_t size) {
    return syscall(SYS_getdents64, directory, buffer, size);
}

int clinux_link_descriptor(int file, int to_directory, const char *to) {
    return linkat(file, "", to_directory, to, AT_EMPTY_PATH);
}

int clinux_anonymous_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int clinux_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags, mode);
}

int clinux_file_system_magic(int descriptor, int64_t *magic) {
    struct statfs status;
    if (fstatfs(descriptor, &status) < 0) return -1;
    *magic = status.f_type;
    return 0;
}
