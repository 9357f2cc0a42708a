#define _GNU_SOURCE
#include "include/clinux_launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Younger than some C libraries. New calls have one number on all architectures but Alpha.
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// What the child says on the pipe: its pid with step 0 where it is detached, else what failed and why.
struct report {
    int step;
    int value;
};

// Everything below, up to `clinux_launch`, runs between fork and exec in what was a process of many threads: system
// calls alone, no lock of the C library's.

static _Noreturn void fail(int reports, int step) {
    struct report report = {step, errno};
    // Where even that fails the parent reads nothing from a process that ended.
    ssize_t written = write(reports, &report, sizeof report);
    _exit(written == sizeof report ? 127 : 126);
}

// The bounding set is emptied while the right to do so is there, the rest when it is no longer needed.
static int drop_bounding_set(void) {
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (int capability = 0; capability < 64; capability++) {
        int present = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
        if (present < 0) return 0;  // The kernel knows no more.
        if (present && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) return -1;
    }
    return 0;
}

int clinux_drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return (int)syscall(SYS_capset, &header, none);
}

// The C library's own would change every thread that the parent had.
static int change_user(uid_t user, gid_t group) {
    if (syscall(SYS_setgroups, (size_t)0, NULL) < 0) return -1;
    if (syscall(SYS_setresgid, group, group, group) < 0) return -1;
    return (int)syscall(SYS_setresuid, user, user, user);
}

static int close_on_exec_from(int first) {
    if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return 0;
    // Before Linux 5.11.
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -1;
    rlim_t end = limit.rlim_cur < (1 << 20) ? limit.rlim_cur : (1 << 20);
    for (int descriptor = first; (rlim_t)descriptor < end; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return 0;
}

static int move_above(int descriptor, size_t count) { return fcntl(descriptor, F_DUPFD_CLOEXEC, (int)count); }

static void reset_signals(void) {
    // The kernel's own structure, all of it zero: SIG_DFL, no flags, no mask. The C library's function refuses the two
    // signals that it keeps for itself, which may have been inherited as ignored. Not all numbers can be set.
    const unsigned long usual[8] = {0};
    for (int number = 1; number < NSIG; number++) syscall(SYS_rt_sigaction, number, usual, NULL, sizeof(uint64_t));
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void execute(const struct clinux_order *order, int *moved, int reports) {
    size_t count = order->descriptor_count;
    // First out of the way of the numbers that others are to get.
    int error = 0;
    int above = move_above(reports, count);
    if (above < 0) fail(reports, CLINUX_STEP_DESCRIPTORS);
    reports = above;
    if (setsid() < 0) fail(reports, CLINUX_STEP_SESSION);
    if (order->group >= 0 && write(order->group, "0", 1) < 0) fail(reports, CLINUX_STEP_GROUP);
    int directory = move_above(order->directory, count);
    if (directory < 0) fail(reports, CLINUX_STEP_DIRECTORY);
    for (size_t index = 0; index < count; index++) {
        moved[index] = move_above(order->descriptors[index], count);
        if (moved[index] < 0) error = errno;
    }
    for (size_t index = 0; index < count && error == 0; index++) {
        if (dup2(moved[index], (int)index) < 0) error = errno;
    }
    if (error == 0 && close_on_exec_from((int)count) < 0) error = errno;
    if (error != 0) {
        errno = error;
        fail(reports, CLINUX_STEP_DESCRIPTORS);
    }
    umask(022);
    if (fchdir(directory) < 0) fail(reports, CLINUX_STEP_DIRECTORY);
    if (order->drops_capabilities && drop_bounding_set() < 0) fail(reports, CLINUX_STEP_CAPABILITIES);
    if (order->changes_user && change_user(order->user, order->user_group) < 0) fail(reports, CLINUX_STEP_USER);
    if (order->drops_capabilities && clinux_drop_capabilities() < 0) fail(reports, CLINUX_STEP_CAPABILITIES);
    if (order->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        fail(reports, CLINUX_STEP_PRIVILEGES);
    }
    reset_signals();
    execve(order->path, order->arguments, order->environment);
    fail(reports, CLINUX_STEP_EXECUTE);
}

// The child of a detached launch: leaves another behind, and ends.
static _Noreturn void detach(const struct clinux_order *order, int *moved, int reports) {
    pid_t pid = fork();
    if (pid < 0) fail(reports, CLINUX_STEP_FORK);
    if (pid > 0) _exit(0);
    struct report report = {0, (int)getpid()};
    if (write(reports, &report, sizeof report) < 0) fail(reports, CLINUX_STEP_FORK);
    execute(order, moved, reports);
}

// Reads until the child executes or ends: both close the pipe. 1 where there was a report, 0 where there is no more.
static int next_report(int reports, struct report *report) {
    ssize_t count;
    do count = read(reports, report, sizeof *report);
    while (count < 0 && errno == EINTR);
    return count == sizeof *report;
}

static void reap(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}

int clinux_launch(const struct clinux_order *order, pid_t *pid, int *step) {
    *step = CLINUX_STEP_FORK;
    int ends[2];
    int *moved = calloc(order->descriptor_count + 1, sizeof *moved);
    if (!moved) return -1;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        free(moved);
        return -1;
    }
    // No handler of ours may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) {
        if (order->detached) detach(order, moved, ends[1]);
        execute(order, moved, ends[1]);
    }
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    free(moved);
    *pid = child;
    int failed = child < 0;
    struct report report;
    while (child > 0 && next_report(ends[0], &report)) {
        if (report.step == 0) {
            *pid = report.value;
        } else {
            failed = 1;
            *step = report.step;
            error = report.value;
        }
    }
    close(ends[0]);
    if (child > 0 && (failed || order->detached)) reap(child);
    if (!failed) return 0;
    errno = error;
    return -1;
}

static int signal_pipe = -1;

static void note_signal(int number) {
    int error = errno;
    unsigned char byte = (unsigned char)number;
    // A full pipe has enough to tell already.
    ssize_t written = write(signal_pipe, &byte, 1);
    (void)written;
    errno = error;
}

int clinux_catch_signals(const int *signals, size_t count) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return -1;
    signal_pipe = ends[1];
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    sigset_t caught;
    sigemptyset(&caught);
    for (size_t index = 0; index < count; index++) {
        if (sigaction(signals[index], &action, NULL) < 0) return -1;
        sigaddset(&caught, signals[index]);
    }
    pthread_sigmask(SIG_UNBLOCK, &caught, NULL);
    return ends[0];
}

int clinux_become_reaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int clinux_set_close_on_exec(int descriptor) { return fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

int clinux_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}
