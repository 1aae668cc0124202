/**
 * What is said of hardware virtualization, and of KVM's part in it, as tests: a class for each
 * claim, whose first sentence states it. They run on whatever the host has, and are skipped with
 * the reason where its vendor, its kernel or this user's rights lack what would show it.
 *
 * <table>
 * <caption>From the first VM to the last</caption>
 * <tr><td>virtualization is on while there are VMs</td><td>{@code VirtualizationSwitchTest}</td></tr>
 * <tr><td>each vCPU has a guest state of its own</td><td>{@code StateTransferTest}</td></tr>
 * <tr><td>launched once, then resumed</td><td>{@code LaunchAndResumeTest}</td></tr>
 * <tr><td>what leaves a guest</td><td>{@code ExitClassesTest}</td></tr>
 * <tr><td>what the kernel handles, and what we do</td><td>{@code ForwardedExitsTest}</td></tr>
 * <tr><td>vCPU threads are ordinary threads</td><td>{@code SharedCpuTest}</td></tr>
 * <tr><td>vCPUs and VMs are isolated</td><td>{@code IsolationTest}</td></tr>
 * <tr><td>no stale translation is used</td><td>{@code MemorySlotsUnderAGuestTest}</td></tr>
 * <tr><td>nothing is left</td><td>{@code TeardownTest}</td></tr>
 * </table>
 */
package kvm4j.claims;
