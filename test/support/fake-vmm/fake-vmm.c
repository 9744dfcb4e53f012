// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMM without a virtual machine: its guest is the real agent as the init of namespaces of its own, in the real
 * image, and its NICs are taps there, whose frames this process carries to and from those of the host.
 *
 *   fake-vmm AGENT IMAGE [MAC=TAP]...
 *
 * fd 3 agent, 4 console, 5 shell, 6 control: any byte there is answered with the version, and its end is ours.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/if_arp.h>
#include <linux/if_tun.h>

#define MAX_NICS 8
#define CONTROL 6
#define FRAME 65536

struct nic {
	int host, guest;
};

static void die(const char *format, ...)
{
	va_list args;

	fputs("fake-vmm: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(errno));
	exit(1);
}

static int open_tap(const char *name, const char *mac)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	unsigned char *bytes = (unsigned char *)request.ifr_hwaddr.sa_data;

	snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
		die("open tap %s", name);
	if (!mac)
		return fd;
	request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", bytes, bytes + 1, bytes + 2, bytes + 3, bytes + 4,
		   bytes + 5) != 6 ||
	    ioctl(fd, SIOCSIFHWADDR, &request) < 0)
		die("set MAC %s", mac);
	return fd;
}

static unsigned long field(const char *header, int number)
{
	char text[9] = "";

	memcpy(text, header + 6 + 8 * number, 8);
	return strtoul(text, NULL, 16);
}

static void read_all(FILE *in, void *to, size_t size)
{
	if (size && fread(to, size, 1, in) != 1)
		die("read the image");
}

static void make_file(const char *path, mode_t mode, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode & 07777);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
		die("write %s", path);
}

/* The newc archive of the image into the current folder: but for the modules, which are of another kernel than ours. */
static void unpack(const char *image)
{
	FILE *in = fopen(image, "re");
	char header[110], name[256], *data;

	if (!in)
		die("open %s", image);
	for (;;) {
		read_all(in, header, sizeof(header));
		size_t size = field(header, 6), length = field(header, 11);
		mode_t mode = (mode_t)field(header, 1);

		if (length > sizeof(name))
			die("a name of the image");
		read_all(in, name, length);
		fseek(in, -(long)((sizeof(header) + length) & 3) & 3, SEEK_CUR);
		if (!strcmp(name, "TRAILER!!!"))
			break;
		data = malloc(size + 1);
		if (!data)
			die("memory");
		read_all(in, data, size);
		fseek(in, -(long)size & 3, SEEK_CUR);
		if (S_ISDIR(mode))
			mkdir(name, 0755);
		else if (S_ISREG(mode) && strncmp(name, "modules", 7))
			make_file(name, mode, data, size);
		free(data);
	}
	fclose(in);
}

static void enter_root(const char *image)
{
	char root[] = "/run/fake-guest-XXXXXX";

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || !mkdtemp(root))
		die("make a root");
	if (mount("tmpfs", root, "tmpfs", 0, "") < 0 || chdir(root) < 0)
		die("mount %s", root);
	unpack(image);
}

static void become_guest(int agent)
{
	char *argv[] = { "/init", NULL };
	char *env[] = { "AGENT_FD=3", "SHELL_FD=5", NULL };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (chroot(".") < 0 || dup2(4, 1) < 0 || dup2(4, 2) < 0)
		die("become the guest");
	close(4);
	close(CONTROL);
	dprintf(1, "fake-vmm: boots\n");
	fexecve(agent, argv, env);
	dprintf(1, "fake-vmm: exec the agent: %s\n", strerror(errno));
	_exit(1);
}

static void carry(int from, int to)
{
	static char frame[FRAME];
	ssize_t size;

	while ((size = read(from, frame, sizeof(frame))) > 0)
		if (write(to, frame, (size_t)size) < 0 && errno != EIO && errno != EAGAIN && errno != ENOBUFS)
			die("carry a frame");
}

static bool answer_control(void)
{
	char word[64];

	if (read(CONTROL, word, sizeof(word)) <= 0)
		return false;
	return write(CONTROL, "fake 1\n", 7) == 7;
}

static void serve(const struct nic *nics, int count)
{
	struct pollfd fds[1 + 2 * MAX_NICS] = { { .fd = CONTROL, .events = POLLIN } };

	for (int i = 0; i < count; i++) {
		fds[1 + 2 * i] = (struct pollfd){ .fd = nics[i].host, .events = POLLIN };
		fds[2 + 2 * i] = (struct pollfd){ .fd = nics[i].guest, .events = POLLIN };
	}
	while (waitpid(-1, NULL, WNOHANG) == 0) {
		/* Short: the end of the guest does not interrupt it. */
		if (poll(fds, (nfds_t)(1 + 2 * count), 100) < 0 && errno != EINTR)
			die("poll");
		if (fds[0].revents && !answer_control())
			return;
		for (int i = 0; i < count; i++) {
			if (fds[1 + 2 * i].revents & POLLIN)
				carry(nics[i].host, nics[i].guest);
			if (fds[2 + 2 * i].revents & POLLIN)
				carry(nics[i].guest, nics[i].host);
		}
	}
}

int main(int argc, char **argv)
{
	struct nic nics[MAX_NICS];
	int count = argc - 3, agent;

	if (argc < 3 || count > MAX_NICS) {
		fputs("usage: fake-vmm AGENT IMAGE [MAC=TAP]...\n", stderr);
		return 2;
	}
	for (int i = 0; i < count; i++) {
		const char *tap = strchr(argv[3 + i], '=');

		if (!tap)
			die("a NIC is MAC=TAP, not %s", argv[3 + i]);
		nics[i].host = open_tap(tap + 1, NULL);
	}
	agent = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (agent < 0)
		die("open %s", argv[1]);
	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID) < 0)
		die("unshare");
	for (int i = 0; i < count; i++)
		nics[i].guest = open_tap("nic%d", argv[3 + i]);
	enter_root(argv[2]);
	switch (fork()) {
	case -1:
		die("fork");
		break;
	case 0:
		become_guest(agent);
		break;
	default:
		serve(nics, count);
	}
	return 0;
}
