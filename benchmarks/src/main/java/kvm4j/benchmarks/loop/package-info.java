/**
 * The loops that are measured, and the process that runs one of them on the lab's command. A
 * process measures one thing only, so that the just-in-time compiler sees what it would see in a
 * virtual machine monitor that does nothing else.
 */
package kvm4j.benchmarks.loop;
