package kvm4j.cli.doctor;

import java.util.Map;

/** Where kvm4j runs: what a user can do about a host depends on it. */
enum Place {
    /** Somebody has logged in. */
    DESK {
        @Override
        String accessRemedy(DeviceNode node, String user) {
            return node.group().equals("root")
                    ? "sudo setfacl -m u:%s:rw %s".formatted(user, node.path())
                    : "sudo usermod -aG %s %s, then log in again".formatted(node.group(), user);
        }
    },

    /** A job of a CI system, on a machine of its own: nobody can log in again. */
    RUNNER {
        @Override
        String accessRemedy(DeviceNode node, String user) {
            return ("echo 'KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0666\","
                            + " OPTIONS+=\"static_node=kvm\"' | sudo tee"
                            + " /etc/udev/rules.d/99-kvm.rules; sudo udevadm control --reload;"
                            + " sudo udevadm trigger --name-match=kvm; or, where the runner is"
                            + " started anew: sudo usermod -aG kvm %s")
                    .formatted(user);
        }
    },

    /** A container, to which its host gives what it may use. */
    CONTAINER {
        @Override
        String accessRemedy(DeviceNode node, String user) {
            return ("this is a container: start it with --device %s and --group-add with the number"
                            + " of the group that owns it on the host, or --group-add keep-groups"
                            + " where podman has no root")
                    .formatted(node.path());
        }
    };

    /**
     * Where this is.
     *
     * @param files the host's own description
     * @param environment the process's variables
     */
    static Place of(HostFiles files, Map<String, String> environment) {
        if (files.exists(".dockerenv") || files.exists("run/.containerenv")) {
            return CONTAINER;
        }
        return environment.getOrDefault("CI", "").isEmpty() ? DESK : RUNNER;
    }

    /** How this user comes to read and write a node that it may not. */
    abstract String accessRemedy(DeviceNode node, String user);
}
