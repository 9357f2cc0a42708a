/*
 * injector - runs a command and acts before its N-th system call that changes the disk.
 *
 * The calls of all threads and descendants are counted in one sequence, in the order in which
 * the kernel reports them, so that a test can visit every point at which a crash or a failing
 * disk may hit a program. It runs until the last descendant is gone.
 *
 * With -c the command is alone: what it starts is neither traced nor counted nor killed, and
 * runs on when the command is killed or done. Its calls that start and signal processes or take
 * locks are counted as well, since they too change what others find.
 *
 * A seccomp filter in the command stops it at the calls of the table below and nowhere else
 * (SECCOMP_RET_TRACE, seccomp(2)); this process is the tracer (ptrace(2)). At such a stop the
 * call has had no effect yet, and it has none if the thread is killed there. A filter is passed
 * on to every child, and where there is no tracer its calls fail; so with -c there is none, and
 * the command stops at the beginning and at the end of each call (PTRACE_SYSCALL).
 *
 * Not seen: stores into shared mappings (only their msync). io_uring would be another way around
 * the filter, so there io_uring_setup(2) fails with ENOSYS. The interruptions of the mode `each` are
 * invisible to the command, except that epoll_wait and the other calls which signal(7) lists as
 * "interrupted by stop signals" fail with EINTR, as they do at SIGSTOP and SIGCONT.
 *
 * Linux 5.3 or later (PTRACE_GET_SYSCALL_INFO), x86_64 and aarch64.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __x86_64__
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "injector knows the registers of x86_64 and aarch64 only"
#endif

enum { EXIT_USAGE = 64, EXIT_HOOK = 70, EXIT_TRACE = 71, EXIT_REPORT = 74, EXIT_KILLED = 137 };

/* ---- The calls that change the disk ---------------------------------------------------------- */

/* Newer than many C libraries; these numbers are the same on every architecture. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#define SYS_removexattrat 466
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef CLONE_THREAD
#define CLONE_THREAD 0x10000
#endif

/* What a call changes, and which of its arguments (by index) say so. */
struct target {
    enum { NO_TARGET, DESCRIPTOR, PATH, PATH_AT, LINK_TEXT, MAPPING } kind;
    unsigned char fd, address;
};

#define NONE { NO_TARGET, 0, 0 }
#define FD(fd) { DESCRIPTOR, fd, 0 }           /* an open file */
#define NAME(path) { PATH, 0, path }           /* a path, relative to the working directory */
#define AT(fd, path) { PATH_AT, fd, path }     /* a path, relative to a descriptor */
#define TEXT(address) { LINK_TEXT, 0, address } /* what a new symbolic link says: only reported */
#define MAPPED(address) { MAPPING, 0, address } /* the file mapped there */

struct call {
    long number;
    const char *name;
    struct target targets[2];
};

#define CALL(name, ...) { SYS_##name, #name, { __VA_ARGS__ } }

static const struct call calls[] = {
    CALL(write, FD(0)), CALL(writev, FD(0)),
    CALL(pwrite64, FD(0)), CALL(pwritev, FD(0)), CALL(pwritev2, FD(0)),
    CALL(sendfile, FD(0)), CALL(copy_file_range, FD(2)), CALL(splice, FD(2)),
    CALL(truncate, NAME(0)), CALL(ftruncate, FD(0)), CALL(fallocate, FD(0)),
    CALL(fsync, FD(0)), CALL(fdatasync, FD(0)), CALL(sync_file_range, FD(0)),
    CALL(syncfs, FD(0)), CALL(sync, NONE), CALL(msync, MAPPED(0)),
    CALL(openat, AT(0, 1)), CALL(openat2, AT(0, 1)),
    CALL(mkdirat, AT(0, 1)), CALL(mknodat, AT(0, 1)), CALL(unlinkat, AT(0, 1)),
    CALL(renameat, AT(0, 1), AT(2, 3)), CALL(renameat2, AT(0, 1), AT(2, 3)),
    CALL(linkat, AT(0, 1), AT(2, 3)), CALL(symlinkat, TEXT(0), AT(1, 2)),
    CALL(fchmod, FD(0)), CALL(fchmodat, AT(0, 1)), CALL(fchmodat2, AT(0, 1)),
    CALL(fchown, FD(0)), CALL(fchownat, AT(0, 1)), CALL(utimensat, AT(0, 1)),
    CALL(setxattr, NAME(0)), CALL(lsetxattr, NAME(0)), CALL(fsetxattr, FD(0)),
    CALL(removexattr, NAME(0)), CALL(lremovexattr, NAME(0)), CALL(fremovexattr, FD(0)),
    CALL(setxattrat, AT(0, 1)), CALL(removexattrat, AT(0, 1)),
    CALL(ioctl, FD(0)),
#ifdef __x86_64__ /* aarch64 has only the *at forms of these */
    CALL(open, NAME(0)), CALL(creat, NAME(0)),
    CALL(mkdir, NAME(0)), CALL(mknod, NAME(0)), CALL(rmdir, NAME(0)), CALL(unlink, NAME(0)),
    CALL(rename, NAME(0), NAME(1)), CALL(link, NAME(0), NAME(1)), CALL(symlink, TEXT(0), NAME(1)),
    CALL(chmod, NAME(0)), CALL(chown, NAME(0)), CALL(lchown, NAME(0)),
    CALL(utime, NAME(0)), CALL(utimes, NAME(0)), CALL(futimesat, AT(0, 1)),
#endif
};
enum { CALL_COUNT = sizeof calls / sizeof *calls };

