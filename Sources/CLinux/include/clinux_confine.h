// A process that reads what strangers made: starting it, taking everything from it that reading does not need, and
// trying out what it still can. All return -1 and set errno, unless they say otherwise.
#ifndef CLINUX_CONFINE_H
#define CLINUX_CONFINE_H

#include <stdint.h>
#include <sys/types.h>

// What keeps a process from doing more than it has to. Each holds without the others.
#define CLINUX_CONFINED_LIMITS 1U
#define CLINUX_CONFINED_LANDLOCK 2U
#define CLINUX_CONFINED_CALLS 4U

struct clinux_confinement {
    // The process that it ends with. Where that is not its parent, it has ended already: ESRCH.
    pid_t parent;
    // The only descriptor that it may write to.
    int output;
    // Of address space, in bytes.
    uint64_t memory;
    // Of processor time.
    uint64_t seconds;
    // Which of them are wanted. The kernel may lack Landlock and the filter of calls.
    uint32_t layers;
};

struct clinux_confined {
    // Which of them are in force.
    uint32_t layers;
    // The version of Landlock's interface, 0 for none.
    int landlock;
    // What could not be done, in words; NULL where all was.
    const char *failed;
};

// Confines this process, which has one thread, for as long as it lives. It becomes unable to gain privileges, and has no
// capability left. Where it fails the process may be confined in part, and is to end.
int clinux_confine(const struct clinux_confinement *order, struct clinux_confined *outcome);

// Executes a program as a child of this thread, with `file` as its descriptor 0, opened anew for reading, a pipe as its
// descriptor 1, and no other. `arguments` and `environment` end with a null pointer. What a terminal or a service manager
// sends to all of a command is blocked in it: it ends when its parent does, and not before.
// Returns the end of the pipe to read from, close-on-exec.
int clinux_start_reader(
    const char *path, char *const *arguments, char *const *environment, int file, pid_t *pid);

// What a confined process is not to be able to do.
#define CLINUX_TRY_READ_FILE 1
#define CLINUX_TRY_CREATE_FILE 2
#define CLINUX_TRY_CONNECT_TCP 3
#define CLINUX_TRY_CONNECT_UNIX 4
#define CLINUX_TRY_START_PROCESS 5
#define CLINUX_TRY_SIGNAL_PARENT 6
#define CLINUX_TRY_MAP_CODE 7

// Tries one of them, and undoes it where it was let through. Returns 1 where it was kept from it, 0 where it was not,
// also when what it asked for is not there.
int clinux_is_denied(int attempt);

#endif
