rootProject.name = "example-kernel"