/* Counted too where the command is alone. Without a target a call counts wherever it is. */
static const struct call process_calls[] = {
    CALL(clone, NONE), CALL(clone3, NONE), CALL(kill, NONE), CALL(pidfd_send_signal, NONE),
    CALL(flock, FD(0)),
#ifdef __x86_64__
    CALL(fork, NONE), CALL(vfork, NONE),
#endif
};
enum { PROCESS_CALL_COUNT = sizeof process_calls / sizeof *process_calls };

/* An open changes the disk only with one of these. O_TMPFILE contains O_DIRECTORY, open(2). */
#define CHANGING_OPEN_FLAGS (O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

/* ---- State ----------------------------------------------------------------------------------- */

static struct {
    enum { COUNT_CALLS, KILL_AT, FAIL_AT, HOOK_EACH } mode;
    unsigned long at;
    long error;
    bool then_on, alone;
    char *hook, **command, *report_path;
    char prefix[2 * PATH_MAX];
} options;

/* What a thread can do before it reports its next stop. */
enum state {
    RUNNING,
    STOPPED,  /* nothing, as in the group-stop of a LISTENing tracee: it ends with another stop */
    VFORKING, /* nothing: the kernel holds it, deaf to PTRACE_INTERRUPT, until its child lets go */
    EXITING,  /* no calls. A dead leader of living threads reports nothing, so no one may wait */
};

struct tracee {
    pid_t tid;
    enum state state;
    bool restarting;             /* the kernel is about to repeat its last counted call */
    unsigned long pending_order; /* place of pending_status among the stops to handle, or 0 */
    int pending_status;
};

static struct tracee *tracees; /* every thread that has reported a stop and is not yet gone */
static size_t tracee_count, tracee_capacity;
static unsigned long stop_order, call_count;
static pid_t root;
static int root_status;
static bool command_started; /* before its execve, the child is still this program */
static FILE *report;

static const struct call *find_in(const struct call *table, size_t count, uint64_t number)
{
    for (const struct call *call = table; call < table + count; call++)
        if ((uint64_t)call->number == number)
            return call;
    return NULL;
}

static const struct call *find_call(uint64_t number)
{
    const struct call *call = find_in(calls, CALL_COUNT, number);
    return call || !options.alone ? call : find_in(process_calls, PROCESS_CALL_COUNT, number);
}

