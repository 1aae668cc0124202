/*
 * One VMCALL after the other, with a number that KVM does not know: it answers -KVM_ENOSYS in the
 * kernel. On AMD's processors KVM turns the instruction into their VMMCALL at the first.
 *
 * Parameter: how many; 0 is endless.
 */
#include "guest.h"

	.globl	_start
_start:
	mov	PARAMETER(0), %rsi
1:	mov	$-1, %eax
	vmcall
	dec	%rsi
	jnz	1b
	exit	0
