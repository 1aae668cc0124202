/*
 * What a program costs from its start to its end.
 *
 *   usage PROGRAM [ARGUMENT...]
 *
 * runs it and prints one line: used STATUS ELAPSED USER SYSTEM, where STATUS is its exit status, or
 * -1 if a signal ended it, and the times are nanoseconds: by the clock, and of all its threads in
 * user space and in the kernel. What the program prints on standard output goes to standard error.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t nanoseconds(struct timeval time)
{
    return time.tv_sec * INT64_C(1000000000) + time.tv_usec * INT64_C(1000);
}

int main(int count, char **arguments)
{
    struct rusage used;
    int status;

    if (count < 2)
        return 64;
    int64_t start = now();
    pid_t child = fork();
    if (child == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(arguments[1], arguments + 1);
        perror(arguments[1]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) < 0) {
        perror("usage");
        return 70;
    }
    printf("used %d %" PRId64 " %" PRId64 " %" PRId64 "\n",
           WIFEXITED(status) ? WEXITSTATUS(status) : -1, now() - start,
           nanoseconds(used.ru_utime), nanoseconds(used.ru_stime));
    return 0;
}