static _Noreturn __attribute__((format(printf, 2, 3))) void die(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("injector: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    _exit(status); /* PTRACE_O_EXITKILL takes the tracees along */
}

static struct tracee *find_tracee(pid_t tid)
{
    for (struct tracee *tracee = tracees; tracee < tracees + tracee_count; tracee++)
        if (tracee->tid == tid)
            return tracee;
    return NULL;
}

/* The result is valid until a tracee is added or forgotten. */
static struct tracee *find_or_add_tracee(pid_t tid)
{
    struct tracee *tracee = find_tracee(tid);
    if (tracee)
        return tracee;
    if (tracee_count == tracee_capacity) {
        tracee_capacity = tracee_capacity ? 2 * tracee_capacity : 64;
        tracees = realloc(tracees, tracee_capacity * sizeof *tracees);
        if (!tracees)
            die(EXIT_TRACE, "out of memory");
    }
    tracees[tracee_count] = (struct tracee){ .tid = tid };
    return &tracees[tracee_count++];
}

static void forget_tracee(pid_t tid)
{
    struct tracee *tracee = find_tracee(tid);
    if (tracee)
        *tracee = tracees[--tracee_count];
}

/* ---- Starting the command -------------------------------------------------------------------- */

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_ARGUMENT(i) LOAD(args[i]) /* its low half: both architectures are little-endian */
#define IF(test, k, yes, no) BPF_JUMP(BPF_JMP | test | BPF_K, (uint32_t)(k), yes, no)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define TRACE RETURN(SECCOMP_RET_TRACE)
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define DENY RETURN(SECCOMP_RET_ERRNO | ENOSYS)

#define ADD(program, ...) \
    add_code(program, (struct sock_filter[]){ __VA_ARGS__ }, \
        sizeof (struct sock_filter[]){ __VA_ARGS__ } / sizeof(struct sock_filter))

static void add_code(struct sock_fprog *program, const struct sock_filter *code, size_t length)
{
    memcpy(program->filter + program->len, code, length * sizeof *code);
    program->len += (unsigned short)length;
}

/* Opens are frequent and most only read: they are told apart here, without a stop. The flags of
 * openat2 are in memory, where a filter cannot look (openat2(2)). */
static void add_open(struct sock_fprog *program, long number, int flags)
{
    ADD(program, IF(BPF_JEQ, number, 0, 4), LOAD_ARGUMENT(flags),
        IF(BPF_JSET, CHANGING_OPEN_FLAGS, 0, 1), TRACE, ALLOW);
}

static void add_call(struct sock_fprog *program, long number)
{
    if (number == SYS_openat)
        add_open(program, number, 2);
#ifdef SYS_open
    else if (number == SYS_open)
        add_open(program, number, 1);
#endif
    else if (number == SYS_ioctl)
        ADD(program, IF(BPF_JEQ, number, 0, 6), LOAD_ARGUMENT(1), IF(BPF_JEQ, FICLONE, 2, 0),
            IF(BPF_JEQ, FICLONERANGE, 1, 0), IF(BPF_JEQ, FS_IOC_SETFLAGS, 0, 1), TRACE, ALLOW);
    else
        ADD(program, IF(BPF_JEQ, number, 0, 1), TRACE);
}

static void build_filter(struct sock_fprog *program)
{
    /* Numbers mean something only together with the architecture, seccomp(2). The calls of a
     * 32-bit program cannot be counted, so it must not seem to run well. */
    ADD(program, LOAD(arch), IF(BPF_JEQ, NATIVE_ARCH, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS));
    ADD(program, LOAD(nr), IF(BPF_JEQ, SYS_io_uring_setup, 0, 1), DENY);
#ifdef __x86_64__ /* The x32 calls have this bit. They are denied, as most kernels do. */
    ADD(program, IF(BPF_JGE, 0x40000000, 0, 1), DENY);
#endif
    for (size_t i = 0; i < CALL_COUNT; i++)
        add_call(program, calls[i].number);
    ADD(program, ALLOW);
}

/* In the child. A call that meets SECCOMP_RET_TRACE without a tracer fails, so it first waits
 * for a byte from the tracer. Without privileges, a filter needs no_new_privs, seccomp(2). */
static _Noreturn void run_command(int go)
{
    static struct sock_filter code[16 + 7 * CALL_COUNT];
    struct sock_fprog program = { .len = 0, .filter = code };
    build_filter(&program);
    char byte;
    if (read(go, &byte, 1) != 1)
        _exit(EXIT_TRACE);
    if (!options.alone && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)))
        die(EXIT_TRACE, "cannot install a seccomp filter: %s", strerror(errno));
    execvp(options.command[0], options.command);
    die(errno == ENOENT ? 127 : 126, "cannot run %s: %s", options.command[0], strerror(errno));
}

static void start_command(void)
{
    int go[2];
    if (pipe2(go, O_CLOEXEC) || (root = fork()) < 0)
        die(EXIT_TRACE, "cannot start a process: %s", strerror(errno));
    if (root == 0) {
        close(go[1]);
        run_command(go[0]);
    }
    /* A clone(2) is reported as such for a thread, or a child whose end nobody is signalled. */
    long trace = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC
        | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
    if (!options.alone)
        trace |= PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK
            | PTRACE_O_TRACEVFORKDONE;
    if (ptrace(PTRACE_SEIZE, root, NULL, (void *)trace))
        die(EXIT_TRACE, "cannot trace a process: %s", strerror(errno));
    if (write(go[1], "", 1) != 1)
        die(EXIT_TRACE, "cannot start a process: %s", strerror(errno));
    close(go[0]);
    close(go[1]);
}

