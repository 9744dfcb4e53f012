// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoplab-launch: holds a lab's namespaces alive for exactly as long as hoplab lives, and starts
 * processes inside them.
 *
 *   hoplab-launch hold
 *       New pid, mount, network and IPC namespaces. Their pid 1 mounts a private /proc and /run,
 *       prints "ready PID\n" (its pid as seen from outside) and waits. EOF on stdin, or the death
 *       of the parent, ends it, and the kernel then ends everything inside.
 *
 *   hoplab-launch enter --lab PID [--netns NAME] [--cpu N] [--awake MS] [--fifo PRIO]
 *                       [--open FD=PATH]... -- ARGV...
 *       Runs ARGV inside that lab, in its network namespace NAME (as ip-netns(8) names it), with
 *       files opened on given descriptors, and ends as it ended. A thread of it that computes
 *       under real-time priority for MS without sleeping is ended by the kernel, with all of its
 *       process; --fifo needs that bound, and who takes the priority later is bound as well.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit codes of the launcher itself, as env(1) and chroot(1) have them. */
#define EXIT_LAUNCH 125
#define EXIT_NOEXEC 126
#define EXIT_NOENT  127

#define MAX_OPEN 16

/* What a process that catches SIGXCPU has to end in, before SIGKILL. */
#define AWAKE_GRACE_MS 1000

static void die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	fputs("hoplab-launch: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err));
	exit(EXIT_LAUNCH);
}

static void usage(FILE *to)
{
	fputs("usage: hoplab-launch hold\n"
	      "       hoplab-launch enter --lab PID [--netns NAME] [--cpu N] [--awake MS]\n"
	      "                           [--fifo PRIO] [--open FD=PATH]... -- ARGV...\n", to);
}

static long number(const char *what, const char *text, long low, long high)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || *end || end == text || value < low || value > high) {
		errno = EINVAL;
		die("%s %s", what, text);
	}
	return value;
}

/* Kills this process when its parent is gone; closes the race with a parent that went before. */
static void die_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("set the parent-death signal");
	if (getppid() != parent)
		_exit(EXIT_LAUNCH);
}

static void link_up(const char *name)
{
	struct ifreq req = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("open a socket");
	strncpy(req.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &req))
		die("read the flags of %s", name);
	req.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &req))
		die("set %s up", name);
	close(fd);
}

static void private_mounts(void)
{
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("make the mounts private");
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		die("mount /proc");
	/* Network namespaces' names, device nodes and sockets of the lab: all gone with it. */
	if (mount("hoplab", "/run", "tmpfs", MS_NOSUID, "mode=0755"))
		die("mount /run");
	if (mkdir("/run/netns", 0755) || mkdir("/run/lab", 0700))
		die("make the folders of /run");
}

/* Pid 1 of the lab: reaps what is orphaned, and ends at EOF on stdin. */
static int lab_init(int ready)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char drop[64];

	private_mounts();
	link_up("lo");
	signal(SIGCHLD, SIG_IGN); /* orphans are reaped by the kernel */
	if (write(ready, "r", 1) != 1)
		return EXIT_LAUNCH;
	close(ready);
	close(STDOUT_FILENO);
	for (;;) {
		ssize_t got;

		if (poll(&in, 1, -1) < 0 && errno != EINTR)
			return EXIT_LAUNCH;
		got = read(STDIN_FILENO, drop, sizeof(drop));
		if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
			return 0;
	}
}

static int hold(void)
{
	int ready[2], status;
	pid_t parent = getppid(), child;
	char byte;

	die_with_parent(parent);
	if (pipe2(ready, O_CLOEXEC))
		die("make a pipe");
	if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC))
		die("make the lab's namespaces (pid, mount, net, ipc)");
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		close(ready[0]);
		/* getppid() is 0 across the pid namespace, so the race is closed by the pipe instead. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL))
			die("set the parent-death signal");
		_exit(lab_init(ready[1]));
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1) {
		printf("ready %d\n", child);
		fflush(stdout);
	}
	close(STDOUT_FILENO);
	close(STDIN_FILENO);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

static void join_namespace(int dir, const char *name, int type)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("open the lab's namespace %s", name);
	if (setns(fd, type))
		die("enter the lab's namespace %s", name);
	close(fd);
}

static void join_lab(pid_t lab)
{
	char path[64];
	int dir, root;

	snprintf(path, sizeof(path), "/proc/%d/ns", lab);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/root", lab);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || root < 0)
		die("find the lab's holder, pid %d", lab);
	join_namespace(dir, "net", CLONE_NEWNET);
	join_namespace(dir, "ipc", CLONE_NEWIPC);
	join_namespace(dir, "pid", CLONE_NEWPID);
	join_namespace(dir, "mnt", CLONE_NEWNS);
	/* setns() goes to the root of the mount namespace: in a chroot that is not the holder's root. */
	if (fchdir(root) || chroot("."))
		die("enter the root of the lab's holder");
	close(root);
	close(dir);
}

