/*
 * Reads one place in memory, and writes the one behind it, over and over: what its host does to the
 * memory there meanwhile it notes at once.
 *
 * Parameters: how often, 0 is endless; the address, 0 being 2 MiB. Of each round, 8 bytes are read
 * there, and noted at COUNTERS; then the number of the round is written to the 8 bytes behind, and to
 * COUNTERS + 8.
 */
#include "guest.h"

#define COUNTERS 0x10000
#define FREE_MEMORY 0x200000

	.globl	_start
_start:
	mov	PARAMETER(0), %rcx
	mov	PARAMETER(1), %rdi
	test	%rdi, %rdi
	jnz	0f
	mov	$FREE_MEMORY, %edi
0:	xor	%ebx, %ebx
1:	mov	(%rdi), %rax
	mov	%rax, COUNTERS
	inc	%rbx
	mov	%rbx, 8(%rdi)
	mov	%rbx, COUNTERS + 8
	loop	1b
	exit	0