/* ---- Stopping, resuming, killing ------------------------------------------------------------- */

static pid_t wait_for_tracee(int *status)
{
    pid_t tid;
    do
        tid = waitpid(-1, status, __WALL);
    while (tid < 0 && errno == EINTR);
    return tid;
}

/* Lets a tracee go on from the stop that was just handled. An ESRCH of ptrace is normal: the
 * tracee was killed meanwhile, and its end will be reported. */
static void resume(pid_t tid, enum __ptrace_request how, int signal, enum state state)
{
    struct tracee *tracee = find_tracee(tid);
    /* A kill or an execve of a sibling may have ended that stop, and a newer one be pending. */
    if (!tracee || tracee->state != STOPPED || tracee->pending_order)
        return;
    if (options.alone && how == PTRACE_CONT)
        how = PTRACE_SYSCALL; /* there is no filter that would stop it */
    tracee->state = state;
    ptrace(how, tid, NULL, (void *)(long)signal);
}

/* When a thread that is not the leader calls execve, the others vanish and it takes over the id
 * of the leader. The message of the event is the id that it had before, ptrace(2). */
static void note_exec(pid_t tid)
{
    unsigned long former;
    if (ptrace(PTRACE_GETEVENTMSG, tid, NULL, &former) == 0 && (pid_t)former != tid)
        forget_tracee((pid_t)former);
    command_started = true;
}

/* Enters into the table what waitpid reported. Returns whether there is a stop to be handled.
 * A new thread becomes known here, not at the event of its parent, which may come after its
 * death. That is early enough: it stops before its first instruction. */
static bool note_status(pid_t tid, int status)
{
    if (!WIFSTOPPED(status)) {
        if (tid == root)
            root_status = status;
        forget_tracee(tid);
        return false;
    }
    struct tracee *tracee = find_or_add_tracee(tid);
    tracee->state = STOPPED;
    tracee->pending_order = 0; /* the stop in which it was killed is over */
    if (status >> 16 == PTRACE_EVENT_EXIT) {
        resume(tid, PTRACE_CONT, 0, EXITING); /* at once: an execve may be waiting for its end */
        return false;
    }
    if (status >> 16 == PTRACE_EVENT_EXEC)
        note_exec(tid);
    return true;
}

static bool any_running(void)
{
    for (size_t i = 0; i < tracee_count; i++)
        if (tracees[i].state == RUNNING)
            return true;
    return false;
}

/* Stops every thread. A call in progress ends first, or is interrupted such that the kernel
 * restarts it. A thread may report another stop than the interruption: all are kept for later.
 * Waiting for any tracee, not for a certain one, is essential: an execve does not end before
 * the other threads of its process have been reaped. */
static void stop_all(void)
{
    for (size_t i = 0; i < tracee_count; i++)
        if (tracees[i].state == RUNNING)
            ptrace(PTRACE_INTERRUPT, tracees[i].tid, NULL, NULL);
    int status;
    pid_t tid;
    while (any_running() && (tid = wait_for_tracee(&status)) > 0)
        if (note_status(tid, status)) {
            struct tracee *tracee = find_tracee(tid);
            tracee->pending_status = status;
            tracee->pending_order = ++stop_order;
        }
}

/* The stop to be handled next: those kept by stop_all first. 0 when all tracees are gone. */
static pid_t next_stop(int *status)
{
    struct tracee *first = NULL;
    for (struct tracee *tracee = tracees; tracee < tracees + tracee_count; tracee++)
        if (tracee->pending_order && (!first || tracee->pending_order < first->pending_order))
            first = tracee;
    if (first) {
        *status = first->pending_status;
        first->pending_order = 0;
        return first->tid;
    }
    pid_t tid;
    while ((tid = wait_for_tracee(status)) > 0)
        if (note_status(tid, *status))
            return tid;
    return 0;
}

/* Ends all tracees and waits until they are gone. The kernel skips a call if a fatal signal
 * arrives at the stop before it. Threads not yet known are met at their first stop. */
