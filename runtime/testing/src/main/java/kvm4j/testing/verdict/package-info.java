/** What guests print about their own tests, in the formats that kernels use. */
package kvm4j.testing.verdict;
