// SPDX-License-Identifier: GPL-2.0-only
/* The control socket: its listener and clients, and the client's own side. */
#include "socket.h"
#include "../say.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENT_TIMEOUT_S 5

static struct lines *clients[MAX_CLIENTS];
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int listener = -1;

static int connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(to.sun_path, path);
	if (fd >= 0 && !connect(fd, (void *)&to, sizeof(to)))
		return fd;
	if (fd >= 0)
		close(fd);
	return -errno;
}

/* Bound under another name: who waits for the path itself knows by it that the bridge works. */
void bind_socket(const char *path)
{
	int other = connect_to(path);
	struct stat file;

	if (other >= 0)
		refuse(NULL, "socket", "name another path, or end it: hoplab-bridge ask PATH stop",
		       "another bridge answers at %s", path);
	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s.%d", path, getpid()) >= (int)sizeof(address.sun_path))
		refuse(NULL, "socket", "name a shorter path", "listen at %s: %s", path, strerror(ENAMETOOLONG));
	/* Nobody listens: left by one that was killed. Anything else that lies there is not ours to replace. */
	if (!lstat(path, &file) && !S_ISSOCK(file.st_mode))
		refuse(NULL, "socket", "name another path", "listen at %s: there is a file", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	umask(0077);
	if (listener < 0 || bind(listener, (void *)&address, sizeof(address)))
		refuse(NULL, "socket", "name a path in a folder that exists", "listen at %s: %s", path, strerror(errno));
	atexit(close_socket);
}

void publish_socket(const char *path)
{
	if (listen(listener, MAX_CLIENTS) || rename(address.sun_path, path))
		refuse(NULL, "socket", "report it", "listen at %s: %s", path, strerror(errno));
	strcpy(address.sun_path, path);
}

void close_socket(void)
{
	if (listener < 0)
		return;
	unlink(address.sun_path);
	close(listener);
	listener = -1;
}

int poll_clients(struct pollfd *polls)
{
	int n = 0;

	for (int i = 0; i < MAX_CLIENTS; i++)
		if (clients[i])
			polls[n++] = (struct pollfd){ .fd = clients[i]->fd, .events = POLLIN };
	/* With all places taken, who comes next waits in the kernel's queue. */
	if (listener >= 0 && n < MAX_CLIENTS)
		polls[n++] = (struct pollfd){ .fd = listener, .events = POLLIN };
	return n;
}

static struct lines *accept_client(void)
{
	struct timeval limit = { .tv_sec = CLIENT_TIMEOUT_S };
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), place = 0;

	if (fd < 0)
		return NULL;
	while (place < MAX_CLIENTS && clients[place])
		place++;
	if (place == MAX_CLIENTS || !(clients[place] = calloc(1, sizeof(*clients[place])))) {
		close(fd);
		return NULL;
	}
	/* One that does not read its answers is not waited for any longer. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	clients[place]->fd = fd;
	return NULL;
}

struct lines *client_of(int fd)
{
	if (fd == listener)
		return accept_client();
	for (int i = 0; i < MAX_CLIENTS; i++)
		if (clients[i] && clients[i]->fd == fd)
			return clients[i];
	return NULL;
}

void close_client(struct lines *client)
{
	for (int i = 0; i < MAX_CLIENTS; i++)
		if (clients[i] == client)
			clients[i] = NULL;
	close(client->fd);
	free(client);
}

static void send_words(int fd, int argc, char **argv)
{
	char text[MAX_LINE];
	size_t used = 0;

	for (int i = 0; i < argc; i++) {
		size_t length = strlen(argv[i]);

		if (used + length + 2 > sizeof(text)) {
			fputs("hoplab-bridge: the command is too long\n", stderr);
			exit(2);
		}
		memcpy(text + used, argv[i], length);
		used += length;
		text[used++] = i + 1 < argc ? ' ' : '\n';
	}
	if (send(fd, text, used, MSG_NOSIGNAL) != (ssize_t)used) {
		perror("hoplab-bridge: send the command");
		exit(1);
	}
}

int ask_bridge(const char *path, int argc, char **argv)
{
	static const char error[] = "{\"error\":";
	struct timeval limit = { .tv_sec = 2 * CLIENT_TIMEOUT_S };
	char reply[MAX_LINE], last = 0;
	int fd = connect_to(path), failed = 0;
	size_t total = 0;
	ssize_t got;

	if (fd < 0) {
		fprintf(stderr, "hoplab-bridge: connect to %s: %s\n  cure: start the bridge with the plan's line: socket %s\n",
			path, strerror(-fd), path);
		return 1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	send_words(fd, argc, argv);
	while (last != '\n' && (got = recv(fd, reply, sizeof(reply), 0)) > 0) {
		if (!total)
			failed = got >= (ssize_t)sizeof(error) - 1 && !memcmp(reply, error, sizeof(error) - 1);
		total += got;
		last = reply[got - 1];
		fwrite(reply, 1, got, stdout);
	}
	close(fd);
	if (last != '\n') {
		fprintf(stderr, "hoplab-bridge: %s gave no whole answer\n", path);
		return 1;
	}
	return failed;
}