static void kill_all(void)
{
    for (size_t i = 0; i < tracee_count; i++)
        syscall(SYS_tkill, tracees[i].tid, SIGKILL);
    int status;
    pid_t tid;
    while ((tid = wait_for_tracee(&status)) > 0)
        if (WIFSTOPPED(status)) {
            syscall(SYS_tkill, tid, SIGKILL);
            ptrace(PTRACE_CONT, tid, NULL, NULL); /* SIGKILL does not end the stop at the exit */
        }
}

/* ---- What a call changes --------------------------------------------------------------------- */

struct place {
    char text[PATH_MAX];     /* for the report */
    char path[2 * PATH_MAX]; /* to compare with the prefix: absolute, or empty if not known */
    bool is_open_file;
};

/* Two pieces, since what is behind the end of the string's page may not exist, and
 * process_vm_readv(2) transfers a piece as a whole or not at all. */
static void read_string(pid_t tid, uint64_t address, char text[static PATH_MAX])
{
    size_t first = 4096 - address % 4096;
    struct iovec local = { text, PATH_MAX };
    struct iovec remote[] = { { (void *)(uintptr_t)address, first },
        { (void *)(uintptr_t)(address + first), PATH_MAX - first } };
    ssize_t length = process_vm_readv(tid, &local, 1, remote, 2, 0);
    if (length <= 0 || !memchr(text, '\0', (size_t)length))
        text[0] = '\0'; /* the call will fail */
}

/* Where an open file is, or the working directory for AT_FDCWD. */
static void read_descriptor(pid_t tid, int fd, char text[static PATH_MAX])
{
    char link[64];
    if (fd == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/%d/cwd", tid);
    else
        snprintf(link, sizeof link, "/proc/%d/fd/%d", tid, fd);
    ssize_t length = readlink(link, text, PATH_MAX - 1);
    text[length < 0 ? 0 : length] = '\0';
}

static void read_mapping(pid_t tid, uint64_t address, char text[static PATH_MAX])
{
    char line[PATH_MAX + 128];
    snprintf(line, sizeof line, "/proc/%d/maps", tid);
    FILE *maps = fopen(line, "re");
    if (!maps)
        return;
    while (fgets(line, sizeof line, maps)) {
        unsigned long start, end;
        int name = 0;
        sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &start, &end, &name);
        if (name && start <= address && address < end) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(text, PATH_MAX, "%.*s", PATH_MAX - 1, line + name);
            break;
        }
    }
    fclose(maps);
}

/* Resolves an absolute path as /proc shows open files, except that a symbolic link at its end
 * stays, as it is the link that is renamed or removed. A path to nowhere stays as it is. */
static void resolve(char path[static 2 * PATH_MAX])
{
    char real[PATH_MAX], name[PATH_MAX] = "";
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    char *last = strrchr(path, '/') + 1;
    if (strcmp(last, ".") && strcmp(last, "..") && strlen(last) < sizeof name) {
        strcpy(name, last);
        *last = '\0';
    }
    if (!realpath(path, real))
        strcat(path, name);
    else
        sprintf(path, "%s%s%s", real, *name && real[1] ? "/" : "", name);
}

static void find_place(pid_t tid, struct target target, const uint64_t *arguments,
    struct place *place)
{
    int fd = target.kind == PATH ? AT_FDCWD : (int)arguments[target.fd];
    *place->text = *place->path = '\0';
    if (target.kind == MAPPING)
        read_mapping(tid, arguments[target.address], place->text);
    else if (target.kind != DESCRIPTOR)
        read_string(tid, arguments[target.address], place->text);
    /* AT_EMPTY_PATH, and utimensat(2) without a path, mean the descriptor. */
    bool is_descriptor = target.kind == DESCRIPTOR || (target.kind == PATH_AT && !*place->text);
    if (is_descriptor)
        read_descriptor(tid, fd, place->text);
    place->is_open_file = is_descriptor || target.kind == MAPPING;
    if (place->is_open_file) {
        strcpy(place->path, place->text);
    } else if (*place->text && *options.prefix) { /* only a -r is worth the cost of resolving */
        if (*place->text != '/')
            read_descriptor(tid, fd, place->path);
        resolve(strcat(strcat(place->path, "/"), place->text));
    }
}

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Pipes, sockets and the like have no path; the path of a device or of memory is on no disk. */
static bool is_on_disk(const char *file)
{
    return begins_with(file, "/") && !begins_with(file, "/dev/") && !begins_with(file, "/proc/")
        && !begins_with(file, "/memfd:");
}

