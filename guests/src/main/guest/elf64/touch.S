/*
 * Writes to one page after the other.
 *
 * Parameters: how many pages; the address of the first, 0 being 2 MiB.
 */
#include "guest.h"

#define FREE_MEMORY 0x200000

	.globl	_start
_start:
	mov	PARAMETER(0), %rcx
	mov	PARAMETER(1), %rdi
	test	%rdi, %rdi
	jnz	0f
	mov	$FREE_MEMORY, %edi
0:	jrcxz	2f
1:	mov	%ecx, (%rdi)
	add	$4096, %rdi
	loop	1b
2:	exit	0
