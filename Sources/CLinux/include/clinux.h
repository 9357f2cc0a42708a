// The few Linux calls that Glibc's Swift module does not show, one function for each. On an error they set errno and
// return -1, or NULL.
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS.
int clinux_open_beneath(int directory, const char *path, uint64_t flags, uint64_t mode);

// renameat2(2) with RENAME_NOREPLACE.
int clinux_rename_no_replace(int from_directory, const char *from, int to_directory, const char *to);

// renameat2(2) with RENAME_EXCHANGE.
int clinux_rename_exchange(int from_directory, const char *from, int to_directory, const char *to);

// syncfs(2).
int clinux_sync_file_system(int descriptor);

// ioctl_ficlone(2).
int clinux_clone(int to, int from);

// getdents64(2): bytes filled with `struct linux_dirent64`, 0 at the end.
ssize_t clinux_directory_entries(int directory, void *buffer, size_t size);

// linkat(2) of an open file, with AT_EMPTY_PATH.
int clinux_link_descriptor(int file, int to_directory, const char *to);

// memfd_create(2), close-on-exec.
int clinux_anonymous_file(const char *name);

// pidfd_open(2), close-on-exec.
int clinux_pidfd_open(pid_t process);

// pidfd_send_signal(2) to the process that a pidfd stands for.
int clinux_pidfd_signal(int process, int number);

// openat(2) as a function of fixed arguments; Swift sees no C variadics.
int clinux_openat(int directory, const char *path, int flags, mode_t mode);

// fchmodat2(2) with AT_SYMLINK_NOFOLLOW: EOPNOTSUPP where `name` is a link. Before Linux 6.6 the same by way of /proc.
int clinux_set_mode(int directory, const char *name, mode_t mode);

// The f_type of fstatfs(2) in `*magic`; Swift hides the struct behind the function of the same name.
int clinux_file_system_magic(int descriptor, int64_t *magic);

// memmem(3): where `part` begins in `whole`, NULL where it does not.
const void *clinux_find(const void *whole, size_t size, const void *part, size_t part_size);

#endif
