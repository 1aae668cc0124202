/**
 * The port and MMIO buses, and the devices on them.
 *
 * <p>Nothing here knows of KVM: a {@linkplain kvm4j.device.BusDevice device} sees an offset, a size
 * and a value, and raises an interrupt through an {@linkplain kvm4j.device.InterruptLine
 * interface}. Every device is written against a hostile guest: any access of any size at any offset
 * is answered, without an exception, in bounded time.
 */
package kvm4j.device;
