/* Greets from real mode, the 16-bit mode in which every x86 processor starts. */
#include "guest.h"

	.code16
	.globl	_start
_start:
	mov	$greeting, %si
	mov	$COM1, %dx
1:	lodsb				// AL = next character
	test	%al, %al
	jz	2f
	out	%al, %dx		// each one a KVM_EXIT_IO
	jmp	1b
2:	exit	0

	.section .rodata
greeting:
	.asciz	"Hello from real mode\n"
