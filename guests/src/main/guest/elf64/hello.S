/* Greets from long mode, the 64-bit mode that the host has already switched to. */
#include "guest.h"

	.globl	_start
_start:
	mov	$greeting, %esi		// a 32-bit move clears the upper half of RSI
	mov	$COM1, %edx
1:	lodsb
	test	%al, %al
	jz	2f
	out	%al, %dx		// each one a KVM_EXIT_IO
	jmp	1b
2:	exit	0

	.section .rodata
greeting:
	.asciz	"Hello from long mode\n"
