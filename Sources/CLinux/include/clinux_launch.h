// Starting a program, and what whoever looks after it needs of the kernel. All return -1 and set errno.
#ifndef CLINUX_LAUNCH_H
#define CLINUX_LAUNCH_H

#include <stddef.h>
#include <sys/types.h>

// Where a launch failed.
#define CLINUX_STEP_FORK 1
#define CLINUX_STEP_SESSION 2
#define CLINUX_STEP_GROUP 3
#define CLINUX_STEP_DESCRIPTORS 4
#define CLINUX_STEP_DIRECTORY 5
#define CLINUX_STEP_CAPABILITIES 6
#define CLINUX_STEP_USER 7
#define CLINUX_STEP_PRIVILEGES 8
#define CLINUX_STEP_EXECUTE 9

struct clinux_order {
    // Relative to `directory`, which becomes the working directory.
    const char *path;
    int directory;
    // Both end with a null pointer.
    char *const *arguments;
    char *const *environment;
    // They become 0, 1, 2, …; everything else is closed.
    const int *descriptors;
    size_t descriptor_count;
    // `cgroup.procs` of the group to join, open for writing; -1 for none.
    int group;
    // 0: the user and the groups stay.
    int changes_user;
    uid_t user;
    gid_t user_group;
    int no_new_privileges;
    // Leaves no capability, now or by any program that it executes.
    int drops_capabilities;
    // The caller is not its parent, and need not reap it.
    int detached;
};

// fork(2) and execve(2) in a new session, with the umask 022 and every signal as it is by default. Returns 0 once the
// program is executed; else `*step` says what failed, and no process is left.
int clinux_launch(const struct clinux_order *order, pid_t *pid, int *step);

// capset(2): none is left to this thread. What it executes may get some again, where nothing else keeps it from that.
int clinux_drop_capabilities(void);

// Has each of `signals` write its number, one byte, to a pipe; returns the end to read, which never blocks. Once for a
// process. It does not matter which of its threads gets the signal.
int clinux_catch_signals(const int *signals, size_t count);

// Descendants whose parent ended become children of this process. PR_SET_CHILD_SUBREAPER
int clinux_become_reaper(void);

// pipe2(2), close-on-exec: what is written to the second is read from the first.
int clinux_pipe(int ends[2]);

// FD_CLOEXEC
int clinux_set_close_on_exec(int descriptor);

// O_NONBLOCK
int clinux_set_nonblocking(int descriptor);

#endif