static void join_netns(const char *name)
{
	char path[128];
	int fd;

	if (strchr(name, '/')) {
		errno = EINVAL;
		die("network namespace %s", name);
	}
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("open network namespace %s", name);
	if (setns(fd, CLONE_NEWNET))
		die("enter network namespace %s", name);
	close(fd);
}

static void open_on(const char *spec)
{
	const char *path = strchr(spec, '=');
	char digits[16];
	int want, fd;

	if (!path || path - spec >= (long)sizeof(digits)) {
		errno = EINVAL;
		die("--open %s", spec);
	}
	memcpy(digits, spec, path - spec);
	digits[path - spec] = 0;
	want = number("--open", digits, 3, 1023);
	fd = open(path + 1, O_RDWR);
	if (fd < 0)
		die("open %s", path + 1);
	if (fd != want) {
		if (dup2(fd, want) < 0)
			die("put %s on descriptor %d", path + 1, want);
		close(fd);
	}
}

/*
 * The kernel counts for each thread, in ticks, what it computes under real-time priority, and starts
 * again when the thread sleeps; being preempted and sched_yield(2) are no sleep. See setrlimit(2).
 */
static void bound_real_time(int awake_ms)
{
	struct rlimit limit = {
		.rlim_cur = (rlim_t)awake_ms * 1000,
		.rlim_max = ((rlim_t)awake_ms + AWAKE_GRACE_MS) * 1000,
	};

	if (setrlimit(RLIMIT_RTTIME, &limit))
		die("bound what it may compute under real-time priority to %d ms", awake_ms);
}

static void schedule(int cpu, int prio)
{
	/* Raw system calls: musl's sched_setscheduler() answers ENOSYS. */
	if (cpu >= 0) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (syscall(SYS_sched_setaffinity, 0, sizeof(set), &set) < 0)
			die("pin to CPU %d", cpu);
	}
	if (prio > 0) {
		struct sched_param param = { .sched_priority = prio };

		if (syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param) < 0)
			die("set SCHED_FIFO %d", prio);
	}
}

/* The launcher stays outside the pid namespace; signals to the process group reach the child directly. */
static int wait_for(pid_t child, int awake_ms)
{
	int status;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status)) {
		if (WTERMSIG(status) == SIGXCPU && awake_ms > 0)
			fprintf(stderr, "hoplab-launch: ended by the kernel, so that it cannot hold the machine: it "
				"computed under real-time priority for %d ms without sleeping\n", awake_ms);
		signal(WTERMSIG(status), SIG_DFL);
		prctl(PR_SET_DUMPABLE, 0);
		kill(getpid(), WTERMSIG(status));
		return 128 + WTERMSIG(status);
	}
	return WEXITSTATUS(status);
}

static int enter(int argc, char **argv)
{
	const char *netns = NULL, *opens[MAX_OPEN];
	int i, n_opens = 0, cpu = -1, awake = 0, fifo = 0;
	pid_t lab = 0, child;

	for (i = 2; i < argc && strcmp(argv[i], "--"); i += 2) {
		const char *value = argv[i + 1];

		if (i + 1 >= argc)
			goto bad;
		if (!strcmp(argv[i], "--lab"))
			lab = number("--lab", value, 1, 1L << 30);
		else if (!strcmp(argv[i], "--netns"))
			netns = value;
		else if (!strcmp(argv[i], "--cpu"))
			cpu = number("--cpu", value, 0, CPU_SETSIZE - 1);
		else if (!strcmp(argv[i], "--awake"))
			awake = number("--awake", value, 1, 3600000);
		else if (!strcmp(argv[i], "--fifo"))
			fifo = number("--fifo", value, 1, 99);
		else if (!strcmp(argv[i], "--open") && n_opens < MAX_OPEN)
			opens[n_opens++] = value;
		else
			goto bad;
	}
	if (!lab || i + 1 >= argc || (fifo && !awake))
		goto bad;
	argv += i + 1;

	join_lab(lab);
	if (netns)
		join_netns(netns);
	for (i = 0; i < n_opens; i++)
		open_on(opens[i]);
	child = fork();
	if (child < 0)
		die("fork in the lab");
	if (child == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL))
			die("set the parent-death signal");
		if (awake)
			bound_real_time(awake);
		schedule(cpu, fifo);
		execvp(argv[0], argv);
		fprintf(stderr, "hoplab-launch: run %s: %s\n", argv[0], strerror(errno));
		_exit(errno == ENOENT ? EXIT_NOENT : EXIT_NOEXEC);
	}
	return wait_for(child, awake);
bad:
	usage(stderr);
	return EXIT_LAUNCH;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "hold"))
		return hold();
	if (argc > 2 && !strcmp(argv[1], "enter"))
		return enter(argc, argv);
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		usage(stdout);
		return 0;
	}
	usage(stderr);
	return EXIT_LAUNCH;
}
