/*
 * The load: one thread on epoll that keeps a server busy, and checks every byte that comes back.
 *
 *     load ping    TARGET KIND CONNECTIONS FLIGHT SIZE WARM SECONDS
 *     load connect TARGET KIND CONNECTIONS SIZE WARM SECONDS
 *     load hold    TARGET KIND FIRST MORE
 *
 * TARGET is tcp:PORT (on 127.0.0.1), unix:PATH, or tls:PORT where this was built with -DTLS.
 * KIND is bytes, or lines: then a message ends with CR LF.
 *
 * ping: each connection keeps FLIGHT messages of SIZE bytes on their way; each that comes back
 * whole is sent again. connect: CONNECTIONS at a time connect, have one message echoed, close, and
 * start anew. Both print "begin" after WARM seconds, and "end COUNT ELAPSED BUSY" when SECONDS more
 * have gone: messages or connections, wall seconds, and the share of them that this process ran.
 *
 * hold: opens FIRST connections and has one message echoed on each, prints "held", waits for a line
 * on standard input, opens MORE, prints "held", and keeps them until standard input ends.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sys/ioctl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#ifdef TLS
#include <openssl/ssl.h>
#endif

enum { lifeSeconds = 600, eventsPerTurn = 256, readBytes = 256 * 1024, holdBytes = 64 };

struct Connection {
    int fd;
    size_t received, sent, owed; /* bytes since it was opened; owed: may be sent, is not yet */
    int waitsForRoom;
#ifdef TLS
    SSL *tls;
#endif
};

static enum { TCP, UNIX, OVERTLS } family;
static const char *target;
static int port;
static size_t messageBytes;
static char *pattern; /* the message again and again: what any part of the stream must be */
static char buffer[readBytes];
static int poller;
static unsigned long long counted;
#ifdef TLS
static SSL_CTX *context;
#endif

static void die(const char *format, ...)
{
    va_list words;
    va_start(words, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, words);
    fprintf(stderr, "\n");
    va_end(words);
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static double processorTime(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static void makePattern(size_t size, int lines)
{
    size_t all = readBytes + 2 * size;
    messageBytes = size;
    pattern = malloc(all);
    if (pattern == NULL || size < 1 || (lines && size < 3))
        die("cannot make messages of %zu bytes", size);
    for (size_t at = 0; at < all; at++)
        pattern[at] = (char) ('a' + (at % size) % 23);
    for (size_t at = size; lines && at <= all; at += size)
        memcpy(pattern + at - 2, "\r\n", 2);
}

static void readTarget(const char *words)
{
    if (strncmp(words, "unix:", 5) == 0) {
        family = UNIX;
        target = words + 5;
        return;
    }
    family = strncmp(words, "tls:", 4) == 0 ? OVERTLS : TCP;
    port = atoi(words + 4);
#ifdef TLS
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
#else
    if (family == OVERTLS)
        die("built without TLS");
#endif
}

/*
 * Addresses of our own to connect from, one after the other: each has its own range of ports, so
 * that a storm of connections does not run into those that still wait out their end.
 */
static void bindSomewhere(int fd)
{
    static unsigned turn;
    int on = 1;
    struct sockaddr_in from = { .sin_family = AF_INET };
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + turn++ % 200);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *) &from, sizeof from) < 0)
        die("bind: %s", strerror(errno));
}

