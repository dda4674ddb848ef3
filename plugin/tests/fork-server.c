/* fork-server.c
 * Makes of tshark or sharkd a fork server, as fuzzers call it: the tests start Wireshark's program once, and it forks for
 * each command line that they have
 *
 * Most of the time that tshark takes for a small capture goes into registering some thousands of protocols. This library,
 * preloaded into the program, lets it do so, and stops it there: what it has registered depends on no argument (but for
 * those of -C, -G and -X, for which forkserver.py starts the program anew). Each child then runs the program's own main()
 * from the beginning, with its own arguments, and finds the libraries initialised. No child sees what another has done,
 * and the plugin is loaded, dissects and closes its files as ever.
 *
 * Without AMANDA_FORK_SERVER, the number of a connected socket (SOCK_SEQPACKET), nothing is changed. The server writes
 * one message when it is ready. A request is the arguments, each ended by a NUL, with three file descriptors: standard
 * input, output and error. The answers are the child's process id, and when it has ended, its wait status and its CPU
 * time. The end of the socket is the end of the server.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define STREAMS 3 /* standard input, output and error */
#define LONGEST_REQUEST (1 << 18)

typedef int (*program_main)(int argc, char **argv, char **environment);
/* Whatever a version of Wireshark hands to its functions: pointers, and integers of at most their size */
typedef intptr_t (*any_function)(intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t);

typedef struct {
    char text[LONGEST_REQUEST];
    size_t length;
    int streams[STREAMS];
} request_t;

typedef struct {
    int32_t status;
    int32_t padding;
    int64_t cpu_time; /* microseconds, of user and system */
} ending_t;

static program_main program;
static bool initialised;

/* The function of this name that this library hides. */
static void *hidden(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);

    if (function)
        return function;
    fprintf(stderr, "fork-server: no %s\n", name);
    abort();
}

static void say(int server, const void *message, size_t length)
{
    if (send(server, message, length, MSG_NOSIGNAL) != (ssize_t)length)
        _exit(EXIT_FAILURE);
}

/* False at the end of the socket. */
static bool next_request(int server, request_t *request)
{
    union {
        char bytes[CMSG_SPACE(sizeof request->streams)];
        struct cmsghdr aligned;
    } control;
    struct iovec text = {request->text, sizeof request->text};
    struct msghdr message = {
        .msg_iov = &text, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t length = recvmsg(server, &message, MSG_CMSG_CLOEXEC);
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    if (length <= 0)
        return false;
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || !header ||
        header->cmsg_len != CMSG_LEN(sizeof request->streams)) {
        fprintf(stderr, "fork-server: no request\n");
        _exit(EXIT_FAILURE);
    }
    request->length = (size_t)length;
    memcpy(request->streams, CMSG_DATA(header), sizeof request->streams);
    return true;
}

/* The child: the program as if it had just been started with these arguments. */
static void run(request_t *request)
{
    const char *end = request->text + request->length;
    char **argv = calloc(request->length + 1, sizeof *argv);
    int *next_argument = dlsym(RTLD_DEFAULT, "ws_optind"); /* Wireshark's own getopt() */
    int argc = 0;

    for (int i = 0; i < STREAMS; i++) {
        if (dup2(request->streams[i], i) < 0)
            abort();
        close(request->streams[i]);
    }
    if (!argv)
        abort();
    for (char *word = request->text; word < end; word += strlen(word) + 1)
        argv[argc++] = word;
    optind = 1;
    if (next_argument)
        *next_argument = 1;
    exit(program(argc, argv, environ));
}

static void serve(int server)
{
    static request_t request;
    static const char ready[] = "ready";

    signal(SIGCHLD, SIG_DFL); /* sharkd wants no word of its children. */
    say(server, ready, sizeof ready);
    while (next_request(server, &request)) {
        pid_t child = fork();
        int32_t number = child;
        ending_t ending = {0};
        struct rusage usage;

        if (child == 0) {
            close(server);
            run(&request);
        }
        for (int i = 0; i < STREAMS; i++)
            close(request.streams[i]);
        say(server, &number, sizeof number);
        if (wait4(child, &ending.status, 0, &usage) != child)
            _exit(EXIT_FAILURE);
        ending.cpu_time = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) + usage.ru_utime.tv_usec +
                          usage.ru_stime.tv_usec;
        say(server, &ending, sizeof ending);
    }
    _exit(EXIT_SUCCESS);
}

/* ---- What the program calls, and finds here before it finds the library's own
 * ----------------------------------------------------------------------------- */

/* How the C library begins every program; nothing else tells where its main() is.
 * NOLINTBEGIN(bugprone-reserved-identifier) */
int __libc_start_main(program_main main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack_end);
intptr_t epan_init(intptr_t a, intptr_t b, intptr_t c, intptr_t d, intptr_t e, intptr_t f);
intptr_t wtap_init(intptr_t a, intptr_t b, intptr_t c, intptr_t d, intptr_t e, intptr_t f);
void epan_cleanup(void);

int __libc_start_main(program_main main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack_end)
{
    int (*start)(program_main, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

    *(void **)&start = hidden("__libc_start_main");
    program = main;
    return start(main, argc, argv, init, fini, loader_fini, stack_end);
}

/* NOLINTEND(bugprone-reserved-identifier) */

/* True where the libraries can be used. */
intptr_t epan_init(intptr_t a, intptr_t b, intptr_t c, intptr_t d, intptr_t e, intptr_t f)
{
    const char *server = getenv("AMANDA_FORK_SERVER");
    any_function init;
    intptr_t result;

    if (initialised)
        return true;
    *(void **)&init = hidden("epan_init");
    result = init(a, b, c, d, e, f);
    if (server) {
        initialised = true;
        serve((int)strtol(server, NULL, 10));
    }
    return result;
}

/* What registers the kinds of capture files, before epan_init() */
intptr_t wtap_init(intptr_t a, intptr_t b, intptr_t c, intptr_t d, intptr_t e, intptr_t f)
{
    any_function init;

    if (initialised)
        return 0;
    *(void **)&init = hidden("wtap_init");
    return init(a, b, c, d, e, f);
}

/* What frees all that epan_init() has allocated, piece by piece: a child has pages of its own for all of that then, only to end,
 * which takes half of its time. It is not the plugin's memory: what that has is freed with the file, before. Programs that
 * are started anew go through it. */
void epan_cleanup(void)
{
    void (*cleanup)(void);

    if (initialised)
        return;
    *(void **)&cleanup = hidden("epan_cleanup");
    cleanup();
}
