/**
 * A guest's life between two worlds, on one time line: root operation, where the kernel and user
 * space run, and non-root operation, where the guest does (Intel SDM volume 3, 24.3). Read from the
 * kernel's tracepoints and functions by way of tracefs, and from what the machine says of its own
 * exits.
 *
 * {@snippet :
 * try (GuestRecorder recorder = GuestRecorder.start()) {
 *     var builder = Machine.builder().image(ImageFormat.of(image).read(image));
 *     recorder.observe(builder);
 *     try (Machine machine = builder.build()) {
 *         machine.run();
 *     }
 *     Timeline timeline = recorder.finish();
 *     for (VcpuTimeline life : timeline.vcpus()) {
 *         WorldTimes times = life.times();
 *         System.out.println(times.nonRoot() + " ns in the guest, of " + times.wall());
 *     }
 * }
 * }
 */
package kvm4j.trace;