/* A prefix DIRECTORY/ includes the directory itself: its fsync makes the names in it durable. */
static bool has_prefix(const char *path)
{
    size_t length = strlen(options.prefix);
    bool is_directory = options.prefix[length - 1] == '/' && strlen(path) == length - 1;
    return strncmp(path, options.prefix, is_directory ? length - 1 : length) == 0;
}

static bool place_counts(struct target target, const struct place *place)
{
    if (target.kind == LINK_TEXT)
        return false;
    if (*options.prefix)
        return has_prefix(place->path);
    return !place->is_open_file || is_on_disk(place->text);
}

/* The flags come first in struct open_how, openat2(2), and in struct clone_args, clone(2). */
static uint64_t read_flags(pid_t tid, uint64_t address)
{
    uint64_t flags = 0;
    struct iovec local = { &flags, sizeof flags };
    struct iovec remote = { (void *)(uintptr_t)address, sizeof flags };
    process_vm_readv(tid, &local, 1, &remote, 1, 0);
    return flags;
}

/* Whether the arguments make it a call that changes something. The filter tells most of them, but
 * it cannot look into memory, and is not always there. */
static bool changes_something(pid_t tid, const struct call *call, const uint64_t *arguments)
{
    switch (call->number) {
    case SYS_openat:
        return arguments[2] & CHANGING_OPEN_FLAGS;
    case SYS_openat2:
        return read_flags(tid, arguments[2]) & CHANGING_OPEN_FLAGS;
#ifdef SYS_open
    case SYS_open:
        return arguments[1] & CHANGING_OPEN_FLAGS;
#endif
    case SYS_ioctl:
        return (uint32_t)arguments[1] == FICLONE || (uint32_t)arguments[1] == FICLONERANGE
            || (uint32_t)arguments[1] == (uint32_t)FS_IOC_SETFLAGS;
    case SYS_clone:
        return !(arguments[0] & CLONE_THREAD);
    case SYS_clone3:
        return !(read_flags(tid, arguments[0]) & CLONE_THREAD);
    default:
        return true;
    }
}

/* Whether the call belongs to the sequence. Finds the places that it names. */
static bool call_counts(pid_t tid, const struct call *call, const uint64_t *arguments,
    struct place places[2])
{
    if (!changes_something(tid, call, arguments))
        return false;
    /* It names no place: sync(2) writes everything to every disk, the others change processes. */
    bool counts = call->targets[0].kind == NO_TARGET;
    for (int i = 0; i < 2 && call->targets[i].kind != NO_TARGET; i++) {
        find_place(tid, call->targets[i], arguments, &places[i]);
        counts |= place_counts(call->targets[i], &places[i]);
    }
    return counts;
}

/* ---- The report ------------------------------------------------------------------------------ */

/* A space would look like the next column, and a backslash like an escape. */
static void report_word(const char *text)
{
    fputc(' ', report);
    for (const unsigned char *c = (const unsigned char *)(*text ? text : "-"); *c; c++)
        fprintf(report, *c <= ' ' || *c == 0x7f || *c == '\\' ? "\\x%02X" : "%c", *c);
}

static void report_call(pid_t tid, const struct call *call, const struct place places[2])
{
    if (!report)
        return;
    fprintf(report, "%lu %d %s", call_count, tid, call->name);
    report_word(call->targets[0].kind == NO_TARGET ? "" : places[0].text);
    if (call->targets[1].kind != NO_TARGET)
        report_word(places[1].text);
    fputc('\n', report);
}

static void close_report(const char *outcome, int status)
{
    if (report && (fprintf(report, outcome, status) < 0 || ferror(report) | fclose(report)))
        die(EXIT_REPORT, "cannot write %s: %s", options.report_path, strerror(errno));
}

/* ---- Acting before a call -------------------------------------------------------------------- */

static _Noreturn void kill_and_exit(int status)
{
    kill_all();
    close_report("killed\n", 0);
    exit(status);
}

/* Returns whether the hook, a child of this process and so not traced, exited with 0. */
static bool run_hook(char *argument)
{
    char *arguments[] = { options.hook, argument, NULL };
    pid_t pid;
    int status = 0;
    int error = posix_spawnp(&pid, options.hook, NULL, NULL, arguments, environ);
    if (error)
        fprintf(stderr, "injector: cannot run %s: %s\n", options.hook, strerror(error));
    else
        waitpid(pid, &status, 0);
    return !error && status == 0;
}

