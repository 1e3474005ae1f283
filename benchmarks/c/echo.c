/*
 * The limit: an echo server on epoll, in one thread, with nothing between the socket and the wire.
 *
 *     echo tcp            listens on a free port of 127.0.0.1
 *     echo unix PATH
 *
 * Prints "ready PORT" (0 for a UNIX socket). Ends on SIGTERM, or when its life is over.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { lifeSeconds = 600, eventsPerTurn = 256, readBytes = 256 * 1024 };

/* What a peer has not taken yet. While something waits here, nothing more is read from it. */
struct Peer {
    int fd;
    size_t waiting, sent;
    char *rest;
};

static char buffer[readBytes];
static int poller;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void watch(struct Peer *peer, uint32_t events, int how)
{
    struct epoll_event event = { .events = events, .data.ptr = peer };
    if (epoll_ctl(poller, how, peer->fd, &event) < 0)
        die("epoll_ctl");
}

static void forget(struct Peer *peer)
{
    close(peer->fd);
    free(peer->rest);
    free(peer);
}

static void keep(struct Peer *peer, const char *data, size_t size)
{
    peer->rest = malloc(size);
    if (peer->rest == NULL)
        die("malloc");
    memcpy(peer->rest, data, size);
    peer->waiting = size;
    peer->sent = 0;
    watch(peer, EPOLLOUT, EPOLL_CTL_MOD);
}

static void readable(struct Peer *peer)
{
    ssize_t got = read(peer->fd, buffer, sizeof buffer);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        forget(peer);
        return;
    }
    ssize_t gone = write(peer->fd, buffer, (size_t) got);
    if (gone < 0 && errno != EAGAIN) {
        forget(peer);
        return;
    }
    if (gone < 0)
        gone = 0;
    if (gone < got)
        keep(peer, buffer + gone, (size_t) (got - gone));
}

static void writable(struct Peer *peer)
{
    ssize_t gone = write(peer->fd, peer->rest + peer->sent, peer->waiting - peer->sent);
    if (gone < 0) {
        if (errno != EAGAIN && errno != EINTR)
            forget(peer);
        return;
    }
    peer->sent += (size_t) gone;
    if (peer->sent == peer->waiting) {
        free(peer->rest);
        peer->rest = NULL;
        watch(peer, EPOLLIN, EPOLL_CTL_MOD);
    }
}

static void acceptAll(int listener, int isTCP)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        int on = 1;
        if (isTCP)
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct Peer *peer = calloc(1, sizeof *peer);
        if (peer == NULL)
            die("calloc");
        peer->fd = fd;
        watch(peer, EPOLLIN, EPOLL_CTL_ADD);
    }
}

static int listenTCP(int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *) &address, size) < 0 || listen(fd, 511) < 0
        || getsockname(fd, (struct sockaddr *) &address, &size) < 0)
        die("listen");
    *port = ntohs(address.sin_port);
    return fd;
}

static int listenUNIX(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "the path of the socket is too long: %s\n", path);
        exit(2);
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof address) < 0
        || listen(fd, 511) < 0)
        die("listen");
    return fd;
}

int main(int count, char **words)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    alarm(lifeSeconds);

    int port = 0, isTCP = count == 2 && strcmp(words[1], "tcp") == 0;
    if (!isTCP && (count != 3 || strcmp(words[1], "unix") != 0)) {
        fprintf(stderr, "usage: echo tcp | echo unix PATH\n");
        return 2;
    }
    int listener = isTCP ? listenTCP(&port) : listenUNIX(words[2]);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) < 0)
        die("epoll");
    printf("ready %d\n", port);
    fflush(stdout);

    struct epoll_event events[eventsPerTurn];
    for (;;) {
        int ready = epoll_wait(poller, events, eventsPerTurn, -1);
        for (int i = 0; i < ready; i++) {
            struct Peer *peer = events[i].data.ptr;
            if (peer == NULL)
                acceptAll(listener, isTCP);
            else if (peer->waiting && peer->rest != NULL)
                writable(peer);
            else
                readable(peer);
        }
    }
}
