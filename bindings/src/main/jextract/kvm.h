/*
 * What kvm4j.bindings.kvm is generated from: the kernel's KVM interface on x86-64 and the
 * architectural constants beside it. kvm.args says which names are taken.
 */
#include <asm/processor-flags.h>
#include <asm/svm.h>
#include <asm/vmx.h>
#include <linux/kvm.h>
#include <linux/kvm_para.h>
