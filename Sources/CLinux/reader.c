#define _GNU_SOURCE
#include "include/clinux_confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// MARK: Starting

static void close_all(const int *descriptors, int count) {
    int error = errno;
    for (int index = 0; index < count; index++) {
        if (descriptors[index] >= 0) close(descriptors[index]);
    }
    errno = error;
}

// The same, as no number that the child is to have as another one.
static int above(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 2); }

static int reopen_for_reading(int file) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

// Returns 0 or an error number, as posix_spawn(3) does.
static int spawn(
    const char *path, char *const *arguments, char *const *environment, int file, int output, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t meant_for_all, usual;
    sigemptyset(&meant_for_all);
    for (const int *number = (const int[]){SIGINT, SIGTERM, SIGHUP, SIGQUIT, 0}; *number; number++) {
        sigaddset(&meant_for_all, *number);
    }
    sigfillset(&usual);
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        error = posix_spawn_file_actions_adddup2(&actions, file, 0);
        if (!error) error = posix_spawn_file_actions_adddup2(&actions, output, 1);
        if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, 2);
        if (!error) error = posix_spawnattr_setsigmask(&attributes, &meant_for_all);
        if (!error) error = posix_spawnattr_setsigdefault(&attributes, &usual);
        if (!error) error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        if (!error) error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int clinux_start_reader(
    const char *path, char *const *arguments, char *const *environment, int file, pid_t *pid) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -1;
    // So that neither has to wait for each piece of the other. A user may have had enough of such already.
    fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);
    int opened = reopen_for_reading(file);
    int input = opened < 0 ? -1 : above(opened);
    int output = input < 0 ? -1 : above(ends[1]);
    int started = output >= 0;
    if (started) {
        int error = spawn(path, arguments, environment, input, output, pid);
        if (error) {
            errno = error;
            started = 0;
        }
    }
    close_all((int[]){ends[1], opened, input, output}, 4);
    if (started) return ends[0];
    close_all(ends, 1);
    return -1;
}

// MARK: Trying

static int is_denial(int error) {
    return error == EPERM || error == EACCES || error == EMFILE || error == EAGAIN;
}

// What a call that returned -1 says, after `result` is closed where it is a descriptor.
static int judge(int result) {
    if (result < 0) return is_denial(errno);
    close(result);
    return 0;
}

static int connect_to(int family, const void *address, socklen_t size) {
    int opened = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (opened < 0) return is_denial(errno);
    int denied = connect(opened, address, size) < 0 && is_denial(errno);
    close(opened);
    return denied;
}

// On this host: the port is that of `discard`, which hardly anybody serves.
static int connect_tcp(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect_to(AF_INET, &address, sizeof address);
}

static int connect_unix(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/notify"};
    return connect_to(AF_UNIX, &address, sizeof address);
}

static int create_file(void) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/apphost-confined-%d", (int)getpid());
    int opened = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int denied = judge(opened);
    if (opened >= 0) unlink(path);
    return denied;
}

// A copy of this process does no harm, so it is the program in it that counts.
static int start_process(void) {
    pid_t child = fork();
    if (child < 0) return is_denial(errno);
    if (child == 0) {
        execv("/bin/true", (char *const[]){"true", NULL});
        _exit(is_denial(errno) ? 1 : 0);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static int map_code(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return is_denial(errno);
    munmap(page, 4096);
    return 0;
}

int clinux_is_denied(int attempt) {
    switch (attempt) {
    case CLINUX_TRY_READ_FILE: return judge(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    case CLINUX_TRY_CREATE_FILE: return create_file();
    case CLINUX_TRY_CONNECT_TCP: return connect_tcp();
    case CLINUX_TRY_CONNECT_UNIX: return connect_unix();
    case CLINUX_TRY_START_PROCESS: return start_process();
    case CLINUX_TRY_SIGNAL_PARENT: return kill(getppid(), 0) < 0 && is_denial(errno);
    case CLINUX_TRY_MAP_CODE: return map_code();
    default: return 0;
    }
}
