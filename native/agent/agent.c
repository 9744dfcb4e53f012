// SPDX-License-Identifier: GPL-2.0-only
/*
 * Serves orders until it is told to end: as the init of a guest, which it makes ready first, or as an ordinary process
 * of another machine, over its stdin and stdout. See orders.h for the protocol.
 */
#include "buf.h"
#include "fatal.h"
#include "guest/files.h"
#include "guest/modules.h"
#include "guest/shell.h"
#include "net/links.h"
#include "orders.h"
#include "pending.h"
#include "port.h"
#include "process/child.h"
#include "reply.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PORT_NAME "hoplab.agent"
#define PORT_WAIT_MS 10000
#define HANGUP_PAUSE_MS 50
#define MAX_FDS 32

static void mount_all(void)
{
	static const struct {
		const char *type, *at, *options;
	} mounts[] = {
		{ "proc", "/proc", "" },
		{ "sysfs", "/sys", "" },
		{ "devtmpfs", "/dev", "mode=0755" },
		{ "tmpfs", "/run", "mode=0755,size=75%" },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].at, 0755);
		/* EBUSY: the kernel mounts devtmpfs itself where CONFIG_DEVTMPFS_MOUNT is set. */
		if (mount(mounts[i].type, mounts[i].at, mounts[i].type, 0, mounts[i].options) < 0 && errno != EBUSY)
			fatal("mount %s on %s: %s", mounts[i].type, mounts[i].at, strerror(errno));
	}
	/* A kernel may be built without it; who wants it finds the folder empty. */
	if (mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, "") < 0 && errno != ENODEV && errno != ENOENT)
		fprintf(stderr, "hoplab-agent: mount tracefs: %s\n", strerror(errno));
}

/* A NIC under measurement sends nothing on its own: no router solicitations, no duplicate address detection. */
static void quiet_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* a kernel without IPv6 */
	if (write(fd, "1", 1) != 1)
		fprintf(stderr, "hoplab-agent: disable_ipv6: %s\n", strerror(errno));
	close(fd);
}

static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* Where orders come from and replies go. */
struct line {
	int in, out;
	bool once;	/* its end is ours; a guest's host may come back */
};

static void read_orders(const struct line *line)
{
	static char data[65536];
	ssize_t n;

	while ((n = read(line->in, data, sizeof(data))) > 0)
		orders_feed(data, (size_t)n);
	if (line->once && (n == 0 || (errno != EAGAIN && errno != EINTR)))
		ending = true;
}

/* Nobody listens: what was half said is void. The host may come back, so look again a little later. */
static void hung_up(void)
{
	struct timespec pause = { .tv_nsec = HANGUP_PAUSE_MS * 1000000 };

	orders_reset();
	pending_drop_all();
	nanosleep(&pause, NULL);
}

static void drain_signals(int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) > 0)
		;
}

/* Reaps whatever has ended; of pid 1 the orphans of the processes too. */
static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		shell_reaped(pid);
		child_reaped(pid, status);
	}
}

static void serve(const struct line *line, int events, int signals)
{
	struct pollfd fds[MAX_FDS];
	nfds_t shell_at, child_at, count;
	int lost;

	for (;;) {
		lost = buf_flush(&port_out, line->out) < 0 && line->once;
		if (lost || (ending && !port_out.len))
			return;
		fds[0] = (struct pollfd){ .fd = line->in, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = events, .events = POLLIN };
		fds[2] = (struct pollfd){ .fd = signals, .events = POLLIN };
		fds[3] = (struct pollfd){ .fd = child_watch_fd, .events = POLLIN };
		fds[4] = (struct pollfd){ .fd = port_out.len ? line->out : -1, .events = POLLOUT };
		shell_at = 5;
		child_at = shell_at + shell_poll_add(fds + shell_at);
		count = child_at + child_poll_add(fds + child_at, MAX_FDS - child_at);
		if (poll(fds, count, pending_timeout_ms()) < 0 && errno != EINTR)
			fatal("poll: %s", strerror(errno));
		if (fds[1].revents)
			net_read_events(events);
		if (fds[2].revents) {
			drain_signals(signals);
			reap();
		}
		if (fds[3].revents)
			child_read_watch();
		child_poll_done(fds + child_at, count - child_at);
		shell_poll_done(fds + shell_at, child_at - shell_at);
		pending_check_all();
		if (fds[0].revents & (POLLIN | (line->once ? POLLHUP : 0)))
			read_orders(line);
		if (fds[0].revents & POLLHUP && !line->once)
			hung_up();
	}
}

static int open_watches(void)
{
	int signals = open_signals();

	child_watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (signals < 0 || child_watch_fd < 0)
		fatal("signals and watches: %s", strerror(errno));
	return signals;
}

/* Of a guest. */
static void be_init(void)
{
	struct line line = { 0 };
	int signals, events, err;

	mount_all();
	load_modules();
	quiet_ipv6();
	if (sethostname("guest", 5))
		fatal("hostname: %s", strerror(errno));
	signals = open_watches();
	events = net_open_events();
	if (events < 0)
		fatal("netlink: %s", strerror(-events));
	err = net_loopback_up();
	if (err)
		fatal("lo: %s", strerror(-err));
	line.in = line.out = port_open(PORT_NAME, PORT_WAIT_MS);
	if (line.in < 0)
		fatal("no virtio-serial port named %s: %s", PORT_NAME, strerror(-line.in));
	serve(&line, events, signals);
}

/*
 * Of another machine. Nothing is made ready there. Its processes are asked to end by the end of their stdin: some have
 * something to give back then.
 */
static void be_process(const char *folder)
{
	struct line line = { .in = STDIN_FILENO, .out = STDOUT_FILENO, .once = true };
	int signals = open_watches();

	child_folder = folder;
	/* An ssh session may lack the folders of root's programs, and hoplab reads what tools print. */
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("LC_ALL", "C", 1);
	if (fcntl(line.in, F_SETFL, O_NONBLOCK) < 0 || fcntl(line.out, F_SETFL, O_NONBLOCK) < 0)
		fatal("stdin and stdout: %s", strerror(errno));
	serve(&line, -1, signals);
}

int main(int argc, char **argv)
{
	if (getpid() == 1) {
		be_init();
		end_machine();
	}
	if (argc == 3 && !strcmp(argv[1], "serve")) {
		be_process(argv[2]);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		print_orders();
		return 0;
	}
	fputs("usage: hoplab-agent serve FOLDER   orders on stdin, replies on stdout, output of processes in FOLDER\n"
	      "       hoplab-agent --help         the orders\n"
	      "As pid 1 it is the init of a guest.\n", stderr);
	return 2;
}
