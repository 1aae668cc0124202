/*
 * Port input: one IN after the other.
 *
 * Parameters: how many, 0 is endless; how many bytes at a time, 1, 2 or 4, 0 being 1; and the port,
 * 0 being COM1's scratch register, which has no side effects.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rcx
	mov	PARAMETER(1), %ebx
	mov	PARAMETER(2), %edx
	test	%edx, %edx
	jnz	0f
	mov	$COM1_SCRATCH, %edx
0:	cmp	$4, %ebx
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
