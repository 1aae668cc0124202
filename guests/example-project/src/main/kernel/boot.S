/* Where the boot loader enters: 32-bit protected mode, no stack, its magic in EAX, its information in EBX. */

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_MEMORY_INFO 0x2

#define EXIT_PORT 0xf4

	.section .multiboot, "a"
	.balign 4
	.long	MULTIBOOT_MAGIC, MULTIBOOT_MEMORY_INFO, -(MULTIBOOT_MAGIC + MULTIBOOT_MEMORY_INFO)

	.text
	.globl	_start
_start:
	mov	$stack_top, %esp
	sub	$8, %esp		// the ABI wants a multiple of 16 at the call
	push	%ebx
	push	%eax
	call	kernel_main
	out	%al, $EXIT_PORT		// what kernel_main returns is the exit code
1:	hlt
	jmp	1b

	.bss
	.balign 16
	.skip	16384
stack_top:
