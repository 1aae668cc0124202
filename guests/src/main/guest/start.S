/* Where a guest written in C starts: what main returns is the guest's exit code. */
#include "guest.h"

	.section .text.entry, "ax"
	.globl	_start
_start:
	call	main
	out	%al, $DEBUG_EXIT
1:	hlt
	jmp	1b
