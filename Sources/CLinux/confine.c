#define _GNU_SOURCE
#include "include/clinux_confine.h"
#include "include/clinux_launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
// Their shadow of the memory takes more addresses than any limit that means something.
#define HAS_SHADOW_MEMORY 1
#endif
#endif

// MARK: Who it is

// Where memory runs out the kernel ends this process before any other. Everybody may raise it for themselves.
static void go_first(void) {
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    ssize_t written = write(file, "1000", 4);
    (void)written;
    close(file);
}

// The superuser's own limit of processes is not kept, and what is root's is the superuser's without any capability.
// A user namespace may have no such user; then this is not the superuser of the host either.
static void become_nobody(void) {
    if (geteuid() != 0) return;
    syscall(SYS_setgroups, (size_t)0, NULL);
    syscall(SYS_setresgid, 65534, 65534, 65534);
    syscall(SYS_setresuid, 65534, 65534, 65534);
}

// MARK: The parent

static int end_with(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) return -1;
    // One that ended before that sent nothing.
    if (getppid() == parent) return 0;
    errno = ESRCH;
    return -1;
}

// MARK: Landlock

// Younger than some C libraries, and so is what it knows. New calls have one number on all architectures but Alpha.
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif
#define LANDLOCK_VERSION (1U << 0)

struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

// Everything that a version of Landlock can deny. The kernel refuses to hear of what it does not know.
static struct ruleset everything(long version) {
    struct ruleset all = {.files = (1ULL << 13) - 1};
    if (version >= 2) all.files |= 1ULL << 13;  // linking and renaming between directories
    if (version >= 3) all.files |= 1ULL << 14;  // cutting files
    if (version >= 5) all.files |= 1ULL << 15;  // controlling devices
    if (version >= 4) all.network = (1ULL << 0) | (1ULL << 1);  // binding and connecting TCP sockets
    if (version >= 6) all.scopes = (1ULL << 0) | (1ULL << 1);  // abstract unix sockets, signals
    return all;
}

// Denies everything, without an exception: a ruleset without rules. Returns its version, 0 where there is no Landlock.
static int deny_by_landlock(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_VERSION);
    if (version < 1) return 0;
    struct ruleset all = everything(version);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0U);
    if (rules < 0) return -1;
    int result = (int)syscall(SYS_landlock_restrict_self, rules, 0U);
    int error = errno;
    close(rules);
    errno = error;
    return result < 0 ? -1 : (int)version;
}

// MARK: Limits

// Never raises one: only the superuser may, and there is no reason to.
static int lower(int resource, rlim_t soft, rlim_t hard) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0) return -1;
    if (limit.rlim_max > hard) limit.rlim_max = hard;
    if (limit.rlim_cur > soft) limit.rlim_cur = soft;
    if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit);
}

static int lower_limits(const struct clinux_confinement *order) {
    // What is open stays open; nothing more can be.
    if (lower(RLIMIT_NOFILE, 0, 0) < 0) return -1;
    // A pipe is no file to this one.
    if (lower(RLIMIT_FSIZE, 0, 0) < 0) return -1;
    if (lower(RLIMIT_NPROC, 0, 0) < 0) return -1;
    if (lower(RLIMIT_CORE, 0, 0) < 0) return -1;
#ifndef HAS_SHADOW_MEMORY
    if (lower(RLIMIT_AS, order->memory, order->memory) < 0) return -1;
#endif
    // At the first SIGXCPU says what it was, at the second SIGKILL leaves no choice.
    return lower(RLIMIT_CPU, order->seconds, order->seconds + 1);
}

// MARK: The filter of calls

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
// The low half of an argument, which comes first: both architectures are little-endian.
#define LOAD_ARGUMENT(index) LOAD(args[index])
// The last two say how many instructions are passed over.
#define IF(test, value, yes, no) BPF_JUMP(BPF_JMP | (test) | BPF_K, (uint32_t)(value), yes, no)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define DENY RETURN(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW_CALL(name) IF(BPF_JEQ, SYS_##name, 0, 1), ALLOW

