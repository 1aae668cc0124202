/*
 * One write to control register 4 after the other, each of which changes it: machine checks on and off.
 *
 * Parameter: how many; 0 is endless.
 */
#include "guest.h"

#define CR4_MCE 0x40

	.globl	_start
_start:
	mov	PARAMETER(0), %rcx
	mov	%cr4, %rax
1:	xor	$CR4_MCE, %rax
	mov	%rax, %cr4
	loop	1b
	exit	0