static void reach(struct Connection *made)
{
    memset(made, 0, sizeof *made);
    made->fd = socket(family == UNIX ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made->fd < 0)
        die("socket: %s", strerror(errno));
    int failed;
    if (family == UNIX) {
        struct sockaddr_un to = { .sun_family = AF_UNIX };
        snprintf(to.sun_path, sizeof to.sun_path, "%s", target);
        failed = connect(made->fd, (struct sockaddr *) &to, sizeof to);
    } else {
        struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t) port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int on = 1;
        bindSomewhere(made->fd);
        failed = connect(made->fd, (struct sockaddr *) &to, sizeof to);
        setsockopt(made->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (failed)
        die("connect: %s", strerror(errno));
#ifdef TLS
    if (family == OVERTLS) {
        made->tls = SSL_new(context);
        SSL_set_fd(made->tls, made->fd);
        if (SSL_connect(made->tls) != 1)
            die("the TLS handshake failed");
    }
#endif
}

static void goNonblocking(struct Connection *connection)
{
    int on = 1;
    ioctl(connection->fd, FIONBIO, &on);
}

static void watch(struct Connection *connection, uint32_t events, int how)
{
    struct epoll_event event = { .events = events, .data.ptr = connection };
    if (epoll_ctl(poller, how, connection->fd, &event) < 0)
        die("epoll_ctl: %s", strerror(errno));
}

/* -1: not now. 0: the server has closed. */
static ssize_t readSome(struct Connection *connection)
{
#ifdef TLS
    if (connection->tls) {
        int got = SSL_read(connection->tls, buffer, sizeof buffer);
        if (got > 0)
            return got;
        return SSL_get_error(connection->tls, got) == SSL_ERROR_WANT_READ ? -1 : 0;
    }
#endif
    ssize_t got = read(connection->fd, buffer, sizeof buffer);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? -1 : 0;
    return got;
}

static ssize_t writeSome(struct Connection *connection, const char *data, size_t size)
{
#ifdef TLS
    if (connection->tls) {
        int gone = SSL_write(connection->tls, data, (int) size);
        if (gone > 0)
            return gone;
        if (SSL_get_error(connection->tls, gone) != SSL_ERROR_WANT_WRITE)
            die("SSL_write failed");
        return 0;
    }
#endif
    ssize_t gone = write(connection->fd, data, size);
    if (gone >= 0)
        return gone;
    if (errno != EAGAIN && errno != EINTR)
        die("write: %s", strerror(errno));
    return 0;
}

static void flush(struct Connection *connection)
{
    while (connection->owed > 0) {
        size_t at = connection->sent % messageBytes;
        size_t most = readBytes < connection->owed ? readBytes : connection->owed;
        ssize_t gone = writeSome(connection, pattern + at, most);
        if (gone == 0) {
            if (!connection->waitsForRoom)
                watch(connection, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            connection->waitsForRoom = 1;
            return;
        }
        connection->sent += (size_t) gone;
        connection->owed -= (size_t) gone;
    }
    if (connection->waitsForRoom) {
        watch(connection, EPOLLIN, EPOLL_CTL_MOD);
        connection->waitsForRoom = 0;
    }
}

/* The number of messages that became whole; -1: nothing more to read now. */
static long take(struct Connection *connection)
{
    ssize_t got = readSome(connection);
    if (got < 0)
        return -1;
    if (got == 0)
        die("the server closed a connection");
    if (memcmp(buffer, pattern + connection->received % messageBytes, (size_t) got) != 0)
        die("what came back is not what was sent");
    size_t before = connection->received / messageBytes;
    connection->received += (size_t) got;
    return (long) (connection->received / messageBytes - before);
}

static int tlsMayHoldMore(struct Connection *connection)
{
#ifdef TLS
    return connection->tls != NULL;
#else
    (void) connection;
    return 0;
#endif
}

static void pong(struct Connection *connection)
{
    do {
        long whole = take(connection);
        if (whole < 0)
            break;
        counted += (unsigned long long) whole;
        connection->owed += (size_t) whole * messageBytes;
    } while (tlsMayHoldMore(connection));
    if (connection->owed)
        flush(connection);
}

static void open1(struct Connection *connection)
{
    reach(connection);
    goNonblocking(connection);
    watch(connection, EPOLLIN, EPOLL_CTL_ADD);
    connection->owed = messageBytes;
    flush(connection);
}

static void reopen(struct Connection *connection)
{
    long whole = take(connection);
    if (whole <= 0)
        return;
    counted++;
    close(connection->fd);
    open1(connection);
}

static void run(void (*readable)(struct Connection *), double warmSeconds, double seconds)
{
    double begun = 0, processor = 0, until = now() + warmSeconds;
    struct epoll_event events[eventsPerTurn];
    for (;;) {
        int ready = epoll_wait(poller, events, eventsPerTurn, 20);
        for (int i = 0; i < ready; i++) {
            struct Connection *connection = events[i].data.ptr;
            if (events[i].events & EPOLLOUT)
                flush(connection);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                readable(connection);
        }
        double time = now();
        if (time < until)
            continue;
        if (begun != 0) {
            printf("end %llu %.6f %.3f\n", counted, time - begun,
                   (processorTime() - processor) / (time - begun));
            return;
        }
        begun = time;
        until = time + seconds;
        counted = 0;
        processor = processorTime();
        printf("begin\n");
        fflush(stdout);
    }
}

static void hold(struct Connection *connections, int from, int to)
{
    for (int i = from; i < to; i++) {
        reach(&connections[i]);
        connections[i].owed = messageBytes;
        while (connections[i].owed)
            flush(&connections[i]);
        while (connections[i].received < messageBytes)
            take(&connections[i]);
    }
    printf("held\n");
    fflush(stdout);
}

static void holdUntilInputEnds(int first, int more)
{
    char line[16];
    struct Connection *connections = calloc((size_t) (first + more), sizeof *connections);
    makePattern(holdBytes, 0);
    hold(connections, 0, first);
    if (fgets(line, sizeof line, stdin) == NULL)
        return;
    hold(connections, first, first + more);
    while (fgets(line, sizeof line, stdin) != NULL)
        ;
}

int main(int count, char **words)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    alarm(lifeSeconds);
    poller = epoll_create1(EPOLL_CLOEXEC);

    const char *mode = count > 1 ? words[1] : "";
    int ping = strcmp(mode, "ping") == 0 && count == 9;
    int storm = strcmp(mode, "connect") == 0 && count == 8;
    int holding = strcmp(mode, "hold") == 0 && count == 6;
    if (!ping && !storm && !holding)
        die("usage: see the top of load.c");
    readTarget(words[2]);
    if (holding) {
        holdUntilInputEnds(atoi(words[4]), atoi(words[5]));
        return 0;
    }

    int connections = atoi(words[4]);
    int flight = ping ? atoi(words[5]) : 1;
    makePattern((size_t) atol(words[ping ? 6 : 5]), strcmp(words[3], "lines") == 0);
    struct Connection *all = calloc((size_t) connections, sizeof *all);
    for (int i = 0; i < connections; i++) {
        open1(&all[i]);
        all[i].owed += messageBytes * (size_t) (flight - 1);
        flush(&all[i]);
    }
    run(ping ? pong : reopen, atof(words[count - 2]), atof(words[count - 1]));
    return 0;
}