// Landlock leaves much to a process: metadata and modes of files, unix sockets, other processes, and every defect of a
// call that it never looks at. What reading and decompressing needs is a short list, and nothing in it takes a name.
//
// Returns 1, and 0 where the kernel filters no calls.
static int filter_calls(int output) {
    struct sock_filter code[] = {
        // Numbers mean something only together with the architecture. seccomp(2)
        LOAD(arch), IF(BPF_JEQ, ARCHITECTURE, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        ALLOW_CALL(read), ALLOW_CALL(pread64), ALLOW_CALL(lseek),
        ALLOW_CALL(munmap), ALLOW_CALL(mremap), ALLOW_CALL(madvise), ALLOW_CALL(brk),
        ALLOW_CALL(futex), ALLOW_CALL(sched_yield), ALLOW_CALL(getpid), ALLOW_CALL(getppid), ALLOW_CALL(gettid),
        ALLOW_CALL(rt_sigaction), ALLOW_CALL(rt_sigprocmask), ALLOW_CALL(rt_sigreturn), ALLOW_CALL(sigaltstack),
        ALLOW_CALL(restart_syscall), ALLOW_CALL(clock_gettime), ALLOW_CALL(getrandom),
        ALLOW_CALL(exit), ALLOW_CALL(exit_group),
        // To the pipe, and to nothing else.
        IF(BPF_JEQ, SYS_write, 0, 4), LOAD_ARGUMENT(0), IF(BPF_JEQ, output, 0, 1), ALLOW, DENY,
        // Memory, but none that could be executed.
        IF(BPF_JEQ, SYS_mmap, 1, 0), IF(BPF_JEQ, SYS_mprotect, 0, 3), LOAD_ARGUMENT(2),
        IF(BPF_JSET, PROT_EXEC, 1, 0), ALLOW,
        DENY,
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    if (result < 0 && (errno == ENOSYS || errno == EPERM || errno == EINVAL)) {
        // A filter around this one may know the older way alone. It is this thread's, and there is no other.
        result = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
    }
    if (result == 0) return 1;
    // The thread that cannot be filtered as this one is.
    if (result > 0) errno = EBUSY;
    return errno == ENOSYS || errno == EINVAL ? 0 : -1;
}

#else

static int filter_calls(int output) {
    (void)output;
    return 0;
}

#endif

// MARK: All of it

static int fail(struct clinux_confined *outcome, const char *what) {
    outcome->failed = what;
    return -1;
}

int clinux_confine(const struct clinux_confinement *order, struct clinux_confined *outcome) {
    *outcome = (struct clinux_confined){0};
    // Before it hides: afterwards its own files in /proc are the superuser's. The death of a parent is forgotten by who
    // becomes another user, so that comes next.
    go_first();
    become_nobody();
    if (end_with(order->parent) < 0) return fail(outcome, "end with its parent");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return fail(outcome, "give up new privileges");
    // Nobody looks into its memory through /proc or as its debugger.
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return fail(outcome, "hide its memory");
    // Before the limits, because a ruleset is a descriptor.
    if (order->layers & CLINUX_CONFINED_LANDLOCK) {
        outcome->landlock = deny_by_landlock();
        if (outcome->landlock < 0) return fail(outcome, "be kept from files by Landlock");
        if (outcome->landlock > 0) outcome->layers |= CLINUX_CONFINED_LANDLOCK;
    }
    if (order->layers & CLINUX_CONFINED_LIMITS) {
        if (lower_limits(order) < 0) return fail(outcome, "be limited");
        outcome->layers |= CLINUX_CONFINED_LIMITS;
    }
    // With them the superuser could raise the limits again.
    if (clinux_drop_capabilities() < 0) return fail(outcome, "give up its capabilities");
    if (order->layers & CLINUX_CONFINED_CALLS) {
        int filtered = filter_calls(order->output);
        if (filtered < 0) return fail(outcome, "have its calls filtered");
        if (filtered) outcome->layers |= CLINUX_CONFINED_CALLS;
    }
    return 0;
}
