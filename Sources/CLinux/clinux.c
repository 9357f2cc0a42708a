#define _GNU_SOURCE
#include "include/clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

// Younger than some C libraries. New calls have one number on all architectures but Alpha.
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

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

int clinux_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int clinux_pidfd_signal(int process, int number) {
    return (int)syscall(SYS_pidfd_send_signal, process, number, NULL, 0);
}

int clinux_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags, mode);
}

// What was opened with O_PATH cannot be changed by fchmod(2), but under its name in /proc. That follows no other link.
static int set_mode_through_proc(int directory, const char *name, mode_t mode) {
    int opened = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (opened < 0) return -1;
    struct stat status;
    int result = fstat(opened, &status);
    if (result == 0 && S_ISLNK(status.st_mode)) {
        errno = EOPNOTSUPP;
        result = -1;
    } else if (result == 0) {
        char path[32];
        snprintf(path, sizeof path, "/proc/self/fd/%d", opened);
        result = chmod(path, mode);
        // The name is there, so it is /proc that is not.
        if (result < 0 && errno == ENOENT) errno = EOPNOTSUPP;
    }
    int error = errno;
    close(opened);
    errno = error;
    return result;
}

int clinux_set_mode(int directory, const char *name, mode_t mode) {
    int result = (int)syscall(SYS_fchmodat2, directory, name, mode, AT_SYMLINK_NOFOLLOW);
    if (result < 0 && errno == ENOSYS) return set_mode_through_proc(directory, name, mode);
    return result;
}

int clinux_file_system_magic(int descriptor, int64_t *magic) {
    struct statfs status;
    if (fstatfs(descriptor, &status) < 0) return -1;
    *magic = status.f_type;
    return 0;
}

const void *clinux_find(const void *whole, size_t size, const void *part, size_t part_size) {
    return memmem(whole, size, part, part_size);
}
