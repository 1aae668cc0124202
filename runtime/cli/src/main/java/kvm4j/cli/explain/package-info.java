/** A guest's life between two worlds: as tables, as a page, and for other programs. */
package kvm4j.cli.explain;
