/* Spins with interrupts off, without a single exit of its own: only the host can end it. */
	.globl	_start
_start:
	cli
1:	jmp	1b
