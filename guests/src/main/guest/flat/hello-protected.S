/* Goes from real to 32-bit protected mode by itself and greets from there. */
#include "guest.h"

#define CR0_PE 1
#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10

	.code16
	.globl	_start
_start:
	lgdt	gdt_register
	mov	%cr0, %eax
	or	$CR0_PE, %al
	mov	%eax, %cr0
	ljmp	$CODE_SELECTOR, $protected	// CS still has its real-mode contents until here

	.code32
protected:
	mov	$DATA_SELECTOR, %eax
	mov	%eax, %ds
	mov	$greeting, %esi
	mov	$COM1, %edx
1:	lodsb
	test	%al, %al
	jz	2f
	out	%al, %dx
	jmp	1b
2:	exit	0

	.section .rodata
greeting:
	.asciz	"Hello from protected mode\n"

	.balign	8
gdt:
	.quad	0			// the null descriptor
	.quad	0x00cf9b000000ffff	// CODE_SELECTOR: 32-bit, base 0, limit 4 GiB, executable
	.quad	0x00cf93000000ffff	// DATA_SELECTOR: the same, writable
gdt_register:
	.word	gdt_register - gdt - 1	// limit
	.long	gdt			// base