static bool run_numbered_hook(void)
{
    char number[24];
    snprintf(number, sizeof number, "%lu", call_count);
    return run_hook(number);
}

/* Makes the call at which the tracee is stopped fail without being run: the number -1 skips it,
 * and the register of the result keeps its value, seccomp(2). */
static void fail_call(pid_t tid, long error)
{
    struct user_regs_struct registers;
    struct iovec set = { &registers, sizeof registers };
    if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &set))
        return; /* killed */
#ifdef __x86_64__
    registers.orig_rax = (unsigned long long)-1;
    registers.rax = (unsigned long long)-error;
#else
    int none = -1;
    struct iovec number = { &none, sizeof none };
    ptrace(PTRACE_SETREGSET, tid, (void *)NT_ARM_SYSTEM_CALL, &number);
    registers.regs[0] = (unsigned long long)-error;
#endif
    ptrace(PTRACE_SETREGSET, tid, (void *)NT_PRSTATUS, &set);
}

/* Does what the mode asks for before the call with the index call_count, and lets it run. */
static void act(pid_t tid)
{
    bool reached = call_count == options.at || (options.then_on && call_count > options.at);
    if (options.mode == KILL_AT && reached) {
        stop_all(); /* else the kill might also skip earlier calls that have not begun */
        kill_and_exit(EXIT_KILLED);
    }
    if (options.mode == FAIL_AT && reached)
        fail_call(tid, options.error);
    if (options.mode == HOOK_EACH) {
        stop_all();
        if (!run_numbered_hook())
            kill_and_exit(EXIT_HOOK);
    }
    resume(tid, options.mode == HOOK_EACH ? PTRACE_SYSCALL : PTRACE_CONT, 0, RUNNING);
}

/* ---- Handling stops -------------------------------------------------------------------------- */

/* False if the tracee was killed meanwhile. */
static bool get_call(pid_t tid, struct __ptrace_syscall_info *info)
{
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, (void *)sizeof *info, info) > 0)
        return true;
    if (errno != ESRCH)
        die(EXIT_TRACE, "cannot read the system calls of a process: %s", strerror(errno));
    return false;
}

static void handle_call(pid_t tid)
{
    static struct place places[2];
    struct __ptrace_syscall_info info;
    struct tracee *tracee = find_tracee(tid);
    /* The beginning of a call (info.entry) and a stop by the filter are told alike. */
    const struct call *call = get_call(tid, &info) ? find_call(info.seccomp.nr) : NULL;
    if (tracee->restarting) { /* it was counted when it began */
        tracee->restarting = false;
        resume(tid, PTRACE_SYSCALL, 0, RUNNING);
    } else if (command_started && call && call_counts(tid, call, info.seccomp.args, places)) {
        call_count++;
        report_call(tid, call, places);
        act(tid);
    } else {
        resume(tid, PTRACE_CONT, 0, RUNNING);
    }
}

/* The stops where there is no filter. The end of a call is of no interest. */
static void handle_any_call(pid_t tid)
{
    struct __ptrace_syscall_info info;
    if (get_call(tid, &info) && info.op == PTRACE_SYSCALL_INFO_ENTRY)
        handle_call(tid);
    else
        resume(tid, PTRACE_CONT, 0, RUNNING);
}

/* The end of a counted call, in the mode that interrupts calls. One that had blocked, such as
 * the opening of a FIFO, is restarted and meets the filter again. ERESTARTSYS and its kin are in
 * no header, since only a tracer sees them. */
static void handle_call_end(pid_t tid)
{
    enum { ERESTARTSYS = 512, ERESTARTNOINTR = 513, ERESTARTNOHAND = 514 };
    struct __ptrace_syscall_info info;
    if (get_call(tid, &info))
        find_tracee(tid)->restarting
            = -info.exit.rval >= ERESTARTSYS && -info.exit.rval <= ERESTARTNOHAND;
    resume(tid, PTRACE_CONT, 0, RUNNING);
}

