"""The command `tinyweb`: what a PC does for programs on boards. Each subcommand is a tool of the repository."""
