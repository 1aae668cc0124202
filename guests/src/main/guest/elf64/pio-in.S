/*
 * Port input: one IN after the other, the first byte from a register without side effects.
 *
 * Parameters: how many, 0 is endless; and how many bytes at a time, 1, 2 or 4, 0 being 1.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rcx
	mov	PARAMETER(1), %ebx
	mov	$COM1_SCRATCH, %edx
	cmp	$4, %ebx
	je	4f
	cmp	$2, %ebx
	je	2f

1:	in	%dx, %al		// KVM_EXIT_IO
	loop	1b
	exit	0
2:	in	%dx, %ax
	loop	2b
	exit	0
4:	in	%dx, %eax
	loop	4b
	exit	0