static void handle_stop(pid_t tid, int status)
{
    int signal = WSTOPSIG(status);
    switch (status >> 16) {
    case PTRACE_EVENT_SECCOMP:
        handle_call(tid);
        break;
    case PTRACE_EVENT_STOP:
        if (signal == SIGTRAP) /* a new thread, an interruption, or the end of a group-stop */
            resume(tid, PTRACE_CONT, 0, RUNNING);
        else /* a group-stop: it must not run, but notice a SIGCONT, ptrace(2) */
            resume(tid, PTRACE_LISTEN, 0, STOPPED);
        break;
    case PTRACE_EVENT_VFORK:
        resume(tid, PTRACE_CONT, 0, VFORKING);
        break;
    case 0:
        if (signal == (SIGTRAP | 0x80) && options.alone) { /* PTRACE_O_TRACESYSGOOD */
            handle_any_call(tid);
        } else if (signal == (SIGTRAP | 0x80)) {
            handle_call_end(tid);
        } else { /* its handler may make other calls before the interrupted one */
            find_tracee(tid)->restarting = false;
            resume(tid, PTRACE_CONT, signal, RUNNING);
        }
        break;
    default:
        resume(tid, PTRACE_CONT, 0, RUNNING);
    }
}

/* ---- Command line ---------------------------------------------------------------------------- */

static _Noreturn void usage(void)
{
    fputs("usage: injector [-c] [-o REPORT] [-r PREFIX] count -- CMD ARG...\n"
          "       injector [-c] [-o REPORT] [-r PREFIX] kill N -- CMD ARG...\n"
          "       injector [-o REPORT] [-r PREFIX] errno N ERRNO [then-on] -- CMD ARG...\n"
          "       injector [-o REPORT] [-r PREFIX] each HOOK -- CMD ARG...\n"
          "N counts from 1, ERRNO is a number below 512, PREFIX begins with /.\n"
          "-c: the command alone; what it starts runs on.\n", stderr);
    exit(EXIT_USAGE);
}

static unsigned long parse_number(const char *text, unsigned long limit)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || number < 1 || number > limit)
        usage();
    return number;
}

/* Links are resolved as in the paths of calls. A slash at the end, which sets a directory apart
 * from siblings with a longer name, stays. */
static void set_prefix(const char *prefix)
{
    size_t length = strlen(prefix);
    if (*prefix != '/' || length >= PATH_MAX)
        usage();
    if (!realpath(prefix, options.prefix))
        resolve(strcpy(options.prefix, prefix));
    if (prefix[length - 1] == '/' && options.prefix[1])
        strcat(options.prefix, "/");
}

static void parse_mode(int count, char **words)
{
    const char *mode = count > 0 ? words[0] : "";
    bool then_on = count == 4 && !strcmp(words[3], "then-on");
    if (!strcmp(mode, "count") && count == 1) {
        options.mode = COUNT_CALLS;
    } else if (!strcmp(mode, "kill") && count == 2) {
        options.mode = KILL_AT;
        options.at = parse_number(words[1], ULONG_MAX);
    } else if (!strcmp(mode, "errno") && (count == 3 || then_on)) {
        options.mode = FAIL_AT;
        options.at = parse_number(words[1], ULONG_MAX);
        options.error = (long)parse_number(words[2], 511); /* 512 is ERESTARTSYS */
        options.then_on = then_on;
    } else if (!strcmp(mode, "each") && count == 2) {
        options.mode = HOOK_EACH;
        options.hook = words[1];
    } else {
        usage();
    }
}

static void parse_arguments(int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "+co:r:")) != -1;) {
        if (option == 'c')
            options.alone = true;
        else if (option == 'o')
            options.report_path = optarg;
        else if (option == 'r')
            set_prefix(optarg);
        else
            usage();
    }
    int dashes = optind;
    while (dashes < argc && strcmp(argv[dashes], "--"))
        dashes++;
    if (dashes + 1 >= argc)
        usage();
    parse_mode(dashes - optind, argv + optind);
    if (options.alone && options.mode != COUNT_CALLS && options.mode != KILL_AT)
        usage();
    options.command = argv + dashes + 1;
}

int main(int argc, char **argv)
{
    parse_arguments(argc, argv);
    if (options.report_path && !(report = fopen(options.report_path, "we")))
        die(EXIT_REPORT, "cannot write %s: %s", options.report_path, strerror(errno));
    signal(SIGCHLD, SIG_DFL); /* were it ignored, waitpid would learn no statuses */
    start_command();
    int status;
    pid_t tid;
    while ((tid = next_stop(&status)) > 0)
        handle_stop(tid, status);
    status = WIFSIGNALED(root_status) ? 128 + WTERMSIG(root_status) : WEXITSTATUS(root_status);
    close_report("exit %d\n", status);
    return options.mode == HOOK_EACH && !run_hook("end") ? EXIT_HOOK : status;
}
