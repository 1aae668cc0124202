/*
 * An invalid instruction without an interrupt descriptor table: there is no gate for #UD, none for
 * the #GP which that causes, and none for the double fault. The processor shuts down.
 */
#include "guest.h"

	.globl	_start
_start:
	lidt	no_gates
	ud2				// KVM_EXIT_SHUTDOWN
	exit	1			// a machine that gets here is broken

	.section .rodata
no_gates:
	.word	0			// limit: not even one whole gate
	.quad	0			// base
