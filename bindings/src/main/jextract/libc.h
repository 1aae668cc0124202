/*
 * What kvm4j.bindings.libc is generated from: the calls that kvm4j makes besides ioctl(2) on
 * /dev/kvm, with their structs and constants. libc.args says which names are taken.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Macros that stand for members of sigaction's union, and hide their names. */
#undef sa_handler
#undef sa_sigaction
